"""`generate` and `validate`: files and settings, without network, state or provider."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import NoReturn

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure
from tfwrap.cli.load import find, load
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json, show_problems, terminal
from tfwrap.settings.project import Project


@click.command()
@environment_argument
@click.option("--check", is_flag=True, help="Write nothing; exit 4 if the files are out of date.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would be written.")
@click.option("--force", is_flag=True, help="Also overwrite files that were edited by hand or are not ours.")
@common
def generate(options: Options, environment: str, check: bool, diff: bool, force: bool) -> int:
    """Write the Terraform files of ENV.

    A file that somebody edited, or that tfwrap did not write, is never overwritten unasked.
    """
    from tfwrap.cli.generating import plan_files
    from tfwrap.cli.session import make_session
    from tfwrap.workspace.diff import diff_text
    from tfwrap.workspace.sync import apply_sync
    from tfwrap.workspace.sync import check as check_sync

    session = make_session(options, environment, "generate")
    show_problems(session.stack.problems, options, session.project.root)
    plan = plan_files(session)
    if diff and not options.json and (text := diff_text(plan)):
        _show_diff(text, options)
    if check:
        check_sync(plan)
    if not (check or diff):
        apply_sync(plan, force=force)
    changed = [change for change in plan.changes if change.kind != "unchanged"]
    if options.json:
        rows = [{"file": plan.name(change.path), "change": change.kind} for change in changed]
        say_json({"version": 1, "env": environment, "files": rows})
        return Exit.OK
    if check or diff:
        return Exit.OK
    for change in changed:
        say(f"{change.kind} {plan.name(change.path)}")
    if not changed:
        say(f"{environment}: {len(plan.changes)} files, all up to date")
    return Exit.OK


def _show_diff(text: str, options: Options) -> None:
    """In colours for people; else byte for byte, as `patch` wants it."""
    from tfwrap.report.line import Line, Style, write_lines

    to = terminal(sys.stdout, options)
    if not to.color:
        say(text)
        return
    styles: dict[str, Style] = {"+": "good", "-": "bad", "@": "dim", " ": "plain"}
    heads = ("--- ", "+++ ")
    lines = [
        Line(line, "bold" if line.startswith(heads) else styles.get(line[:1], "bold")) for line in text.splitlines()
    ]
    write_lines(lines, sys.stdout, color=True, ascii=to.ascii)


@click.command()
@environment_argument
@click.option("--watch", "again", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@common
def validate(options: Options, environment: str, again: bool) -> int:
    """Check everything about ENV that can be known without network, state and provider.

    \b
    tfwrap validate dev
    tfwrap validate dev --watch        beside an editor
    """  # noqa: D301
    project = find(options)
    if again:
        _watch(options, project, environment)
    return _validate(options, project, environment)


def _watch(options: Options, project: Project, environment: str) -> NoReturn:
    from tfwrap.cli.watch import places, watch

    if options.json:
        raise click.UsageError("--watch is for people: it goes on, and --json is one document")

    def check() -> None:
        try:
            _validate(options, find(options), environment)
        except Failure as failure:
            show_problems(failure.problems, options, project.root)
        say(f"{datetime.now().astimezone():%H:%M:%S} waiting for changes; Ctrl-C ends")

    watch(lambda: places(project, environment), check)


def _validate(options: Options, project: Project, environment: str) -> int:
    from tfwrap.report.document import document
    from tfwrap.report.words import amount
    from tfwrap.run.record import RunRecord
    from tfwrap.workspace.generate import plan_generation

    stack = load(project, environment)
    plan_generation(project, environment, stack)  # templates are rendered, nothing is written
    if options.json:
        say_json(document(RunRecord("validate", environment, project.root, problems=list(stack.problems))))
    show_problems(stack.problems, options, project.root)
    if not options.json:
        warnings = f", {amount(len(stack.problems), 'warning')}" if stack.problems else ""
        say(f"{environment} is valid: {amount(len(stack.units), 'unit')}{warnings}")
        for silenced in stack.silenced:
            say(f"silenced: {silenced}")
    return Exit.OK
