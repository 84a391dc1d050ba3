"""Units that their kind of stack marks as kept: a destroy of everything leaves them, naming one does not."""

from __future__ import annotations

import pytest
from kit.project import ProjectKit
from kit.units import MODULES, environment, resources, unit

_STACK = """\
from dataclasses import replace

from tfwrap.stacks.units import UnitsStack


class Shared(UnitsStack):
    name = "shared"

    def build(self, environment):
        stack = super().build(environment)
        kept = [replace(unit, kept="others stand on it") if unit.name == "base" else unit for unit in stack.units]
        return replace(stack, units=tuple(kept))
"""


@pytest.fixture
def shared(project: ProjectKit) -> ProjectKit:
    """`base` is kept and may not be destroyed, `app` is like any other; both are applied."""
    units = {"base": unit("kept", text="b"), "app": unit(text="a", after=["base"])}
    files = environment(units, stack="shared")
    settings = 'stacks = {shared = "shared_stack:Shared"}\n'
    project.write({**MODULES, **files, "tfwrap.toml": settings, "shared_stack.py": _STACK})
    applied = project.run("apply", "dev", "--yes")
    assert applied.status == 0, applied.err
    return project


def test_a_destroy_of_everything_leaves_what_is_kept(shared: ProjectKit) -> None:
    gone = shared.run("destroy", "dev", "--yes", "--json")
    assert (gone.status, gone.results()) == (0, {"base": "excluded", "app": "destroyed"}), gone.err
    assert gone.units()["base"]["reason"] == "kept: others stand on it"
    assert (resources(shared, "base"), resources(shared, "app")) == (1, 0)
    again = shared.run("destroy", "dev", "--yes", "--json")
    assert (again.status, again.results()) == (0, {"base": "excluded", "app": "unchanged"})


def test_a_saved_plan_that_destroys_leaves_it_too(shared: ProjectKit) -> None:
    planned = shared.run("plan", "dev", "--destroy", "-u", "!app", "--json")
    assert (planned.status, planned.results()) == (0, {"base": "excluded"})  # to take app away names nothing
    planned = shared.run("plan", "dev", "--destroy", "--json")
    assert (planned.status, planned.results()) == (0, {"base": "excluded", "app": "changed"})
    gone = shared.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (gone.status, gone.results()) == (0, {"base": "excluded", "app": "destroyed"}), gone.err
    assert gone.units()["base"]["reason"] == "kept: others stand on it"


def test_naming_it_tries_and_says_what_to_do_instead(shared: ProjectKit) -> None:
    refused = shared.run("destroy", "dev", "-u", "base+", "--yes", "--json")
    assert (refused.status, refused.results()) == (1, {"base": "failed", "app": "changed"})
    (problem,) = refused.json["problems"]
    assert "Instance cannot be destroyed" in problem["message"]
    assert problem["hint"] == "others stand on it; tfwrap destroy dev leaves it and destroys the rest"
    assert (resources(shared, "base"), resources(shared, "app")) == (1, 1)


def test_a_dry_run_says_so_too(shared: ProjectKit) -> None:
    said = shared.run("destroy", "dev", "--dry-run")
    assert "2. base, after app: excluded (kept: others stand on it)" in said.out, said.err
    assert "excluded" not in shared.run("destroy", "dev", "--dry-run", "-u", "base+").out


def test_where_nothing_is_left_there_is_nothing_to_keep(shared: ProjectKit) -> None:
    (shared.root / "state/dev/base.tfstate").unlink()
    gone = shared.run("destroy", "dev", "--yes", "--json")
    assert (gone.status, gone.results()) == (0, {"base": "unchanged", "app": "destroyed"}), gone.err
