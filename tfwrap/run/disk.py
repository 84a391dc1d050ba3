"""What the disk refuses (full, read-only, no such folder) as a problem that a person can do something about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfwrap.base.problems import Failure, Problem


@contextmanager
def on_disk() -> Iterator[None]:
    """Failure E506 for an OSError inside. A broken pipe is no trouble of the disk's."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(disk_problem(error)) from error


def disk_problem(error: OSError) -> Problem:
    where = f"{error.filename}: " if error.filename else ""
    hint = "make room, or make it writable; nothing that was done is lost"
    return Problem("E506", f"cannot write: {where}{error.strerror or error}", hint=hint)
