"""Real processes of a project: found by the folder they work in, ended by signals."""

from __future__ import annotations

import os
from pathlib import Path

from kit.units import wait_for


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
