"""States that are not local: PostgreSQL with its real locks; the generated blocks of the others."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from kit.project import ProjectKit
from kit.units import prepare, unit
from kit.waiting import wait_for
from parts.postgres import Postgres, postgres
from parts.terraform import terraform

PG = {"backend": {"pg": {"conn_str_env": "TF_PG"}}}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as found:
        yield found


def _outputs(project: ProjectKit) -> Any:
    return project.run("output", "dev", "--json").json["units"]


def test_states_live_in_postgresql(project: ProjectKit, server: Postgres) -> None:
    project.env["TF_PG"] = server.address
    prepare(project, {"a": unit(text="x"), "b": unit(text="${a.text}y")}, **PG)
    applied = project.run("apply", "dev", "--yes", "--json")
    assert (applied.status, set(applied.results().values())) == (0, {"applied"}), applied.err
    assert _outputs(project)["b"]["text"]["value"] == "xy"
    rows = project.run("state", "dev", "--json").json["units"]
    assert [(row["name"], row["resources"]) for row in rows] == [
        ("a", ["module.this.terraform_data.this"]),
        ("b", ["module.this.terraform_data.this"]),
    ]
    again = project.run("plan", "dev", "--json", "--detailed-exitcode")
    assert (again.status, set(again.results().values())) == (0, {"unchanged"})
    prepare(project, {"a": unit(text="x"), "c": unit(text="${a.text}y", renamed_from="b")}, **PG)
    renamed = project.run("apply", "dev", "--yes", "--json")
    assert (renamed.status, renamed.results()) == (0, {"a": "unchanged", "c": "applied"}), renamed.err
    assert _outputs(project)["c"]["text"]["value"] == "xy"
    assert not (project.root / "live/dev/b").exists()
    gone = project.run("destroy", "dev", "--yes", "--json")
    assert (gone.status, set(gone.results().values())) == (0, {"destroyed"}), gone.err


def test_two_machines_apply_at_the_same_time(project: ProjectKit, server: Postgres, tmp_path: Any) -> None:
    """Two checkouts share nothing but the database: its lock keeps them apart."""
    trace = tmp_path / "trace"
    units = {"two": unit("work", text="t", inputs={"seconds": 5, "trace": str(trace)})}
    other = ProjectKit(tmp_path / "other")
    for kit in (project, other):
        kit.env["TF_PG"] = server.address
        kit.write({"tfwrap.toml": 'lock_timeout = "60s"\n'})
        prepare(kit, units, **PG)
        assert kit.run("plan", "dev").status == 0
    first = project.start("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    wait_for(trace.exists)
    second = other.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    _, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert second.status in (1, 5)  # its plan is stale, by Terraform's word or by tfwrap's own
    assert second.results()["two"] in ("failed", "needs_replan")
    assert trace.read_text().split("\n").count("start t") == 1


def test_a_state_that_could_not_be_saved_is_not_lost(project: ProjectKit, tmp_path: Any) -> None:
    trace = tmp_path / "trace"
    with postgres() as server:
        project.env["TF_PG"] = server.address
        prepare(project, {"a": unit("work", text="a", inputs={"seconds": 5, "trace": str(trace)})}, **PG)
        process = project.start("apply", "dev", "--yes", "--json")
        wait_for(trace.exists)
        server.stop()
        out, err = process.communicate(timeout=120)
        assert process.returncode == 1, err
        hint = json.loads(out)["problems"][0]["hint"]
        assert "terraform state push errored.tfstate" in hint
        server.start()
        push = [str(terraform(tmp_path)), "state", "push", "errored.tfstate"]
        project.env["TFWRAP_ENGINE"] = push[0]
        pushed = project.run("exec", "dev", "a", "--", *push)
        assert pushed.status == 0, pushed.err
        (project.root / "live/dev/a/errored.tfstate").unlink()
        read = project.run("state", "dev", "--json")
        assert read.status == 0, read.err
        (row,) = read.json["units"]
        assert row["resources"] == ["module.this.terraform_data.this"]


@pytest.mark.parametrize(
    "backend",
    [
        {"gcs": {"bucket": "b", "prefix": "emissary/dev"}},
        {"s3": {"bucket": "b", "prefix": "emissary/dev", "region": "eu-west-1"}},
        {"pg": {"conn_str_env": "TF_PG"}},
        {"local": {}},
    ],
    ids=lambda backend: next(iter(backend)),
)
def test_generated_backends_are_valid(project: ProjectKit, backend: dict[str, Any]) -> None:
    prepare(project, {"a": unit(text="a")}, backend=backend)
    assert project.run("generate", "dev").status == 0
    folder, program = project.root / "live/dev/a", str(terraform(project.root.parent))
    environ = {**project.environment(), "TF_DATA_DIR": str(project.root.parent / "data")}
    for words in (["init", "-backend=false", "-input=false"], ["validate"], ["fmt", "-check", "-diff"]):
        done = subprocess.run([program, *words], cwd=folder, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert f'backend "{next(iter(backend))}"' in (folder / "versions.tf").read_text()
