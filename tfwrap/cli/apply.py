"""`apply` and `destroy`: only what was shown and agreed to."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import NotApprovedFailure, Problem
from tfwrap.cli.options import Command, Duration, Options, environment_argument, run_flags
from tfwrap.cli.running import finish, open_session, run, show_result
from tfwrap.plan.model import Plan
from tfwrap.run.apply import Replan, apply_bundle
from tfwrap.run.bundle import Bundle
from tfwrap.run.plan import Mode
from tfwrap.run.planning import plan_environment
from tfwrap.run.record import RunRecord, UnitRecord
from tfwrap.run.reread import reread

_FLAGS = (
    click.option("--plan", "saved", type=click.Path(path_type=Path), help="Apply exactly this saved plan."),
    click.option("--resume", is_flag=True, help="Go on with an apply that failed or was cut off."),
    click.option(
        "--accept", type=click.Choice(["replan"]), help="Plan a moved unit anew, if its actions stay the same."
    ),
    click.option("--grace", type=Duration(), default="10m", help="How long an interrupted apply may take to end."),
)


def _apply_flags(command: Command) -> Command:
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


@click.command()
@environment_argument
@_apply_flags
@run_flags
def apply(
    options: Options, environment: str, saved: Path | None, resume: bool, accept: str | None, grace: float
) -> int:
    """Apply ENV: plan, ask, apply; with --plan exactly that plan.

    \b
    tfwrap apply dev --plan .tfwrap/plans/dev --yes
    tfwrap apply dev --resume                     after a failure or Ctrl-C
    """  # noqa: D301
    return _run(options, environment, "apply", saved, resume=resume, accept=accept is not None, grace=grace)


@click.command()
@environment_argument
@_apply_flags
@run_flags
def destroy(
    options: Options, environment: str, saved: Path | None, resume: bool, accept: str | None, grace: float
) -> int:
    """Destroy the units of ENV, dependents first."""
    return _run(options, environment, "destroy", saved, resume=resume, accept=accept is not None, grace=grace)


def _run(
    options: Options, environment: str, command: Mode, saved: Path | None, *, resume: bool, accept: bool, grace: float
) -> int:
    session = open_session(options, environment, command, grace=grace)
    layered = saved is None and not resume
    if layered:
        shown = run(session, options, lambda it: plan_environment(it, command, it.bundle_folder, detailed=False))
        if shown.exit_code not in (Exit.OK, Exit.NEEDS_PLAN) or not _to_do(shown):
            return finish(shown, options)
    bundle = Bundle((saved or session.bundle_folder).absolute())
    if not layered:
        shown = reread(bundle, session.project.root)
    _approve(shown, options, command)
    session = replace(session, selected=tuple(name for name in bundle.manifest.units if name in session.units))
    replan: Replan = "agree" if layered else "same" if accept else "refuse"
    record = run(
        session,
        options,
        lambda it: apply_bundle(
            it,
            bundle,
            replan=replan,
            resume=resume,
            detailed=options.detailed_exitcode,
            agree=lambda unit, plan: _agree(unit, plan, options),
        ),
    )
    return finish(record, options)


def _to_do(record: RunRecord) -> bool:
    return any(unit.result in ("changed", "deferred") for unit in record.units)


def _approve(shown: RunRecord, options: Options, command: str) -> None:
    """Show what would be done, and ask; NotApprovedFailure if the answer is no, or if nobody is there to give one."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        hint = "give --yes, or apply a plan that was reviewed: --plan DIR --yes"
        raise NotApprovedFailure(
            Problem("E604", f"{command} needs a yes, and there is no terminal to ask on", hint=hint)
        )
    show_result(shown, options)
    losses = sum(unit.plan.counts.destroy for unit in shown.units if unit.plan)
    if losses:
        answer = click.prompt(f"{losses} to destroy. Type {shown.environment} to go on", default="", err=True)
        agreed = answer.strip() == shown.environment
    else:
        agreed = click.confirm(f"{command.capitalize()} {shown.environment}?", err=True)
    if not agreed:
        raise NotApprovedFailure(Problem("E604", "not approved"))


def _agree(unit: UnitRecord, plan: Plan, options: Options) -> bool:
    """A unit's later plan is not the one that was shown. What was only deferred was approved unseen, with --yes."""
    if options.yes:
        return unit.plan_class == "deferred"
    counts = plan.counts
    words = f"{counts.add} to add, {counts.change} to change, {counts.destroy} to destroy"
    return sys.stdin.isatty() and click.confirm(f"{unit.name}: {words} now. Apply that?", err=True)
