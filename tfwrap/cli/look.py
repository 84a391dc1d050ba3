"""`list` and `graph`: what there is, without Terraform, network or state."""

from __future__ import annotations

import click

from tfwrap.cli.load import find, load
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json


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
@click.option("--format", "form", type=click.Choice(["tree", "mermaid", "dot", "svg", "json"]), default="tree")
@common
def graph(options: Options, environment: str, form: str) -> None:
    """The units of ENV and what each comes after."""
    from tfwrap.graph import draw
    from tfwrap.graph.dag import Dag

    stack = load(find(options), environment)
    dag = Dag(tuple(unit.name for unit in stack.units), {unit.name: unit.dependencies for unit in stack.units})
    tags = {unit.name: unit.tags for unit in stack.units}
    if options.json or form == "json":
        say_json(draw.json_document(environment, dag, tags))
        return
    drawings = {"tree": draw.tree, "mermaid": draw.mermaid, "dot": draw.dot, "svg": draw.svg}
    say(drawings[form](dag))
