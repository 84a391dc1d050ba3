"""The kinds of stack a project knows, imported only when used; and an environment loaded as its stack.

Reads settings and modules; runs no Terraform. A project's own Python is imported only if env.yaml names its kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.document import Document
from tfwrap.settings.environment import Environment, json_schema, parse, read_environment
from tfwrap.settings.faults import in_order, show_value
from tfwrap.settings.project import Project
from tfwrap.stacks.kind import StackKind
from tfwrap.stacks.loading import entry_points, load_kind
from tfwrap.stacks.model import Stack
from tfwrap.stacks.shared_state import find_shared_state

BUILT_IN = {
    "units": "tfwrap.stacks.units:UnitsStack",
    "emissary": "tfwrap.stacks.emissary.stack:EmissaryStack",
}


class _Kinds(Mapping[str, StackKind]):
    """Names -> kinds. Built-in ones first, then the project's, then installed packages'; no name is taken twice."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._own = {**BUILT_IN, **project.stacks}
        self._installed: dict[str, str] | None = None

    def __getitem__(self, name: str) -> StackKind:
        # Installed packages are looked through only for a name that is not known otherwise: that takes time.
        place = self._own.get(name) or self._others()[name]
        return load_kind(name, place, self._project if name in self._project.stacks else None)

    def __iter__(self) -> Iterator[str]:
        return iter({**self._own, **self._others()})

    def __len__(self) -> int:
        return len({**self._own, **self._others()})

    def _others(self) -> dict[str, str]:
        if self._installed is None:
            self._installed = entry_points()
        return self._installed


def kinds(project: Project) -> Mapping[str, StackKind]:
    """All kinds of stack by name; each is imported when it is asked for."""
    taken = [name for name in project.stacks if name in BUILT_IN]
    if taken:
        message = f"stacks.{taken[0]} is the name of a built-in stack"
        place = project.source.location(("stacks", taken[0]), key=True)
        raise SettingsFailure(Problem("E110", message, place, "give the project's own stack another name"))
    return _Kinds(project)


def settings_schema(kind: StackKind) -> dict[str, Any]:
    """JSON Schema of the env.yaml of this kind of stack."""
    schema = json_schema(kind.settings)
    schema["properties"]["stack"]["const"] = kind.name
    # What an extended file may hold is not required of this one.
    schema["anyOf"] = [{"required": ["extends"]}, {"required": schema.pop("required")}]
    return schema


def load_environment(project: Project, name: str) -> tuple[StackKind, Environment]:
    """env.yaml checked against the model of its kind; SettingsFailure with all its faults."""
    document = read_environment(project, name)
    kind = _kind_of(project, document)
    settings = parse(document, kind.settings)
    return kind, Environment(project, name, project.live / name, document, settings)


def load_stack(project: Project, environment_name: str) -> Stack:
    """The environment's stack, checked; SettingsFailure if anything is wrong. Warnings stay in the stack."""
    try:
        kind, environment = load_environment(project, environment_name)
    except SettingsFailure as failure:
        all_told = dict.fromkeys((*failure.problems, *_further(project, environment_name)))
        raise SettingsFailure(in_order(all_told)) from None
    stack = kind.build(environment)
    problems = in_order([*stack.problems, *find_shared_state(environment, stack, load_unchecked)])
    if any(problem.severity == "error" for problem in problems):
        raise SettingsFailure(problems)
    return replace(stack, kind=environment.document.data["stack"], problems=tuple(problems))


def load_unchecked(project: Project, environment_name: str) -> Stack:
    """The stack with its problems, as far as it can be built; SettingsFailure only if there is none."""
    kind, environment = load_environment(project, environment_name)
    return kind.build(environment)


def _further(project: Project, name: str) -> Iterator[Problem]:
    """Errors beside those that keep env.yaml from being its kind's, if it can be told what was meant."""
    from tfwrap.settings.second_look import read_as_meant

    try:
        document = read_environment(project, name)
        kind = _kind_of(project, document)
        if (meant := read_as_meant(document, kind.settings)) is None:
            return
        document, settings, places = meant
        stack = kind.build(Environment(project, name, project.live / name, document, settings))
    except SettingsFailure:
        return
    for problem in stack.problems:
        if problem.severity == "error" and problem.location not in places:
            yield problem


def _kind_of(project: Project, document: Document) -> StackKind:
    name = document.data.get("stack")
    known = kinds(project)
    place, listed = document.location(("stack",)), f"known: {', '.join(known)}"
    if name is None:
        raise SettingsFailure(Problem("E104", "stack is required", place, listed))
    if not isinstance(name, str):
        message = f"stack should be text, not {show_value(name)}"
        raise SettingsFailure(Problem("E103", message, place, listed))
    try:
        return known[name]
    except KeyError:
        hint = f"{near} ({listed})" if (near := did_you_mean(name, known)) else listed
    raise SettingsFailure(Problem("E109", f"there is no stack {name}", place, hint))
