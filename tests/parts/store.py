"""Real programs for tests, kept in the user's cache: fetched or built once per machine, by one process at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from tfwrap.engine.cache import cache_folder

_MINUTES = 60


def keep(name: str, make: Callable[[Path], None]) -> Path:
    """The cache's folder `name`, filled by `make` if it is not there. A run killed half-way leaves nothing."""
    parts = cache_folder(os.environ) / "parts"
    folder = parts / name
    if folder.is_dir():
        return folder
    parts.mkdir(parents=True, exist_ok=True)
    with FileLock(parts / f"{name}.lock", timeout=20 * _MINUTES):
        if folder.is_dir():  # another process was quicker
            return folder
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=parts) as scratch:
            made = Path(scratch) / "part"
            made.mkdir()
            make(made)
            made.rename(folder)
    return folder


def run(argv: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a program that must succeed; its stdout."""
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=15 * _MINUTES,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None
