"""`apply` and `destroy`: only what was shown and agreed to."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import click

from tfwrap.base.brief import some
from tfwrap.base.exits import Exit
from tfwrap.base.problems import NeedsPlanFailure, NotApprovedFailure, Problem, UsageFailure
from tfwrap.cli.asking import Person
from tfwrap.cli.dry_run import dry_run_flag, show_dry_run
from tfwrap.cli.options import Command, Duration, Options, environment_argument, run_flags
from tfwrap.cli.output import say_failure
from tfwrap.cli.running import finish, run, show_result
from tfwrap.cli.session import open_session
from tfwrap.plan.model import Plan
from tfwrap.run.applier import Replan
from tfwrap.run.apply import apply_bundle
from tfwrap.run.bundle import Bundle
from tfwrap.run.dependents import standing_dependents
from tfwrap.run.plan import Mode
from tfwrap.run.planning import plan_environment
from tfwrap.run.record import RunRecord, UnitRecord
from tfwrap.run.reread import reread
from tfwrap.run.session import Session

_MOST_NAMED = 12  # units in one line


class _Flags(TypedDict):
    """What _FLAGS say."""

    saved: Path | None
    resume: bool
    accept: str | None
    grace: float
    dry_run: bool


_FLAGS = (
    click.option(
        "--plan", "saved", type=click.Path(path_type=Path), metavar="DIR", help="Apply exactly this saved plan."
    ),
    click.option("--resume", is_flag=True, help="Go on with an apply that failed or was cut off."),
    click.option(
        "--accept", type=click.Choice(["replan"]), help="Plan a moved unit anew, if its actions stay the same."
    ),
    click.option("--grace", type=Duration(), default="10m", help="How long an interrupted apply may take to end."),
    dry_run_flag,
)


def _apply_flags(command: Command) -> Command:
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


@click.command()
@environment_argument
@_apply_flags
@run_flags
def apply(options: Options, environment: str, **flags: Unpack[_Flags]) -> int:
    """Apply ENV: plan, ask, apply; with --plan exactly that plan.

    \b
    tfwrap apply dev --plan .tfwrap/plans/dev --yes
    tfwrap apply dev --resume                     after a failure or Ctrl-C
    """  # noqa: D301
    return _run(options, environment, "apply", **flags)


@click.command()
@environment_argument
@_apply_flags
@run_flags
def destroy(options: Options, environment: str, **flags: Unpack[_Flags]) -> int:
    """Destroy the units of ENV, dependents first."""
    return _run(options, environment, "destroy", **flags)


def _run(options: Options, environment: str, command: Mode, **flags: Unpack[_Flags]) -> int:
    saved, resume = flags["saved"], flags["resume"]
    if flags["dry_run"]:
        return _dry_run(options, environment, command, saved)
    layered = saved is None and not resume
    session = open_session(
        options, environment, command, grace=flags["grace"], removed=command == "destroy" or not layered
    )
    if not layered and options.units:
        hint = "plan the units you mean, then apply that plan"
        raise UsageFailure(Problem("E541", "a saved plan is applied as a whole: -u has no place beside it", hint=hint))
    if layered and command == "destroy":
        session = _with_dependents(session, options)
    if layered:
        planning = replace(session, command="plan")  # said as what would be, until somebody agreed
        shown = run(planning, options, lambda it: plan_environment(it, command, it.bundle_folder, detailed=False))
        if shown.exit_code not in (Exit.OK, Exit.NEEDS_PLAN) or not _to_do(shown):
            shown.command = command
            return finish(shown, options)
    bundle = Bundle((saved or session.bundle_folder).absolute())
    if not layered:
        _check_mode(bundle, environment, command)
        shown = reread(bundle, session.project.root)
    try:
        _approve(shown, options, command, layered=layered)
    except NotApprovedFailure as failure:
        return say_failure(failure, shown.units)
    if bundle.id != shown.bundle_id:
        message = "another run planned this environment in the meantime: what was shown is not what is saved now"
        raise NeedsPlanFailure(Problem("E522", message, hint="plan again"))
    session = replace(session, selected=tuple(name for name in bundle.manifest.units if name in session.units))
    replan: Replan = "agree" if layered else "same" if flags["accept"] else "refuse"

    async def work(it: Session) -> RunRecord:
        person = Person(it.listener, lambda: it.stopping)
        return await apply_bundle(
            it,
            bundle,
            replan=replan,
            resume=resume,
            detailed=options.detailed_exitcode,
            agree=lambda unit, plan: _agree(unit, plan, options, person),
        )

    return finish(run(session, options, work), options)


def _dry_run(options: Options, environment: str, command: Mode, saved: Path | None) -> int:
    if saved and command == "destroy":
        _check_mode(Bundle(saved.absolute()), environment, command)
    return show_dry_run(options, environment, command, command, saved)


def _check_mode(bundle: Bundle, environment: str, command: Mode) -> None:
    """Whether a bundle destroys is its own affair: it must not come as a surprise."""
    mode = bundle.manifest.mode
    if command == "destroy" and mode != "destroy":
        hint = f"tfwrap apply {environment} --plan {os.path.relpath(bundle.folder)}"
        raise UsageFailure(Problem("E541", f"{bundle.folder} is a plan that applies, not one that destroys", hint=hint))


def _with_dependents(session: Session, options: Options) -> Session:
    """Who needs what goes away is asked to go too; without a terminal the run refuses later, naming them."""
    if options.yes or not sys.stdin.isatty():
        return session
    standing = asyncio.run(standing_dependents(session))
    closed = [name for name in standing if session.units[name].enabled]
    if not closed or not click.confirm(f"{', '.join(closed)} would be left without. Destroy them too?", err=True):
        return session
    chosen = {*session.selected, *closed}
    return replace(session, selected=tuple(name for name in session.dag.order() if name in chosen))


def _to_do(record: RunRecord) -> bool:
    return any(unit.result in ("changed", "deferred") for unit in record.units)


def _approve(shown: RunRecord, options: Options, command: str, *, layered: bool) -> None:
    """Show what would be done, and ask; NotApprovedFailure if the answer is no, or if nobody is there to give one."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        hint = "give --yes, or apply a plan that was reviewed: --plan DIR --yes"
        raise NotApprovedFailure(
            Problem("E604", f"{command} needs a yes, and there is no terminal to ask on", hint=hint)
        )
    # What is asked about is talk where stdout is for a program.
    show_result(shown, options, sys.stderr if options.json or options.events else sys.stdout)
    later = [unit.name for unit in shown.units if unit.plan_class in ("preview", "deferred")]
    if later and layered:
        named = some(later, _MOST_NAMED)
        click.echo(f"Planned again on the way, and asked about if something else comes out: {named}.", err=True)
    losses = sum(unit.plan.counts.destroy for unit in shown.units if unit.plan)
    if losses:
        question = f"{losses} to destroy. Type {shown.environment} to go on"
        answer = click.prompt(question, default="", show_default=False, err=True)
        agreed = answer.strip() == shown.environment
    else:
        agreed = click.confirm(f"{command.capitalize()} {shown.environment}?", err=True)
    if not agreed:
        raise NotApprovedFailure(Problem("E604", "not approved"))


async def _agree(unit: UnitRecord, plan: Plan, options: Options, person: Person) -> bool:
    """A unit's later plan is not the one that was shown. What was only deferred was approved unseen, with --yes."""
    if options.yes:
        return unit.plan_class == "deferred"
    counts = plan.counts
    words = f"{counts.add} to add, {counts.change} to change, {counts.destroy} to destroy"
    return await person.confirms(f"{unit.name}: {words} now. Apply that?")
