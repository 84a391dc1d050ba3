"""`tfwrap doctor`: what a run would stumble over, each with its fix (behaviour 16)."""

from __future__ import annotations

from typing import Any

import pytest
from kit.project import ProjectKit
from kit.units import prepare, unit

SECRET = unit("secret", inputs={"password": "${env:DB_PASSWORD}"})


def checks(project: ProjectKit) -> dict[str, dict[str, Any]]:
    outcome = project.run("doctor", "dev", "--json")
    assert outcome.status == (0 if all(check["ok"] for check in outcome.json) else 1), outcome.err
    assert all(check["fix"] for check in outcome.json if not check["ok"])
    return {check["name"]: check for check in outcome.json}


def test_credentials_are_looked_for_and_never_shown(project: ProjectKit) -> None:
    prepare(project, {"db": SECRET, "off": unit("secret", inputs={"password": "${env:OTHER}"}, enabled=False)})
    found = checks(project)
    assert found["variable DB_PASSWORD"]["fix"] == "export DB_PASSWORD"
    assert "variable OTHER" not in found  # nothing runs that needs it
    assert "backend local" not in found  # what a run does not get to is not tried
    project.env["DB_PASSWORD"] = "correct-horse-battery"
    assert checks(project)["variable DB_PASSWORD"]["message"] == "set"
    assert "correct-horse" not in project.run("doctor", "dev").out


def test_a_backend_is_asked(project: ProjectKit) -> None:
    prepare(project, {"one": unit("echo", text="x")})
    assert checks(project)["backend local"]["message"] == "one is not applied yet"
    assert project.run("apply", "dev", "--yes").status == 0
    assert checks(project)["backend local"]["message"] == "one is applied"
    (project.root / "state/dev/one.tfstate").write_text("spoilt")
    broken = checks(project)["backend local"]
    assert (broken["ok"], broken["message"].partition(":")[0]) == (False, "E510")


def test_a_backend_that_does_not_answer_is_told_with_what_to_look_at(project: ProjectKit) -> None:
    prepare(project, {"one": unit("echo", text="x")}, backend={"pg": {"conn_str_env": "TF_PG"}})
    assert checks(project)["variable TF_PG"]["ok"] is False
    project.env["TF_PG"] = "postgres://me:staple@127.0.0.1:1/db?connect_timeout=2"
    found = checks(project)["backend pg"]
    assert (found["ok"], found["message"].partition(":")[0]) == (False, "E512")
    assert "staple" not in project.run("doctor", "dev").out


@pytest.mark.parametrize(
    ("settings", "name", "said"),
    [
        ('engine = "./nowhere/terraform"\n', "engine", "E401"),
        ('terraform = ">= 9"\n', "engine", "E400"),
    ],
)
def test_an_engine_that_will_not_do(project: ProjectKit, settings: str, name: str, said: str) -> None:
    prepare(project, {"one": unit("echo", text="x")})
    project.write({"tfwrap.toml": settings})
    project.env.pop("TFWRAP_ENGINE")
    found = checks(project)
    assert (found[name]["ok"], found[name]["message"].partition(":")[0]) == (False, said)
    assert found["settings"]["ok"]
    assert found["files"]["ok"]
