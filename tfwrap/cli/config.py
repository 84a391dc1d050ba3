"""`config show`: every setting with its value and who said it. Reads settings and modules, starts nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfwrap.cli.complete import complete_environment
from tfwrap.cli.groups import WholeGroup
from tfwrap.cli.options import Options, common
from tfwrap.cli.output import say_json, terminal

if TYPE_CHECKING:
    from tfwrap.report.line import Line
    from tfwrap.settings.project import Project
    from tfwrap.settings.provenance import Setting

_WIDEST = 40  # cells of a value, before it pushes its own row's last column to the right


@click.group(cls=WholeGroup)
def config() -> None:
    """Look at settings.

    \b
    tfwrap config show
    tfwrap config show dev
    """  # noqa: D301


@config.command("show")
@click.argument("environment", metavar="[ENV]", required=False, shell_complete=complete_environment)
@common
def show_config(options: Options, environment: str | None) -> None:
    """Each setting of the project, and of ENV, with its value and where it was set.

    That is a place in a file, an environment variable, a flag, or tfwrap's default. Secrets stay references.

    \b
    tfwrap config show dev
    tfwrap config show dev --json | jq '.environment[] | select(.from.file)'
    """  # noqa: D301
    from tfwrap.cli.load import find

    project = find(options)
    parts = {"project": list(_of_project(project, options))}
    if environment:
        parts["environment"] = list(_of_environment(project, environment))
    if options.json:
        rows = {part: [_row(one, project.root) for one in found] for part, found in parts.items()}
        say_json({"version": 1, "env": environment, **rows})
        return
    from tfwrap.report.line import write_lines

    to = terminal(sys.stdout, options)
    lines = _lines(parts["project"], project.root, "project")
    if environment:
        lines += _lines(parts["environment"], project.root, environment)
    write_lines(lines, sys.stdout, color=to.color, ascii=to.ascii)


def _of_project(project: Project, options: Options) -> Iterator[Setting]:
    from tfwrap.engine.cache import cache_folder
    from tfwrap.settings.project_settings import ProjectSettings
    from tfwrap.settings.provenance import Setting, provenance

    by = "--project" if options.project else "TFWRAP_PROJECT" if os.environ.get("TFWRAP_PROJECT") else None
    place = None if by else project.source.location(())
    yield Setting("root", str(project.root), place, by)
    settings = ProjectSettings.model_validate(project.source.data)
    for one in provenance(settings, project.source.data, project.source.location):
        if one.name == "engine" and os.environ.get("TFWRAP_ENGINE"):
            yield replace(one, value=os.environ["TFWRAP_ENGINE"], place=None, source="TFWRAP_ENGINE")
        else:
            yield one
    if settings.parallelism is None:
        yield Setting("parallelism", project.parallelism)
    by = "TFWRAP_CACHE" if os.environ.get("TFWRAP_CACHE") else None
    yield Setting("cache", str(cache_folder(os.environ)), None, by)


def _of_environment(project: Project, environment: str) -> list[Setting]:
    """Of settings that are right: a secret written out is one of the faults that stop here, unseen."""
    from tfwrap.settings.provenance import provenance
    from tfwrap.stacks.registry import load_environment, load_stack

    load_stack(project, environment)
    document, settings = (loaded := load_environment(project, environment)[1]).document, loaded.settings
    return list(provenance(settings, document.data, document.location))


def _row(one: Setting, root: Path) -> dict[str, Any]:
    return {"setting": one.name, "value": one.value, "from": _origin(one, root)}


def _origin(one: Setting, root: Path) -> dict[str, Any]:
    from tfwrap.report.words import relative

    if one.place:
        place = one.place
        return {"kind": "file", "file": relative(place.file, root), "line": place.line, "column": place.column}
    if one.source:
        return {"kind": "flag" if one.source.startswith("-") else "variable", "name": one.source}
    return {"kind": "default"}


def _lines(settings: Sequence[Setting], root: Path, title: str) -> list[Line]:
    from tfwrap.report.line import Line
    from tfwrap.report.words import cells, printable, relative, value

    texts = [(printable(one.name), value(one.value)) for one in settings]
    wide = max((cells(name) for name, _ in texts), default=0)
    wider = min(max((cells(text) for _, text in texts), default=0), _WIDEST)
    lines = [Line(title, "bold")]
    for one, (name, text) in zip(settings, texts, strict=True):
        said = f"{relative(one.place.file, root)}:{one.place.line}" if one.place else one.source or "default"
        row = f"  {name}{' ' * (wide - cells(name))}  {text}{' ' * max(wider - cells(text), 0)}  {said}"
        lines.append(Line(row, "plain" if one.place or one.source else "dim"))
    return lines
