"""`plan` and `drift` of an environment: walk, record, bundle. The steps that every run of a Planner shares."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfwrap.base.problems import Failure
from tfwrap.run.bundle import BundleWriter
from tfwrap.run.dependents import check_dependents
from tfwrap.run.disk import on_disk
from tfwrap.run.locks import hold
from tfwrap.run.manifest import describe
from tfwrap.run.outcome import conclude
from tfwrap.run.plan import Mode, Planner
from tfwrap.run.record import NOT_STARTED, RunRecord
from tfwrap.run.schedule import walk
from tfwrap.run.session import Session
from tfwrap.run.stop import Interrupted, Stop


async def plan_environment(session: Session, mode: Mode, out: Path, *, detailed: bool) -> RunRecord:
    """Plan the selected units and save the bundle in `out`; with mode drift nothing is kept."""
    stop = Stop(session)
    if mode == "destroy":
        await check_dependents(session)
    with on_disk():
        bundle = BundleWriter(out)
    planner = Planner(session, stop, bundle, mode)
    with timed(session), stop.listening(), on_disk():
        try:
            await plan_all(planner)
            if mode != "drift" and not stop.requested:
                await _save(planner, out)
        finally:
            bundle.discard()
    record = session.record
    record.exit_code = conclude(record, stopped=stop.exit, needs_plan=planner.needs_plan, detailed=detailed)
    return record


async def _save(planner: Planner, out: Path) -> None:
    """Put the bundle in place; an apply that goes on has the old one in its hands until it ends."""
    session = planner.session
    try:
        with on_disk():
            async with hold(session, session.lock, session.environment, planner.stop):
                session.record.bundle_id = planner.bundle.finish(describe(planner))
                session.record.bundle = out
    except Interrupted:
        return  # while waiting; every unit has its row
    except Failure as failure:  # what was planned is still worth showing
        session.record.problems.extend(failure.problems)


async def plan_all(planner: Planner) -> None:
    """Walk the selection. For a destroy every unit is planned against what is there now, dependents first."""
    session = planner.session

    order, dependencies = execution_order(session, destroy=planner.mode == "destroy")
    await walk(
        order,
        dependencies,
        planner.work,
        lambda name, cause: skip(session, planner.stop, name, cause),
        parallelism=session.options.parallelism,
        halted=lambda: halted(session, planner.stop),
    )


def execution_order(session: Session, *, destroy: bool) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """The selected names in the order they run, and what each waits for, also through units left out."""
    dag = session.dag.subset(session.selected)
    dag = dag.reversed() if destroy else dag
    return dag.order(), {name: dag.direct(name) for name in dag.order()}


def halted(session: Session, stop: Stop) -> bool:
    failed = session.options.on_error == "stop" and any(u.result == "failed" for u in session.record.units)
    return stop.requested or failed


def skip(session: Session, stop: Stop, name: str, cause: str | None) -> None:
    """Give a unit that never ran its row."""
    record = session.record.unit(name)
    if not session.units[name].enabled:
        record.result, record.reason = "excluded", session.left_out(name, destroy=False)
    elif stop.requested:
        record.result, record.reason = "interrupted", NOT_STARTED
    else:
        cause = cause or next(u.name for u in session.record.units if u.result == "failed")
        record.result, record.cause, record.reason = "blocked", cause, f"{cause} {session.record.unit(cause).result}"
    session.listener.finished(record)


@contextmanager
def timed(session: Session) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    finally:
        session.record.seconds = time.monotonic() - started
