"""`list` and `graph`: what there is, without Terraform, network or state."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, Problem
from tfwrap.cli.load import find, load
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json, show_problems, terminal

if TYPE_CHECKING:
    from tfwrap.graph.dag import Dag
    from tfwrap.graph.marks import Kind, Kinds
    from tfwrap.run.affected import Affected
    from tfwrap.run.bundle import ManifestUnit
    from tfwrap.settings.project import Project
    from tfwrap.stacks.model import Stack

FORMATS = ("tree", "mermaid", "dot", "svg", "html", "json")


@click.command("list")
@common
def list_(options: Options) -> int:
    """The environments of the project and their units; exit 1 if one of them is not valid."""
    project = find(options)
    stacks, problems = _load_all(project)
    if options.json:
        rows = [
            {"name": name, "stack": stack.kind, "units": [unit.name for unit in stack.units]}
            for name, stack in stacks.items()
        ]
        faults = {"problems": _rows(problems, project)} if problems else {}
        say_json({"version": 1, "environments": rows, **faults})
    else:
        width = max(map(len, stacks), default=0)
        for name, stack in stacks.items():
            say(f"{name.ljust(width)}  {stack.kind}: {', '.join(unit.name for unit in stack.units)}")
        if not stacks and not problems:
            say(f"There is no environment yet: write {project.live.name}/dev/env.yaml.")
    show_problems(problems, options, project.root)
    return Exit.FAILED if problems else Exit.OK


def _load_all(project: Project) -> tuple[dict[str, Stack], list[Problem]]:
    """Every environment that is valid, and the faults of the others."""
    stacks: dict[str, Stack] = {}
    problems: list[Problem] = []
    for name in project.environments():
        try:
            stacks[name] = load(project, name)
        except Failure as failure:
            problems += failure.problems
    return stacks, list(dict.fromkeys(problems))


def _rows(problems: Sequence[Problem], project: Project) -> list[dict[str, Any]]:
    from tfwrap.report.document import problem_row

    return [problem_row(problem, project.root) for problem in problems]


@click.command()
@environment_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="tree",
    help="tree: text; html: a page to search and follow.",
)
@common
def graph(options: Options, environment: str, form: str) -> None:
    """The units of ENV and what each comes after; coloured by the saved plan, until that is applied.

    \b
    tfwrap graph dev
    tfwrap graph dev --format html > graph.html
    """  # noqa: D301
    from tfwrap.graph import draw
    from tfwrap.graph.dag import Dag

    project = find(options)
    stack = load(project, environment)
    dag = Dag(tuple(unit.name for unit in stack.units), {unit.name: unit.dependencies for unit in stack.units})
    tags = {unit.name: unit.tags for unit in stack.units}
    if options.json or form == "json":
        say_json(draw.json_document(environment, dag, tags))
        return
    kinds = planned_kinds(project, environment, dag)
    if form == "html":
        from tfwrap.report.graph_page import graph_page

        say(graph_page(environment, dag, kinds))
    elif form == "tree":
        _show_tree(dag, kinds, options)
    else:
        drawings = {"mermaid": draw.mermaid, "dot": draw.dot, "svg": draw.svg}
        say(drawings[form](dag, kinds))


def planned_kinds(project: Project, environment: str, dag: Dag) -> dict[str, Kind]:
    """What the saved plan says of units; nothing, if there is none or it is not of use any more."""
    from tfwrap.base.problems import NeedsPlanFailure
    from tfwrap.run.bundle import Bundle
    from tfwrap.run.journal import Journal

    folder = project.own / "plans" / environment
    try:
        if not folder.is_dir() or Journal(folder).used:
            return {}
        planned = Bundle(folder).manifest.units
    except NeedsPlanFailure:
        return {}
    kinds = {name: _kind(unit) for name, unit in planned.items() if name in dag.names}
    return {name: kind for name, kind in kinds.items() if kind}


def _kind(unit: ManifestUnit) -> Kind | None:
    if unit.destroy:
        return "loses"
    results: dict[str, Kind] = {"changed": "changed", "failed": "failed", "deferred": "waits", "blocked": "waits"}
    return results.get(unit.result)


def _show_tree(dag: Dag, kinds: Kinds, options: Options) -> None:
    """For people also in words; in a pipe the bare names, whatever was planned."""
    from tfwrap.graph import draw
    from tfwrap.graph.marks import WORDS
    from tfwrap.report.line import Line, Style, write_lines

    styles: dict[Kind, Style] = {"changed": "good", "loses": "bad", "waits": "changed", "failed": "bad"}
    to = terminal(sys.stdout, options)
    lines = []
    for text in draw.tree(dag).splitlines():
        kind = kinds.get(text.removesuffix(" (see above)").rpartition(" ")[2])
        words = f"   {WORDS[kind]}" if kind and to.tty else ""
        lines.append(Line(text + words, styles[kind] if kind else "plain"))
    write_lines(lines, sys.stdout, color=to.color, ascii=to.ascii)


@click.command()
@environment_argument
@click.option("--base", required=True, metavar="REF", help="The git revision to compare with.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "matrix")),
    default="text",
    help="matrix: one line for strategy.matrix of GitHub Actions.",
)
@common
def affected(options: Options, environment: str, base: str, form: str) -> None:
    """The units of ENV that differ from a git revision, and why; uncommitted files count too."""
    from tfwrap.cli.generating import write_files
    from tfwrap.cli.session import make_session
    from tfwrap.run.affected import affected as find_affected

    session = make_session(options, environment, "affected")
    write_files(session)
    found = find_affected(session, base)
    if form == "matrix":
        say(_matrix(environment, found))
        return
    if options.json or form == "json":
        rows = [{"name": one.name, "why": list(one.why), "deleted": one.deleted} for one in found]
        say_json({"version": 1, "env": environment, "base": base, "units": rows})
        return
    for one in found:
        say(f"{one.name}  {'deleted: ' if one.deleted else ''}{', '.join(one.why)}")
    if not found:
        say(f"No unit of {environment} differs from {base}.")


def _matrix(environment: str, found: Sequence[Affected]) -> str:
    """One line, as $GITHUB_OUTPUT wants it. A unit that is gone cannot be planned: people destroy it."""
    for one in found:
        if one.deleted:
            click.echo(f"{one.name} is no longer in env.yaml: tfwrap destroy {environment} -u {one.name}", err=True)
    rows = [{"env": environment, "unit": one.name} for one in found if not one.deleted]
    return json.dumps({"include": rows}, separators=(",", ":"))
