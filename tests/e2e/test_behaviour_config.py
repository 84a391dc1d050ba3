"""`tfwrap config show`: every setting, its value, and who said it (behaviour 24)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kit.article import ENV as EMISSARY
from kit.project import ProjectKit
from kit.units import MODULES

PROJECT = """\
parallelism = 2
lock_timeout = "90s"

[atlantis]
cascade = "all"
"""
BASE = """\
stack: units
backend: {pg: {conn_str_env: TF_PG}}
units:
  network:
    module: ../modules/echo
    inputs: {text: from the base}
"""
ENV = """\
extends: ../base.yaml
units:
  network:
    timeout: 30m
    hooks:
      before_plan: [["true", "x"]]
  db:
    module: ../../modules/secret
    inputs: {password: "${env:DB_PASSWORD}"}
"""


@pytest.fixture
def dev(project: ProjectKit) -> ProjectKit:
    project.write({**MODULES, "tfwrap.toml": PROJECT, "live/base.yaml": BASE, "live/dev/env.yaml": ENV})
    project.env |= {"DB_PASSWORD": "correct-horse-battery", "TF_PG": "postgres://me:staple@host/db"}
    del project.env["TFWRAP_ENGINE"]
    return project


def shown(project: ProjectKit, *arguments: str) -> dict[str, tuple[Any, str]]:
    """Setting -> value and who said it, in short."""
    document = project.run("config", "show", *arguments, "--json").json
    rows = [*document["project"], *document.get("environment", ())]
    return {row["setting"]: (row["value"], _origin(row["from"])) for row in rows}


def _origin(said: dict[str, Any]) -> str:
    return f"{said['file']}:{said['line']}" if said["kind"] == "file" else said.get("name", said["kind"])


def test_settings_of_the_project(dev: ProjectKit) -> None:
    found = shown(dev)
    assert found["root"] == (str(dev.root), "tfwrap.toml:1")
    assert found["parallelism"] == (2, "tfwrap.toml:1")
    assert found["lock_timeout"] == ("90s", "tfwrap.toml:2")
    assert found["atlantis.cascade"] == ("all", "tfwrap.toml:5")
    assert found["atlantis.granularity"] == ("unit", "default")
    assert found["terraform"] == (">= 1.9, < 2", "default")
    assert found["engine"] == ("auto", "default")
    assert "stack" not in found


def test_defaults_are_worked_out(project: ProjectKit) -> None:
    found = shown(project)
    assert found["lock_timeout"] == ("5m", "default")
    assert found["parallelism"][0] in (1, 2, 3, 4)


def test_variables_and_flags_are_named(dev: ProjectKit, tmp_path: Path) -> None:
    dev.env |= {"TFWRAP_ENGINE": "tofu", "TFWRAP_CACHE": str(tmp_path / "cache"), "TFWRAP_PROJECT": str(dev.root)}
    found = shown(dev)
    assert found["engine"] == ("tofu", "TFWRAP_ENGINE")
    assert found["cache"] == (str(tmp_path / "cache"), "TFWRAP_CACHE")
    assert found["root"] == (str(dev.root), "TFWRAP_PROJECT")
    assert shown(dev, "--project", str(dev.root))["root"][1] == "--project"


def test_settings_of_an_environment_and_of_what_it_extends(dev: ProjectKit) -> None:
    found = shown(dev, "dev")
    assert found["stack"] == ("units", "live/base.yaml:1")
    assert found["units.network.inputs.text"] == ("from the base", "live/base.yaml:6")
    assert found["units.network.timeout"] == ("30m", "live/dev/env.yaml:4")
    assert found["units.network.hooks.before_plan"] == ([["true", "x"]], "live/dev/env.yaml:6")
    assert found["units.network.enabled"] == (True, "default")
    assert "units.network.retry" not in found  # a default that says nothing


def test_secrets_stay_references(dev: ProjectKit) -> None:
    found = shown(dev, "dev")
    assert found["units.db.inputs.password"] == ("${env:DB_PASSWORD}", "live/dev/env.yaml:9")
    assert found["backend.pg.conn_str_env"] == ("TF_PG", "live/base.yaml:2")
    for arguments in (("dev",), ("dev", "--json")):
        printed = dev.run("config", "show", *arguments)
        assert "correct-horse" not in printed.out + printed.err
        assert "staple" not in printed.out + printed.err


def test_a_secret_that_was_written_out_is_not_shown(dev: ProjectKit) -> None:
    dev.write({"live/dev/env.yaml": ENV.replace("${env:DB_PASSWORD}", "correct-horse-battery")})
    refused = dev.run("config", "show", "dev")
    assert (refused.status, refused.out, "error[E116]" in refused.err) == (1, "", True)
    assert "correct-horse" not in refused.err


def test_lists_of_maps_are_taken_apart(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": EMISSARY})
    found = shown(project, "dev")
    line = 1 + EMISSARY.splitlines().index("          hostname: '*.wadexu.cloud'")
    assert found["installs.public.hosts[0].spec.hostname"] == ("*.wadexu.cloud", f"live/dev/env.yaml:{line}")
    assert found["installs.public.log_level"] == ("error", "default")


def test_for_people_it_is_a_table(dev: ProjectKit) -> None:
    lines = dev.run("config", "show", "dev").out.splitlines()
    assert [line for line in lines if line[:1] != " "] == ["project", "dev"]
    rows = [line.split(maxsplit=1)[0:1] + line.rsplit(maxsplit=2)[1:] for line in lines if line.startswith("  ")]
    assert ["parallelism", "2", "tfwrap.toml:1"] in rows
    assert ["units.network.timeout", "30m", "live/dev/env.yaml:4"] in rows
    assert ["atlantis.granularity", "unit", "default"] in rows


@pytest.mark.parametrize(("environment", "status", "code"), [("dve", 1, "E108"), ("broken", 1, "E104")])
def test_what_cannot_be_shown_is_said(dev: ProjectKit, environment: str, status: int, code: str) -> None:
    dev.write({"live/broken/env.yaml": "units: {}\n"})
    refused = dev.run("config", "show", environment)
    assert (refused.status, f"error[{code}]" in refused.err) == (status, True), refused.err
