"""Apply a bundle, unit by unit in order: only what was planned, and only if its inputs are still what they were."""

from __future__ import annotations

import os
import shlex

from tfwrap.base.exits import Exit
from tfwrap.run.applier import Agree, Applier, Replan, refuse
from tfwrap.run.bundle import Bundle
from tfwrap.run.dependents import check_dependents
from tfwrap.run.disk import on_disk
from tfwrap.run.journal import Journal
from tfwrap.run.locks import hold
from tfwrap.run.outcome import conclude
from tfwrap.run.planning import execution_order, halted, skip, timed
from tfwrap.run.preflight import check_bundle
from tfwrap.run.record import NOT_STARTED, RunRecord
from tfwrap.run.schedule import walk
from tfwrap.run.session import Session
from tfwrap.run.stop import Interrupted, Stop
from tfwrap.workspace.removed import forget_unit, is_removed


async def apply_bundle(
    session: Session,
    bundle: Bundle,
    *,
    replan: Replan,
    resume: bool = False,
    detailed: bool = False,
    agree: Agree = refuse,
) -> RunRecord:
    """Apply what was approved. `agree` is asked for a later plan that differs from the one shown."""
    stop = Stop(session)
    record = session.record
    record.bundle, record.bundle_id = bundle.folder, bundle.id
    with timed(session), stop.listening(), on_disk():
        try:
            async with hold(session, session.lock, session.environment, stop):
                journal = Journal(bundle.folder)
                check_bundle(session, bundle, journal, resume=resume)
                if bundle.manifest.mode == "destroy":
                    await check_dependents(session)
                journal.save()
                await _walk(session, stop, Applier(session, stop, bundle, journal, replan, agree))
                _forget_removed(session)
        except Interrupted:  # while waiting for the lock
            for name in session.selected:
                skip(session, stop, name, None)
    record.exit_code = conclude(record, stopped=stop.exit, needs_plan=False, detailed=detailed)
    if record.exit_code == Exit.NEEDS_PLAN:
        record.next_command = f"tfwrap {bundle.manifest.mode} {session.environment}"
    elif stop.exit:
        record.next_command = _go_on(session, bundle)
    return record


def _go_on(session: Session, bundle: Bundle) -> str:
    """After a signal: the rest of the bundle, if what had begun came to its end; else only a new plan will do."""
    command = ["tfwrap", bundle.manifest.mode, session.environment]
    cut_off = any(row.result == "interrupted" and row.reason != NOT_STARTED for row in session.record.units)
    if cut_off or not Journal(bundle.folder).used:
        return shlex.join(command)
    here = [] if bundle.folder == session.bundle_folder.absolute() else ["--plan", os.path.relpath(bundle.folder)]
    return shlex.join([*command, *here, "--resume"])


async def _walk(session: Session, stop: Stop, applier: Applier) -> None:
    order, dependencies = execution_order(session, destroy=applier.destroy)
    await walk(
        order,
        dependencies,
        applier.work,
        applier.skip,
        parallelism=session.options.parallelism,
        halted=lambda: halted(session, stop),
    )


def _forget_removed(session: Session) -> None:
    """Units taken out of env.yaml have files only so that they can be destroyed."""
    for row in session.record.units:
        if is_removed(session.units[row.name]) and row.result in ("destroyed", "unchanged"):
            forget_unit(session.project, session.environment, row.name)
