"""What of a pull request may run on an Atlantis server before anybody has approved it: nothing of its own.

A pull request can change every file of the project, its settings too. So the switch that lets its code run
is the server's: TFWRAP_ATLANTIS_TRUST_CODE=1 in the environment of the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tfwrap.base.problems import Failure, Location, Problem
from tfwrap.settings.document import Document
from tfwrap.settings.environment import read_environment
from tfwrap.settings.project import Project
from tfwrap.stacks.model import Stack

SWITCH = "TFWRAP_ATLANTIS_TRUST_CODE"
_PLAN_HOOKS = ("before_plan", "after_plan")
_HINT = f"only the server can allow it, with {SWITCH}=1 in its environment (docs/atlantis.md)"


def under_atlantis(environ: Mapping[str, str]) -> bool:
    """Whether Atlantis started this process, for a step or for a hook."""
    return "PULL_NUM" in environ and "HEAD_COMMIT" in environ


def trusted(environ: Mapping[str, str]) -> bool:
    return not under_atlantis(environ) or environ.get(SWITCH) == "1"


def check_stack(project: Project, environment: str, environ: Mapping[str, str]) -> None:
    """Before settings are loaded: no Python and no program of the pull request."""
    problems = []
    if not trusted(environ) and _inside(project.engine, project.root):
        message = "engine names a program inside of the repository, which a pull request can change"
        problems.append(Problem("E713", message, project.source.location(("engine",)), _HINT))
    document = read_environment(project, environment)
    problems += _cdk_units(project, document, environ)
    name = document.data.get("stack")
    if name in project.stacks and under_atlantis(environ):
        place = document.location(("stack",))
        if not trusted(environ):
            message = f"the stack {name} is Python of this repository, which a pull request can change"
            problems.append(Problem("E713", message, place, _HINT))
        elif not project.atlantis.allow_cdk:
            message = f"the stack {name} is Python of this repository, and atlantis.allow_cdk is not set"
            problems.append(Problem("E713", message, place, "set allow_cdk = true in [tool.tfwrap.atlantis]"))
    if problems:
        raise Failure(problems)


def _cdk_units(project: Project, document: Document, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Generating their files runs Python of the pull request."""
    units = document.data.get("units")
    if not under_atlantis(environ) or (trusted(environ) and project.atlantis.allow_cdk):
        return
    for name, unit in (units if isinstance(units, dict) else {}).items():
        if isinstance(unit, dict) and "cdk" in unit:
            message = f"unit {name} is made by Python of this repository, which a pull request can change"
            hint = "set allow_cdk = true in [tool.tfwrap.atlantis]" if trusted(environ) else _HINT
            yield Problem("E713", message, document.location(("units", name, "cdk"), key=True), hint)


def check_hooks(stack: Stack, names: tuple[str, ...], environ: Mapping[str, str]) -> None:
    """Hooks of a plan run before anybody has looked; hooks of an apply run after an approval."""
    if trusted(environ):
        return
    problems = [
        Problem("E713", f"{unit.name} has {hook} hooks, which a pull request can change", unit.location, _HINT)
        for unit in stack.units
        if unit.name in names
        for hook in _PLAN_HOOKS
        if unit.hooks.get(hook)
    ]
    if problems:
        raise Failure(problems)


def check_links(project: Project, environment: str) -> None:
    """A folder of environments that leads out of the checkout is never worked in."""
    root = project.root.resolve()
    for folder in (project.live, project.live / environment):
        if not folder.resolve().is_relative_to(root):
            message = f"{folder.name} leads out of the repository"
            raise Failure(Problem("E713", message, Location(folder, 1, 1), "is there a symbolic link?"))


def _inside(engine: str, root: Path) -> bool:
    return "/" in engine and Path(engine).resolve().is_relative_to(root.resolve())
