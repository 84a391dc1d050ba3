"""`logs`: what Terraform said in the last run of an environment, unit by unit and step by step. Reads files only."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, NoUnitsFailure, Problem
from tfwrap.base.suggest import did_you_mean
from tfwrap.cli.complete import complete_unit
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json, terminal

if TYPE_CHECKING:
    from tfwrap.run.logs import Log, LoggedRun
    from tfwrap.settings.project import Project


@click.command()
@environment_argument
@click.argument("unit", required=False, shell_complete=complete_unit)
@common
def logs(options: Options, environment: str, unit: str | None) -> int:
    """The logs of the last run of ENV; with UNIT those of the last run that got to it.

    Sensitive values are masked in the files already.

    \b
    tfwrap logs dev
    tfwrap logs dev network
    tfwrap logs dev --json | jq -r '.logs[].file'     where they are
    """  # noqa: D301
    from tfwrap.cli.load import find
    from tfwrap.report.words import relative
    from tfwrap.run.logs import in_order, logged_runs
    from tfwrap.settings.environment import read_environment

    project = find(options)
    runs = logged_runs(project.own / "logs", environment)
    if not runs and environment not in project.environments():
        read_environment(project, environment)  # says that there is none, and which there are
    units = _units(project, environment)
    run = next((one for one in runs if unit is None or unit in one.units), None)
    if run is None and unit is not None:
        _check_unit(environment, unit, [*units, *(name for one in runs for name in one.units)])
    found = in_order([log for log in run.logs() if unit in (None, log.unit)], units) if run else []
    if options.json:
        rows = [{"unit": log.unit, "step": log.step, "file": relative(log.path, project.root)} for log in found]
        say_json({"version": 1, "env": environment, "run": _facts(run), "logs": rows})
    elif run is None:
        what = f"{unit} of {environment}" if unit else environment
        say(f"No run of {what} has left a log yet. Try: tfwrap plan {environment}")
    else:
        _show(run, environment, found, project, options)
    return Exit.OK


def _units(project: Project, environment: str) -> tuple[str, ...]:
    """The units in their order; none if the settings are broken, which is no reason to hide a log."""
    from tfwrap.stacks.registry import load_unchecked

    try:
        return tuple(unit.name for unit in load_unchecked(project, environment).units)
    except Failure:
        return ()


def _check_unit(environment: str, unit: str, known: Sequence[str]) -> None:
    if unit not in known:
        hint = did_you_mean(unit, known) or (f"known: {', '.join(dict.fromkeys(known))}" if known else None)
        raise NoUnitsFailure(Problem("E320", f"{environment} has no unit {unit}", hint=hint))


def _facts(run: LoggedRun | None) -> dict[str, str] | None:
    if run is None:
        return None
    return {"id": run.folder.name, "command": run.command, "started": f"{run.started:%Y-%m-%dT%H:%M:%SZ}"}


def _show(run: LoggedRun, environment: str, logs: Sequence[Log], project: Project, options: Options) -> None:
    """Each log under a heading with its path; line by line, so that no escape of a hook reaches the terminal."""
    from tfwrap.report.line import Line, write_lines
    from tfwrap.report.words import printable, relative

    to = terminal(sys.stdout, options)
    started = run.started.astimezone()
    lines = [Line(f"{run.command} of {environment}, {started:%Y-%m-%d %H:%M:%S}", "bold")]
    for log in logs:
        lines += [Line(), Line(f"{log.unit}   {log.step}   {relative(log.path, project.root)}", "bold")]
        text = log.path.read_text(encoding="utf-8", errors="replace").strip("\n")
        lines += [Line(printable(line.expandtabs())) for line in text.splitlines()]
    write_lines(lines, sys.stdout, color=to.color, ascii=to.ascii)
