"""E114: no two units may write one state. Looks at other environments only as far as it must."""

from __future__ import annotations

import json
from collections.abc import Callable

from pydantic import ValidationError

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.settings.backends import BackendSettings, may_share
from tfwrap.settings.environment import Environment, read_environment
from tfwrap.settings.project import Project
from tfwrap.stacks.model import Stack

Load = Callable[[Project, str], Stack]


def find_shared_state(environment: Environment, stack: Stack, load: Load) -> list[Problem]:
    """`load` builds the stack of another environment, once its backend shows that a clash is possible."""
    return [*_within(stack), *_across(environment, stack, load)]


def _within(stack: Stack) -> list[Problem]:
    first: dict[str, str] = {}
    problems = []
    for unit in stack.units:
        other = first.setdefault(unit.backend.address, unit.name)
        if other != unit.name:
            message = f"the units {other} and {unit.name} have one state address: {unit.backend.address}"
            problems.append(Problem("E114", message, unit.location, "give one of them another name"))
    return problems


def _across(environment: Environment, stack: Stack, load: Load) -> list[Problem]:
    own = {unit.backend.address: unit.name for unit in stack.units}
    backend = environment.settings.backend
    problems = []
    for name in environment.project.environments():
        if name == environment.name or not _near(environment, name):
            continue
        try:
            others = load(environment.project, name).units
        except SettingsFailure:
            continue  # a broken environment is told of when it is used itself
        shared = [unit for unit in others if unit.backend.address in own]
        if shared:
            address = shared[0].backend.address
            more = f" (and {len(shared) - 1} more)" if len(shared) > 1 else ""
            message = (
                f"the unit {own[address]} of {environment.name} and {shared[0].name} of {name} "
                f"have one state address: {address}{more}"
            )
            names = backend is not None and backend.pg is not None  # schemas are named after them
            hint = "rename one of them" if names else "give each environment its own prefix in `backend`"
            place = environment.document.location(("backend",), key=True)
            problems.append(Problem("E114", message, place, hint))
    return problems


def _near(environment: Environment, name: str) -> bool:
    """Whether the other environment's backend lies so that states could meet."""
    own = environment.settings.backend
    if own is None or own.local is not None:
        return False
    try:
        data = read_environment(environment.project, name).data.get("backend")
        other = BackendSettings.model_validate_json(json.dumps(data)) if data is not None else None
    except (SettingsFailure, ValidationError):
        return False
    return may_share((own, environment.name), (other, name))
