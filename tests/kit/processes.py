"""Real processes: whether they live, and which of them work in the folder of a project."""

from __future__ import annotations

import os
from pathlib import Path

from kit.waiting import wait_for


def working_in(folder: Path) -> dict[int, list[str]]:
    """Processes whose working folder is `folder` or below it, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                place = (entry / "cwd").readlink()
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if place.is_relative_to(folder) and any(words):
                found[int(entry.name)] = words
    return found


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
    return [pid for pid, words in found.items() if (step in words or _is_worker(words)) and os.getpgid(pid) == pid]


def _is_worker(words: list[str]) -> bool:
    return any(word.endswith("/engine/worker.py") for word in words)


def wait_until_quiet(folder: Path, seconds: float = 30) -> None:
    """Nothing goes on in `folder` any more."""
    wait_for(lambda: not working_in(folder), seconds, lambda: str(working_in(folder)))
