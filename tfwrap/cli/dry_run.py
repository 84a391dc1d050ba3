"""`--dry-run` of plan, apply and destroy: order, commands and files, with nothing run and nothing written."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfwrap.base.exits import Exit
from tfwrap.cli.options import Options
from tfwrap.cli.output import say_json, show_problems, terminal

if TYPE_CHECKING:
    from tfwrap.report.line import Line
    from tfwrap.run.dry_run import DryUnit
    from tfwrap.run.plan import Mode
    from tfwrap.run.session import Session
    from tfwrap.settings.project import Project
    from tfwrap.stacks.model import Unit
    from tfwrap.workspace.sync import SyncPlan

dry_run_flag = click.option("--dry-run", is_flag=True, help="Show order, commands and files; run and write nothing.")


def show_dry_run(options: Options, environment: str, command: str, mode: Mode, saved: Path | None = None) -> int:
    """`command` of the environment; with `saved` the apply of that bundle."""
    from tfwrap.run.bundle import Bundle
    from tfwrap.run.dry_run import dry_apply, dry_plan, learn_secrets
    from tfwrap.workspace.generate import plan_generation
    from tfwrap.workspace.sync import refuse_conflicts

    if options.events or options.report:
        raise click.UsageError("a dry run has no events and no report: leave --events and --report out")
    session = _session(options, environment, command, mode)
    show_problems(session.stack.problems, options, session.project.root)
    learn_secrets(session)
    files = plan_generation(session.project, environment, session.stack, _may_hold)
    refuse_conflicts(files)
    out = (saved or options.out or session.bundle_folder).absolute()
    if saved:
        bundle = Bundle(out)
        names = tuple(name for name in bundle.manifest.units if name in session.units)
        units = dry_apply(replace(session, selected=names), bundle)
    else:
        units = dry_plan(session, mode, out, apply=command != "plan")
    if options.json:
        say_json(_document(session, files, units, out))
    else:
        _show(session, files, units, options, out)
    return Exit.OK


def _session(options: Options, environment: str, command: str, mode: Mode) -> Session:
    """As for a run, but nothing of it starts Terraform."""
    from tfwrap.cli.load import find
    from tfwrap.cli.session import choose_units, make_session
    from tfwrap.graph.select import names_units
    from tfwrap.run.dry_run import NoEngine
    from tfwrap.workspace.removed import with_removed

    engine = NoEngine(_program(find(options)))
    session = make_session(options, environment, command, engine=engine)
    if mode == "destroy":
        session = replace(session, stack=with_removed(session.project, environment, session.stack))
    return replace(session, selected=choose_units(session, options), named=names_units(options.units))


def _may_hold(unit: Unit) -> bool:
    """Whether a unit taken out of env.yaml has resources; a state that only Terraform can read is left unread."""
    from tfwrap.run.state import read_local_state

    return unit.backend.local_path is None or bool(read_local_state(unit.backend.local_path).resources)


def _program(project: Project) -> str:
    wanted = os.environ.get("TFWRAP_ENGINE") or project.engine
    return "tofu" if Path(wanted).name == "tofu" else "terraform"


def _document(session: Session, files: SyncPlan, units: Sequence[DryUnit], out: Path) -> dict[str, Any]:
    from tfwrap.report.words import relative

    root = session.project.root
    rows = [
        {
            "name": unit.name,
            "after": list(unit.after),
            "excluded": unit.excluded is not None,
            "steps": [
                {"step": step.name, "argv": list(step.argv), "folder": relative(step.folder, root)}
                for step in unit.steps
            ],
        }
        for unit in units
    ]
    return {
        "version": 1,
        "command": session.command,
        "env": session.environment,
        "dry_run": True,
        "files": [{"file": name, "change": kind} for kind, name in _changes(files)],
        "bundle": relative(out, root),
        "units": rows,
    }


def _changes(files: SyncPlan) -> list[tuple[str, str]]:
    return [(change.kind, files.name(change.path)) for change in files.changes if change.kind != "unchanged"]


def _show(session: Session, files: SyncPlan, units: Sequence[DryUnit], options: Options, out: Path) -> None:
    from tfwrap.report.line import Line, write_lines
    from tfwrap.report.words import relative

    changes = _changes(files)
    lines = [Line("files", "bold"), *(Line(f"  {kind} {name}") for kind, name in changes)]
    if not changes:
        lines.append(Line("  none would change", "dim"))
    for place, unit in enumerate(units, 1):
        lines += [Line(), *_unit(place, unit, session.project.root)]
    what = f"{session.command} {session.environment}, with {relative(out, session.project.root)}"
    closing = f"Dry run of {what}: nothing was run, nothing was written."
    to = terminal(sys.stdout, options)
    write_lines([*lines, Line(), Line(closing, "bold")], sys.stdout, color=to.color, ascii=to.ascii)


def _unit(place: int, unit: DryUnit, root: Path) -> list[Line]:
    from tfwrap.report.line import Line
    from tfwrap.report.words import printable, relative

    after = f", after {', '.join(unit.after)}" if unit.after else ""
    about = f": excluded ({unit.excluded})" if unit.excluded else ": nothing to apply" if not unit.steps else ""
    lines = [Line(f"{place}. {unit.name}{after}{about}", "bold" if unit.steps else "dim")]
    folder = None
    for step in unit.steps:
        if step.folder != folder:
            folder = step.folder
            lines.append(Line(f"  in {relative(folder, root)}", "dim"))
        once = "   # unless it is initialised already" if step.name == "init" else ""
        lines.append(Line(f"    {printable(shlex.join(step.argv))}{once}"))
    return lines
