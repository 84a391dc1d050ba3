"""What an apply of a bundle has done so far, kept in the bundle: written before and after each unit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import NeedsPlanFailure, Problem

Step = Literal["started", "applied", "failed"]


class Journal:
    def __init__(self, bundle: Path) -> None:
        self._path = bundle / "journal.json"
        self.steps: dict[str, Step] = {}
        if self._path.exists():
            try:
                self.steps = json.loads(self._path.read_text(encoding="utf-8"))["units"]
            except (ValueError, KeyError, TypeError) as error:
                raise NeedsPlanFailure(
                    Problem("E521", f"{self._path} cannot be read: it is not what tfwrap wrote", hint="plan again")
                ) from error

    @property
    def used(self) -> bool:
        """Whether an apply of this bundle was begun."""
        return self._path.exists()

    def note(self, unit: str, step: Step) -> None:
        self.steps[unit] = step
        self.save()

    def save(self) -> None:
        write_atomic(self._path, json.dumps({"version": 1, "units": self.steps}, indent=2) + "\n", 0o600)
