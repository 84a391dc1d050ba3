"""Kinds of stack by name, a project's own ones among them, and states that would meet."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.settings.project import find_project
from tfwrap.stacks.registry import kinds, load_environment, load_stack, settings_schema

OWN = """\
from __future__ import annotations
from pydantic import Field
from tfwrap.settings.environment import CommonSettings
from tfwrap.stacks.model import Stack

class Settings(CommonSettings):
    size: int = Field(description="Size.")

class Own:
    name = "own"
    settings = Settings
    def build(self, environment):
        assert environment.settings.size == 3
        return Stack("own", ())
"""
UNIT = "units: {%s: {module: ../../modules/m}}\n"


def lay_out(root: Path, files: dict[str, str]) -> Path:
    for name, text in {"tfwrap.toml": "", "modules/m/main.tf": 'output "x" { value = 1 }\n', **files}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def faults(root: Path, name: str = "dev") -> tuple[Problem, ...]:
    with pytest.raises(SettingsFailure) as caught:
        load_stack(find_project(root), name)
    return caught.value.problems


def place(root: Path, problem: Problem) -> str | None:
    at = problem.location
    return f"{at.file.relative_to(root)}:{at.line}:{at.column}" if at else None


def test_the_built_in_kinds_are_known(tmp_path: Path) -> None:
    known = kinds(find_project(lay_out(tmp_path, {})))
    assert list(known)[:2] == ["units", "emissary"]
    assert known["units"].name == "units"
    with pytest.raises(KeyError):
        known["nope"]


def test_an_unknown_environment(tmp_path: Path) -> None:
    lay_out(tmp_path, {"live/dev/env.yaml": "", "live/prod/env.yaml": ""})
    [problem] = faults(tmp_path, "prd")
    assert (problem.code, problem.message) == ("E108", "there is no environment prd")
    assert problem.hint == "did you mean prod? (known: dev, prod)"
    [problem] = faults(tmp_path, "../live/dev")
    assert problem.code == "E108"


def test_no_environment_at_all(tmp_path: Path) -> None:
    [problem] = faults(lay_out(tmp_path, {}))
    assert (problem.code, problem.hint) == ("E108", "there is no */env.yaml in live/")


@pytest.mark.parametrize(
    ("env", "code", "message", "at"),
    [
        ("env: {}\n", "E104", "stack is required", "live/dev/env.yaml:1:1"),
        ("env: {}\nstack: unit\n", "E109", "there is no stack unit", "live/dev/env.yaml:2:8"),
        ("stack: [units]\n", "E103", "stack should be text, not a list", "live/dev/env.yaml:1:8"),
    ],
)
def test_no_such_stack(tmp_path: Path, env: str, code: str, message: str, at: str) -> None:
    [problem] = faults(lay_out(tmp_path, {"live/dev/env.yaml": env}))
    assert (problem.code, problem.message, place(tmp_path, problem)) == (code, message, at)
    assert problem.hint is None or "units, emissary" in problem.hint


def test_a_stack_of_the_project(tmp_path: Path) -> None:
    toml = '[stacks]\nown = "ours_well.stack:Own"\n'
    lay_out(tmp_path, {"tfwrap.toml": toml, "ours_well/stack.py": OWN})
    lay_out(tmp_path, {"tfwrap.toml": toml, "live/dev/env.yaml": "stack: own\nsize: 3\n"})
    project = find_project(tmp_path)
    assert load_stack(project, "dev").kind == "own"
    kind, environment = load_environment(project, "dev")
    assert (kind.name, environment.name, environment.folder) == ("own", "dev", tmp_path / "live" / "dev")
    (tmp_path / "live/dev/env.yaml").write_text("stack: own\nsiz: 3\n")
    assert [problem.message for problem in faults(tmp_path)] == ["size is required", "siz is not a setting"]


@pytest.mark.parametrize(
    ("code", "message", "at"),
    [
        (None, "ModuleNotFoundError: No module named 'ours_{n}'", "tfwrap.toml:2:7"),
        ("x = 1\n", "AttributeError: module 'ours_{n}' has no attribute 'Own'", "tfwrap.toml:2:7"),
        ("x = 1\nimport nothing_of_that_name\n", "No module named 'nothing_of_that_name'", "ours_{n}.py:2:1"),
        ("def f(:\n", "invalid syntax", "ours_{n}.py:1:7"),
        ("class Own: pass\n", "ours_{n}:Own is not a kind of stack", "tfwrap.toml:2:7"),
    ],
)
def test_a_stack_that_cannot_be_imported(
    tmp_path: Path, request: pytest.FixtureRequest, code: str | None, message: str, at: str
) -> None:
    number = abs(hash(request.node.name)) % 10**9  # modules stay imported: each case has its own
    files = {"tfwrap.toml": f'[stacks]\nown = "ours_{number}:Own"\n', "live/dev/env.yaml": "stack: own\n"}
    if code is not None:
        files[f"ours_{number}.py"] = code
    [problem] = faults(lay_out(tmp_path, files))
    assert problem.code == "E110"
    assert message.format(n=number) in problem.message
    assert place(tmp_path, problem) == at.format(n=number)


def test_a_project_cannot_replace_a_built_in_stack(tmp_path: Path) -> None:
    files = {"tfwrap.toml": '[stacks]\nunits = "a:B"\n', "live/dev/env.yaml": "stack: units\n"}
    [problem] = faults(lay_out(tmp_path, files))
    assert (problem.code, place(tmp_path, problem)) == ("E110", "tfwrap.toml:2:1")


def test_the_schema_accepts_what_tfwrap_accepts(tmp_path: Path) -> None:
    schema = settings_schema(kinds(find_project(lay_out(tmp_path, {})))["units"])
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema).is_valid
    unit = {"module": "m", "timeout": "30m", "inputs": {"a": [1]}}
    assert check({"stack": "units", "units": {"a": unit}})
    assert check({"extends": "../base.yaml", "units": {"a": unit}})
    assert not check({"units": {"a": unit}})
    assert not check({"stack": "emissary", "units": {"a": unit}})
    assert not check({"stack": "units", "units": {"a": {**unit, "modul": "m"}}})
    assert not check({"stack": "units", "units": {"a": {**unit, "timeout": 30}}})


def test_two_environments_with_one_state(tmp_path: Path) -> None:
    backend = "backend: {gcs: {bucket: b, prefix: p}}\nstack: units\n"
    lay_out(
        tmp_path,
        {
            "live/dev/env.yaml": backend + "units: {a: {module: ../../modules/m}, b: {module: ../../modules/m}}\n",
            "live/prod/env.yaml": backend + UNIT % "b",
            "live/far/env.yaml": backend.replace("p}", "q}") + UNIT % "b",
            "live/apart/env.yaml": backend + UNIT % "c",
            "live/broken/env.yaml": backend + "unitz: {}\n",
        },
    )
    [problem] = faults(tmp_path)
    assert (problem.code, place(tmp_path, problem)) == ("E114", "live/dev/env.yaml:1:1")
    assert problem.message == "the unit b of dev and b of prod have one state address: gs://b/p/b"
    assert len(load_stack(find_project(tmp_path), "far").units) == 1
    assert len(load_stack(find_project(tmp_path), "apart").units) == 1


def test_schemas_of_two_environments_that_come_out_the_same(tmp_path: Path) -> None:
    backend = "backend: {pg: {conn_str_env: TF_PG}}\nstack: units\n"
    lay_out(
        tmp_path,
        {"live/a/env.yaml": backend + UNIT % "b-c", "live/a-b/env.yaml": backend + UNIT % "c"},
    )
    [problem] = faults(tmp_path, "a")
    assert problem.code == "E114"
    assert problem.message == "the unit b-c of a and c of a-b have one state address: pg:$TF_PG/a_b_c"
    assert problem.hint == "rename one of them"


def test_local_states_never_meet(tmp_path: Path) -> None:
    env = "stack: units\n" + UNIT % "a"
    lay_out(tmp_path, {"live/dev/env.yaml": env, "live/prod/env.yaml": env})
    assert load_stack(find_project(tmp_path), "dev").problems == ()
