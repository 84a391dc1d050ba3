"""What an apply of a bundle has done so far, kept in the bundle: written before and after each unit.

One line per step: a file that was written anew each time would cost the square of the units. A last line that was cut
off is not there: what it would have said had not begun, or is known to have been started.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import NeedsPlanFailure, Problem

Step = Literal["started", "applied", "failed"]
_VERSION = {"version": 2}


class Journal:
    def __init__(self, bundle: Path) -> None:
        self._path = bundle / "journal.json"
        self.steps: dict[str, Step] = {}
        if self._path.exists():
            try:
                self.steps = _parse(self._path.read_text(encoding="utf-8"))
            except (ValueError, KeyError, TypeError) as error:
                raise NeedsPlanFailure(
                    Problem("E521", f"{self._path} cannot be read: it is not what tfwrap wrote", hint="plan again")
                ) from error

    @property
    def used(self) -> bool:
        """Whether an apply of this bundle was begun."""
        return self._path.exists()

    def note(self, unit: str, step: Step) -> None:
        """OSError if the disk refuses: then the file is as it was."""
        self.steps[unit] = step
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            before = os.fstat(handle).st_size
            line = _line(unit, step)
            if os.write(handle, line) < len(line):
                os.ftruncate(handle, before)
                raise OSError(f"{self._path} cannot be written whole")
            os.fsync(handle)
        finally:
            os.close(handle)

    def save(self) -> None:
        """Begin a journal, or go on with one, without what was cut off."""
        lines = [json.dumps(_VERSION).encode() + b"\n", *(_line(unit, step) for unit, step in self.steps.items())]
        write_atomic(self._path, b"".join(lines), 0o600)


def _line(unit: str, step: Step) -> bytes:
    return json.dumps({"unit": unit, "step": step}).encode() + b"\n"


def _parse(text: str) -> dict[str, Step]:
    version, *lines = text.split("\n")[:-1]
    if json.loads(version) != _VERSION:
        raise ValueError(version)
    entries = map(json.loads, lines)
    return {entry["unit"]: entry["step"] for entry in entries}
