"""One run at a time: per environment for applies, per unit for its work folder. The second one waits, and says so."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tfwrap.base.problems import Failure, Problem

_LOOK_AGAIN = 0.1  # seconds


@contextlib.asynccontextmanager
async def hold(path: Path, what: str, timeout: float, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Hold the advisory lock `path`, which ends with this process; Failure E530 after `timeout` seconds."""
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    deadline = time.monotonic() + timeout
    waiting = False
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            if time.monotonic() >= deadline:
                raise Failure(
                    Problem(
                        "E530",
                        f"another tfwrap run works on {what}; gave up after {timeout:.0f} s",
                        hint="wait for it to end, or set a longer lock_timeout",
                    )
                ) from None
            if not waiting:
                say(f"waiting for another tfwrap run that works on {what}")
                waiting = True
            await asyncio.sleep(_LOOK_AGAIN)
    try:
        yield
    finally:
        lock.release()
