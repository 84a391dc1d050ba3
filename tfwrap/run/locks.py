"""Advisory locks of tfwrap itself: one run applies an environment, one run uses a unit's work folder.

The second one waits, and says so. They end with their process; Terraform's state locks are another matter.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import time
from collections.abc import AsyncIterator
from pathlib import Path

from tfwrap.base.problems import Failure, Problem
from tfwrap.run.session import Session
from tfwrap.run.stop import Stop

_LOOK_AGAIN = 0.1  # seconds


@contextlib.asynccontextmanager
async def hold(session: Session, path: Path, what: str, stop: Stop) -> AsyncIterator[None]:
    """Hold the lock `path`; Failure E530 after `lock_timeout`, Interrupted if a signal comes meanwhile."""
    timeout = session.project.lock_timeout
    deadline = time.monotonic() + timeout
    waiting = False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:  # closing it lets go
        stop.check()
        while not _take(file.fileno()):
            if time.monotonic() >= deadline:
                raise Failure(
                    Problem(
                        "E530",
                        f"another tfwrap run works on {what}; gave up after {timeout:g} s",
                        hint="wait for it to end, or set a longer lock_timeout",
                    )
                )
            if not waiting:
                session.listener.note(f"waiting for another tfwrap run that works on {what}")
                waiting = True
            await asyncio.sleep(_LOOK_AGAIN)
            stop.check()
        yield


def _take(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
