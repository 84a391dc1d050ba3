"""Advisory locks of tfwrap itself: one run applies an environment, one run uses a unit's work folder.

The second one waits, and says so. They end with their process; Terraform's state locks are another matter.
"""

from __future__ import annotations

import asyncio
import contextlib
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
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    timeout = session.project.lock_timeout
    deadline = time.monotonic() + timeout
    waiting = False
    while True:
        stop.check()
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            if time.monotonic() >= deadline:
                raise Failure(
                    Problem(
                        "E530",
                        f"another tfwrap run works on {what}; gave up after {timeout:g} s",
                        hint="wait for it to end, or set a longer lock_timeout",
                    )
                ) from None
            if not waiting:
                session.listener.note(f"waiting for another tfwrap run that works on {what}")
                waiting = True
            await asyncio.sleep(_LOOK_AGAIN)
    try:
        yield
    finally:
        lock.release()
