"""`list` and `graph`: what there is, without Terraform, network or state."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from tfwrap.cli.load import find, load
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json

if TYPE_CHECKING:
    from tfwrap.run.affected import Affected

FORMATS = ("tree", "mermaid", "dot", "svg", "html", "json")


@click.command("list")
@common
def list_(options: Options) -> None:
    """The environments of the project and their units."""
    project = find(options)
    stacks = {name: load(project, name) for name in project.environments()}
    if options.json:
        rows = [
            {"name": name, "stack": stack.kind, "units": [unit.name for unit in stack.units]}
            for name, stack in stacks.items()
        ]
        say_json({"version": 1, "environments": rows})
        return
    if not stacks:
        say(f"There is no environment yet: write {project.live.name}/dev/env.yaml.")
        return
    width = max(len(name) for name in stacks)
    for name, stack in stacks.items():
        say(f"{name.ljust(width)}  {stack.kind}: {', '.join(unit.name for unit in stack.units)}")


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
    """The units of ENV and what each comes after.

    \b
    tfwrap graph dev
    tfwrap graph dev --format html > graph.html
    """  # noqa: D301
    from tfwrap.graph import draw
    from tfwrap.graph.dag import Dag

    stack = load(find(options), environment)
    dag = Dag(tuple(unit.name for unit in stack.units), {unit.name: unit.dependencies for unit in stack.units})
    tags = {unit.name: unit.tags for unit in stack.units}
    if options.json or form == "json":
        say_json(draw.json_document(environment, dag, tags))
        return
    if form == "html":
        from tfwrap.report.graph_page import graph_page

        say(graph_page(environment, dag))
        return
    drawings: dict[str, Callable[[Dag], str]] = {
        "tree": draw.tree,
        "mermaid": draw.mermaid,
        "dot": draw.dot,
        "svg": draw.svg,
    }
    say(drawings[form](dag))


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
    from tfwrap.cli.running import make_session
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
