"""From an empty folder to a plan: `tfwrap new`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import validate
from kit.project import ProjectKit
from ruamel.yaml import YAML


@pytest.fixture
def empty(tmp_path: Path) -> ProjectKit:
    kit = ProjectKit(tmp_path / "empty")
    kit.root.mkdir()
    return kit


def tree(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file() and ".tfwrap" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_text() for path in files}


def test_a_new_project_plans_and_applies_at_once(empty: ProjectKit) -> None:
    made = empty.run("new", "project")
    assert (made.status, made.out.splitlines()[-1]) == (0, "Next: tfwrap plan dev"), made.err
    planned = empty.run("plan", "dev", "--json")
    assert (planned.status, planned.results()) == (0, {"hello": "changed"}), planned.err
    assert empty.run("new", "env", "staging").status == 0
    added = empty.run("new", "unit", "staging", "db", "--json").json
    assert added["files"] == ["modules/db/main.tf", "live/staging/env.yaml"]
    applied = empty.run("apply", "staging", "--yes", "--json")
    assert applied.results() == {"hello": "applied", "db": "applied"}
    assert not [name for name in tree(empty.root) if name.endswith(".tfstate") and not name.startswith("state/")]
    assert "/state/" in (empty.root / ".gitignore").read_text()


@pytest.mark.parametrize("stack", ["units", "emissary"])
def test_a_new_environment_is_valid_and_editors_find_its_schema(empty: ProjectKit, stack: str) -> None:
    empty.run("new", "project")
    assert empty.run("new", "env", "extra", "--stack", stack).status == 0
    checked = empty.run("validate", "extra")
    assert checked.status == 0, checked.err
    path = empty.root / "live/extra/env.yaml"
    first = path.read_text().splitlines()[0]
    schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    validate(YAML(typ="safe").load(path.read_text()), json.loads(schema.read_text()))


def test_nothing_is_ever_written_over(empty: ProjectKit) -> None:
    empty.run("new", "project")
    empty.write({"modules/hello/main.tf": "# mine\n", ".gitignore": "mine\n"})
    before = tree(empty.root)
    for arguments in (("project",), ("env", "dev"), ("unit", "dev", "hello")):
        refused = empty.run("new", *arguments)
        assert (refused.status, "E610" in refused.err) == (1, True), refused.err
    assert tree(empty.root) == before
    assert empty.run("new", "env", "other").status == 0
    assert tree(empty.root)["modules/hello/main.tf"] == "# mine\n"


def test_a_unit_gets_what_its_module_asks_for(empty: ProjectKit) -> None:
    empty.run("new", "project")
    variables = {"zones": "list(string)", "size": "number", "name": "string", "fast": "bool", "note": "string"}
    blocks = [f'variable "{name}" {{\n  type = {kind}\n}}\n' for name, kind in variables.items()]
    secret = 'variable "password" {\n  type      = string\n  sensitive = true\n}\n'
    empty.write({"modules/wide/main.tf": "\n".join([*blocks, secret])})
    assert empty.run("new", "unit", "dev", "wide", "--module", "modules/wide").status == 0
    settings = YAML(typ="safe").load((empty.root / "live/dev/env.yaml").read_text())
    assert settings["units"]["wide"]["inputs"] == {
        "zones": [], "size": 1, "name": "wide", "fast": False, "note": "change-me", "password": "${env:PASSWORD}",
    }  # fmt: skip
    empty.env["PASSWORD"] = "not-for-people"
    planned = empty.run("plan", "dev", "--json")
    assert planned.status == 0, planned.err


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("env", "Us_East"), 64, "E611"),
        (("unit", "dev", "x", "--module", "nowhere"), 64, "E613"),
        (("unit", "gate", "x"), 1, "E612"),
        (("unit", "braces", "x"), 1, "E614"),
    ],
)
def test_what_cannot_be_made_is_said(empty: ProjectKit, arguments: tuple[str, ...], status: int, code: str) -> None:
    empty.run("new", "project")
    empty.run("new", "env", "gate", "--stack", "emissary")
    empty.write({"live/braces/env.yaml": "{stack: units, units: {a: {module: ../../modules/hello}}}\n"})
    before = tree(empty.root)
    refused = empty.run("new", *arguments)
    assert (refused.status, f"error[{code}]" in refused.err) == (status, True), refused.err
    assert tree(empty.root) == before


def test_a_folder_that_has_environments_becomes_a_project_by_an_empty_file(empty: ProjectKit) -> None:
    empty.write({"live/dev/env.yaml": "stack: units\nunits:\n  # none yet\n", "modules/database/main.tf": ""})
    refused = empty.run("new", "project")
    assert (refused.status, "an empty tfwrap.toml will do" in refused.err) == (1, True)
    empty.write({"tfwrap.toml": ""})
    assert "did you mean modules/database?" in empty.run("new", "unit", "dev", "db", "--module", "database").err
    made = empty.run("new", "unit", "dev", "db", "--module", "modules/database")
    assert made.status == 0, made.err
    assert "ok    settings: units, 1 unit\n" in empty.run("doctor", "dev").out


def test_a_new_module_is_used_by_a_new_unit_at_once(empty: ProjectKit) -> None:
    empty.run("new", "project")
    made = empty.run("new", "module", "data-base", "--json").json
    assert made["files"] == [f"modules/data-base/{name}.tf" for name in ("variables", "main", "outputs")]
    assert made["next"] == "tfwrap new unit dev data-base"
    added = empty.run(*made["next"].split()[1:])
    assert added.out.splitlines()[-1] == "Next: tfwrap plan dev -u data-base"
    applied = empty.run("apply", "dev", "--yes", "--json")
    assert applied.results() == {"hello": "applied", "data-base": "applied"}
    assert empty.run("output", "dev", "data-base.name").out == "data-base\n"
    before = tree(empty.root)
    again = empty.run("new", "module", "data-base")
    assert (again.status, "error[E610]: modules/data-base exists already" in again.err) == (1, True)
    misnamed = empty.run("new", "module", "Data_Base")
    assert (misnamed.status, "did you mean data-base?" in misnamed.err) == (64, True)
    assert tree(empty.root) == before
