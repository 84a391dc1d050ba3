"""A stack of Python is synthesised once for many runs, and again whenever anything it was made from has changed."""

from __future__ import annotations

import json
import py_compile
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.project import ProjectKit

ENV = """\
stack: units
units:
  one: {cdk: {stack: "stacks.shapes:Shapes"}}
  two: {cdk: {stack: "stacks.shapes:Shapes"}}
"""
# Says how often it ran in a file beside the project. Everything else it is made from is read.
STACK = """\
import json
import os
from pathlib import Path

from cdktn import TerraformResource, TerraformStack

from stacks.words import GREETING

HERE = Path(__file__).parent
DATA = json.loads((HERE / "data.json").read_text())


class Shapes(TerraformStack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        with (HERE.parents[1] / "runs").open("a") as runs:
            runs.write(f"{name}\\n")
        parts = sorted(path.name for path in (HERE / "parts").iterdir())
        thing = TerraformResource(self, "thing", terraform_resource_type="terraform_data")
        thing.add_override("input", f"{GREETING} {DATA} {parts} {os.environ.get('TEAM')} mark")
"""


@pytest.fixture
def made(project: ProjectKit) -> ProjectKit:
    """A project with two such units, planned once."""
    project.write(
        {
            "live/dev/env.yaml": ENV,
            "stacks/shapes.py": STACK,
            "stacks/words.py": 'GREETING = "hello"\n',
            "stacks/data.json": '"blue"',
            "stacks/parts/a": "",
            # The project's own folder is listed, for there modules are looked for: no run may add to it.
            "state/README": "",
            ".tfwrap/README": "",
        }
    )
    project.env["PYTEST_CURRENT_TEST"] = "the same all the time"  # every variable counts
    planned = project.run("plan", "dev")
    assert planned.status == 0, planned.err
    assert runs(project) == ["one", "two"]
    (project.root.parent / "runs").write_text("")
    return project


def runs(project: ProjectKit) -> list[str]:
    return (project.root.parent / "runs").read_text().split()


def inputs(project: ProjectKit) -> set[str]:
    files = (project.root / f"live/dev/{unit}/cdk/cdk.tf.json" for unit in ("one", "two"))
    return {json.loads(file.read_text())["resource"]["terraform_data"]["thing"]["input"] for file in files}


def test_runs_take_what_was_made_and_generation_makes_it(made: ProjectKit) -> None:
    before = inputs(made)
    assert made.run("plan", "dev").status == 0
    assert made.run("apply", "dev", "--yes").status == 0
    assert runs(made) == []
    assert inputs(made) == before == {"hello blue ['a'] None mark"}
    for arguments in (("generate", "dev", "--check"), ("validate", "dev"), ("generate", "dev")):
        assert made.run(*arguments).status == 0
    assert len(runs(made)) == 6


def write(name: str, text: str) -> Callable[[ProjectKit], None]:
    return lambda project: project.write({name: text})


def spoil(project: ProjectKit) -> None:
    for file in (project.root / ".tfwrap/cache/cdk").iterdir():
        file.write_text("{}")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (write("stacks/shapes.py", STACK.replace("mark", "sign")), "hello blue ['a'] None sign"),
        (write("stacks/words.py", 'GREETING = "Hello"\n'), "Hello blue ['a'] None mark"),
        (write("stacks/data.json", '"gray"'), "hello gray ['a'] None mark"),
        (write("stacks/parts/b", ""), "hello blue ['a', 'b'] None mark"),
        (lambda project: project.env.update(TEAM="red"), "hello blue ['a'] red mark"),
        (spoil, "hello blue ['a'] None mark"),
    ],
    ids=["class", "module", "data", "listing", "environment", "spoilt"],
)
def test_it_is_made_anew_when_what_it_came_from_changed(
    made: ProjectKit, change: Callable[[ProjectKit], None], expected: str
) -> None:
    change(made)
    assert made.run("plan", "dev").status == 0
    assert len(runs(made)) == 2
    assert inputs(made) == {expected}


def test_a_module_that_now_comes_first_is_seen(made: ProjectKit) -> None:
    made.write({"stacks/words/__init__.py": 'GREETING = "new"\n'})  # a package goes before a module
    assert made.run("plan", "dev").status == 0
    assert inputs(made) == {"new blue ['a'] None mark"}


def test_what_python_compiled_is_as_good_as_its_source(made: ProjectKit) -> None:
    py_compile.compile(str(made.root / "stacks/words.py"))
    assert made.run("plan", "dev").status == 0
    assert len(runs(made)) == 2  # the listing is another one
    made.write({"stacks/words.py": 'GREETING = "howdy"\n'})
    assert made.run("plan", "dev").status == 0
    assert inputs(made) == {"howdy blue ['a'] None mark"}


def test_nothing_of_the_environment_can_be_read_in_what_is_kept(made: ProjectKit) -> None:
    made.env["TEAM_PASSWORD"] = "hunter2-hunter2"
    assert made.run("plan", "dev").status == 0
    kept = list(Path(made.root / ".tfwrap/cache/cdk").iterdir())
    assert len(kept) == 2
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}
    assert not [file for file in kept if "hunter2" in file.read_text()]
