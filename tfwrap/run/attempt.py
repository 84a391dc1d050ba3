"""One unit at work: its folder's lock, its time, and what every way to end means for its row."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from tfwrap.base.problems import Failure
from tfwrap.run.disk import on_disk
from tfwrap.run.locks import hold
from tfwrap.run.record import NOT_STARTED, UnitRecord
from tfwrap.run.session import Session
from tfwrap.run.state_locks import left_behind
from tfwrap.run.stop import Interrupted, Stop
from tfwrap.run.terraform import StepFailed


async def attempt(session: Session, stop: Stop, record: UnitRecord, body: Callable[[], Awaitable[None]]) -> None:
    """Run `body`, which gives the row its result unless it fails, is interrupted, or cannot write."""
    started = time.monotonic()
    with stop.working(record.name):
        try:
            with on_disk():
                async with hold(session, session.work(record.name) / "lock", record.name, stop):
                    await body()
        except Interrupted:
            record.result, record.reason = "interrupted", NOT_STARTED
        except StepFailed as failed:
            _failed(stop, record, Failure(failed.problem))
            record.log = failed.log
            if (failed.killed or stop.hard) and (left := left_behind(session.environment, session.units[record.name])):
                session.record.problems.append(left)
        except Failure as failure:
            _failed(stop, record, failure)
    record.seconds["total"] = time.monotonic() - started
    session.listener.finished(record)


def _failed(stop: Stop, record: UnitRecord, failure: Failure) -> None:
    if record.result in ("applied", "destroyed"):  # what came afterwards went wrong: that undoes nothing
        record.problems.extend(failure.problems)
        return
    record.result, record.reason = "failed", failure.problems[0].message
    if stop.requested:
        # What Terraform says of being interrupted is no news, unless there is something to do about it.
        record.result = "interrupted"
        record.problems.extend(problem for problem in failure.problems if problem.hint)
    else:
        record.problems.extend(failure.problems)
