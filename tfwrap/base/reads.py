"""Which files and folders Python looks into while a block runs, each with a stamp from just before.

Python's audit events tell of every open and every listing, whoever asks for it: no reader can forget to say so.
A mere look whether something is there is not told; whoever makes it from nothing changes the folder it lies in.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

Stamp: TypeAlias = tuple[int, ...]  # of what no longer exists: empty

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_LISTINGS = ("os.listdir", "os.scandir")
_hooked = False


class Reads(dict[str, Stamp]):
    """Absolute path -> stamp. `since` is when the first of them can have been taken, in ns."""

    def __init__(self, stamps: Mapping[str, Stamp] | None = None) -> None:
        super().__init__(stamps or {})
        self.since = time.time_ns()


_blocks: list[Reads] = []


@contextmanager
def noting() -> Iterator[Reads]:
    """What is read in the block, and the folders that it lies in."""
    global _hooked  # noqa: PLW0603 (a hook stays for good: one is enough)
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked = True
    reads = Reads()
    _blocks.append(reads)
    try:
        yield reads
    finally:
        _blocks.remove(reads)


def stamp(path: str) -> Stamp:
    """Changes whenever the file's content or the folder's list of names does; empty if there is nothing."""
    try:
        status = os.stat(path)  # noqa: PTH116 (thousands of times: pathlib takes three times as long)
    except (OSError, ValueError):
        return ()
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _hear(event: str, details: tuple[Any, ...]) -> None:
    if not _blocks:
        return
    if event == "open":
        path, _, flags = details
        if not flags & _WRITES:
            _note(path, with_parent=True)
    elif event in _LISTINGS:
        _note(details[0] or ".", with_parent=False)


def _note(path: Any, *, with_parent: bool) -> None:
    if isinstance(path, int):
        return  # already open: told of when it was opened
    name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
    for reads in _blocks:
        for one in (name, os.path.dirname(name)) if with_parent else (name,):  # noqa: PTH120
            if one not in reads:
                reads[one] = stamp(one)
