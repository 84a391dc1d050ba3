"""Real processes: what they are, whether they live, and which of them belong to a project."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from kit.waiting import wait_for


def running(fits: Callable[[int], bool] = bool) -> dict[int, list[str]]:
    """Processes of which that is true, with their command lines; a zombie has none, and is none of them."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return {pid: words for pid in pids if fits(pid) and (words := words_of(pid))}


def words_of(pid: int) -> list[str]:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return []
    return [word for word in line.split("\0") if word]


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def marked(mark: str) -> dict[int, list[str]]:
    """Processes with the environment variable `NAME=value`, with their command lines."""

    def has(pid: int) -> bool:
        try:
            return f"{mark}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False

    return running(has)


def working_in(folder: Path) -> dict[int, list[str]]:
    """Processes whose working folder is `folder` or below it, with their command lines."""

    def is_there(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
        except OSError:
            return False

    return running(is_there)


def alive(pid: int) -> bool:
    """A zombie is not alive: this machine's init may be slow to collect what was orphaned."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def terraform_at(folder: Path, step: str) -> list[int]:
    """Terraform's processes that run `step`, below `folder`: leaders of their groups. A warm worker is one, too: it
    stands in a unit's folder only while it works there, and its command line does not say on what.
    """
    found = working_in(folder)
    return [pid for pid, words in found.items() if (step in words or is_worker(words)) and os.getpgid(pid) == pid]


def is_worker(words: list[str]) -> bool:
    return any(word.endswith("/engine/worker.py") for word in words)


def wait_until_quiet(folder: Path, seconds: float = 30) -> None:
    """Nothing goes on in `folder` any more."""
    wait_for(lambda: not working_in(folder), seconds, lambda: str(working_in(folder)))
