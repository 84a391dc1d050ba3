"""`tfwrap new`: a project, an environment, a unit or a module that plans at once. Never writes over anything."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Failure, Problem, UsageFailure
from tfwrap.cli.groups import WholeGroup
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json

if TYPE_CHECKING:
    from tfwrap.hcl.module import Variable
    from tfwrap.settings.project import Project

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
# A value of each type that a plan accepts; a person writes the right one.
_EXAMPLES = {"string": "change-me", "number": "1", "bool": "false", "list": "[]", "set": "[]", "map": "{}"}

stack_option = click.option(
    "--stack", type=click.Choice(["units", "emissary"]), default="units", help="Kind of environment."
)


@click.group(cls=WholeGroup)
def new() -> None:
    """Start a project, an environment, a unit or a module.

    \b
    tfwrap new project                 in an empty folder
    tfwrap new env staging
    tfwrap new module database
    tfwrap new unit staging database --module modules/database
    """  # noqa: D301


@new.command("project")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@stack_option
@common
def new_project(options: Options, folder: Path, stack: str) -> None:
    """A project in FOLDER (here, if not said) with a first environment, dev."""
    from tfwrap.cli import starter
    from tfwrap.settings.project import find_project

    root = folder.absolute()
    taken = [name for name in ("tfwrap.toml", "live") if (root / name).exists()]
    if taken:
        hint = "a project is started in a folder that has none yet"
        if "tfwrap.toml" not in taken:
            hint += "; to make this folder one, an empty tfwrap.toml will do"
        raise _exists([root / name for name in taken], root, hint)
    written = write_new(root, {root / "tfwrap.toml": starter.PROJECT}, {root / ".gitignore": starter.GITIGNORE})
    written += _environment(find_project(root, root), "dev", stack)
    where = os.path.relpath(root)
    first = "" if where == "." else f"cd {where}; "
    _report(options, written, root, f"{first}tfwrap plan dev")


@new.command("env")
@click.argument("name")
@stack_option
@common
def new_env(options: Options, name: str, stack: str) -> None:
    """An environment NAME with one unit to begin with."""
    from tfwrap.cli.load import find

    check_name(name, "an environment")
    project = find(options)
    _report(options, _environment(project, name, stack), project.root, f"tfwrap plan {name}")


@new.command("unit")
@environment_argument
@click.argument("name")
@click.option("--module", type=click.Path(path_type=Path), help="Module folder; one of its own is made if not said.")
@common
def new_unit(options: Options, environment: str, name: str, module: Path | None) -> None:
    """A unit NAME in ENV, an environment of the stack `units`."""
    from tfwrap.cli import starter
    from tfwrap.cli.insert import insert_unit, unit_lines
    from tfwrap.cli.load import find
    from tfwrap.settings.environment import read_environment

    check_name(name, "a unit")
    project = find(options)
    document = read_environment(project, environment)
    if document.data.get("stack") != "units":
        place = document.location(("stack",))
        hint = f"the stack {document.data.get('stack')} makes its units itself"
        raise Failure(Problem("E612", f"{environment} takes no units", place, hint))
    if name in (document.data.get("units") or {}):
        place = document.location(("units", name), key=True)
        raise Failure(Problem("E610", f"{environment} has a unit {name} already", place, "give it another name"))
    folder = (module or project.modules / name).absolute()
    if module and not folder.is_dir():
        meant = project.modules / module.name
        near = f"did you mean {os.path.relpath(meant)}?" if meant.is_dir() else "name a module's folder, or none"
        raise UsageFailure(Problem("E613", f"{module} is not a folder", hint=near))
    inputs = _inputs(project, folder, name) if folder.is_dir() else {"name": (name, "string")}
    lines = unit_lines(name, os.path.relpath(folder, document.path.parent), inputs)
    text = insert_unit(document.path, lines)
    if text is None:
        place = document.location(("units",), key=True)
        hint = "put its units on lines of their own, indented below `units:`, then try again"
        raise Failure(Problem("E614", "no lines can be added below `units` here", place, hint))
    made = [] if folder.is_dir() else write_new(project.root, {folder / "main.tf": starter.MODULE})
    write_atomic(document.path, text)
    _report(options, [*made, document.path], project.root, f"tfwrap plan {environment} -u {name}")


@new.command("module")
@click.argument("name")
@common
def new_module(options: Options, name: str) -> None:
    """A module NAME in the project's modules folder, for units to call."""
    from tfwrap.cli import starter
    from tfwrap.cli.load import find

    check_name(name, "a module")
    project = find(options)
    folder = project.modules / name
    if folder.exists():
        raise _exists([folder], project.root, "give it another name, or take the old one away")
    written = write_new(project.root, {folder / file: text for file, text in starter.MODULE_FILES.items()})
    environment = next((one for one in project.environments() if _stack_of(project, one) == "units"), "ENV")
    _report(options, written, project.root, f"tfwrap new unit {environment} {name}")


def _stack_of(project: Project, environment: str) -> str | None:
    """The stack of an environment; None if its file says none, or cannot be read."""
    from tfwrap.base.problems import SettingsFailure
    from tfwrap.settings.environment import read_environment

    try:
        return read_environment(project, environment).data.get("stack")
    except SettingsFailure:
        return None


def _environment(project: Project, name: str, stack: str) -> list[Path]:
    from tfwrap.cli import starter

    folder = project.live / name
    if stack == "emissary":
        return write_new(
            project.root, {folder / "env.yaml": starter.emissary_environment(name)}, schema_file(project, stack)
        )
    module = project.modules / "hello"
    text = starter.units_environment(name, os.path.relpath(module, folder))
    helpers = schema_file(project, stack) | ({} if module.is_dir() else {module / "main.tf": starter.MODULE})
    return write_new(project.root, {folder / "env.yaml": text}, helpers)


def schema_file(project: Project, stack: str) -> dict[Path, str]:
    import json

    from tfwrap.cli.starter import schema_name
    from tfwrap.stacks.registry import kinds, settings_schema

    schema = settings_schema(kinds(project)[stack])
    return {project.live / schema_name(stack): json.dumps(schema, indent=2, ensure_ascii=False) + "\n"}


def _inputs(project: Project, folder: Path, unit: str) -> dict[str, tuple[str, str]]:
    """What the module asks for: a value of the right type for each, to be changed."""
    from tfwrap.hcl.read import read_module

    variables = read_module(folder, project.own / "cache" / "hcl").variables.values()
    return {one.name: _example(one, unit) for one in variables if not one.has_default}


def _example(variable: Variable, unit: str) -> tuple[str, str]:
    kind = " ".join((variable.type or "any").split())
    if variable.sensitive:
        return f'"${{env:{variable.name.upper()}}}"', f"{kind}, sensitive"
    if variable.name == "name":
        return unit, kind
    return _EXAMPLES.get(kind.partition("(")[0], "change-me"), kind


def write_new(root: Path, files: Mapping[Path, str], helpers: Mapping[Path, str] | None = None) -> list[Path]:
    """Write `files`, all or none, and of `helpers` those that are not there yet; what was written."""
    taken = [path for path in files if path.exists()]
    if taken:
        raise _exists(taken, root, "give it another name, or take the old one away")
    wanted = {**files, **{path: text for path, text in (helpers or {}).items() if not path.exists()}}
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:  # also if it came into being just now
            file.write(text)
    return list(wanted)


def _exists(paths: list[Path], root: Path, hint: str) -> Failure:
    return Failure(Problem("E610", f"{os.path.relpath(path, root)} exists already", hint=hint) for path in paths)


def check_name(name: str, what: str) -> None:
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        message = f"{name} cannot be the name of {what}"
        hint = "lower-case letters, digits and dashes between them" + (f"; did you mean {near}?" if near else "")
        raise UsageFailure(Problem("E611", message, hint=hint))


def _report(options: Options, written: list[Path], root: Path, following: str) -> None:
    names = [os.path.relpath(path, root) for path in written]
    if options.json:
        say_json({"version": 1, "files": names, "next": following})
        return
    for name in names:
        say(f"wrote {name}")
    say(f"Next: {following}")
