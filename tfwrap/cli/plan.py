"""`plan`, `drift` and `show`: what would change, what has changed, what was planned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfwrap.cli.complete import complete_environment
from tfwrap.cli.dry_run import dry_run_flag, show_dry_run
from tfwrap.cli.options import Options, environment_argument, run_flags

if TYPE_CHECKING:
    from tfwrap.run.plan import Mode


@click.command()
@environment_argument
@click.option("--destroy", is_flag=True, help="Plan the destruction of the units.")
@dry_run_flag
@run_flags
def plan(options: Options, environment: str, destroy: bool, dry_run: bool) -> int:
    """Plan every unit of ENV in graph order and save the plan for review.

    \b
    tfwrap plan dev
    tfwrap plan dev -u +app            app and what it depends on
    tfwrap plan dev --json | jq .totals
    tfwrap plan dev --dry-run          the order, the commands, the files
    """  # noqa: D301
    mode: Mode = "destroy" if destroy else "apply"
    if dry_run:
        return show_dry_run(options, environment, "plan", mode)
    from tfwrap.cli.running import finish, next_command, run
    from tfwrap.cli.session import open_session
    from tfwrap.run.planning import plan_environment

    session = open_session(options, environment, "plan", removed=destroy)
    out = (options.out or session.bundle_folder).absolute()
    record = run(session, options, lambda it: plan_environment(it, mode, out, detailed=options.detailed_exitcode))
    record.next_command = next_command(record, "destroy" if destroy else "apply", options.units)
    return finish(record, options)


@click.command()
@environment_argument
@run_flags
def drift(options: Options, environment: str) -> int:
    """Compare the state of ENV with reality; exit 2 if reality moved."""
    from tfwrap.cli.running import finish, run
    from tfwrap.cli.session import open_session
    from tfwrap.run.planning import plan_environment

    session = open_session(options, environment, "drift")
    out = session.bundle_folder.with_name(f"{environment}-drift")
    record = run(session, options, lambda it: plan_environment(it, "drift", out, detailed=True))
    return finish(record, options)


@click.command()
@click.argument("what", metavar="ENV|DIR", shell_complete=complete_environment)
@click.option("--open", "open_", is_flag=True, help="Open the review page in the browser.")
@run_flags
def show(options: Options, what: str, open_: bool) -> int:
    """Show a saved plan again: of ENV, or of a folder with a manifest.json."""
    from tfwrap.cli.load import find
    from tfwrap.cli.review import fill, open_page, wants_page
    from tfwrap.cli.running import finish, next_command
    from tfwrap.run.bundle import Bundle
    from tfwrap.run.reread import reread
    from tfwrap.settings.environment import read_environment

    project = find(options)
    folder = Path(what)
    if not (folder / "manifest.json").exists() and (not folder.is_dir() or what in project.environments()):
        read_environment(project, what)
        folder = project.own / "plans" / what
    bundle = Bundle(folder.absolute())
    record = reread(bundle, project.root)
    record.next_command = next_command(record, bundle.manifest.mode, ())
    if open_ or options.report:
        fill(record, project, bundle.manifest.graph, files=open_ or wants_page(options.report))
    if open_:
        open_page(record, project)
    return finish(record, options)
