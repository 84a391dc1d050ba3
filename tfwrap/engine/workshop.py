"""A place to make things in before they are moved to where they count, one tfwrap at a time per cache."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

_PAUSE = 0.2  # seconds between two looks at another tfwrap's lock


@asynccontextmanager
async def alone(cache: Path, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Hold the cache's lock; whoever is killed lets go of it, and what was left half-made is removed."""
    from filelock import FileLock, Timeout

    _folder(cache)
    lock = FileLock(cache / "providers.lock")
    waiting = False
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            if not waiting:
                say("waiting for another tfwrap that is fetching or building providers")
            waiting = True
            await asyncio.sleep(_PAUSE)
    try:
        shutil.rmtree(_tmp(cache), ignore_errors=True)
        yield
    finally:
        lock.release()


@contextmanager
def workplace(cache: Path) -> Iterator[Path]:
    """An empty folder on the cache's file system, so that what is finished can be renamed into place."""
    with tempfile.TemporaryDirectory(dir=_folder(_tmp(cache))) as work:
        yield Path(work)


def _tmp(cache: Path) -> Path:
    return cache / "tmp"


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
