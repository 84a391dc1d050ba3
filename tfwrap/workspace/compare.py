"""One file as it should be against the file that is there. Reads; writes nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from tfwrap.base.problems import Location, Problem
from tfwrap.workspace.record import digest
from tfwrap.workspace.scratch import relative

Kind = Literal["created", "changed", "deleted", "unchanged", "edited", "foreign"]


@dataclass(frozen=True)
class Change:
    """`old` is None if no file is there to replace, `new` is None if the file is to go."""

    path: Path
    kind: Kind
    old: bytes | None
    new: bytes | None


@dataclass
class Comparison:
    """Everything below `root`. A symbolic link that leads out of it is never followed: that is a problem."""

    root: Path
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _inside: dict[Path, bool] = field(default_factory=dict)

    def generated(self, path: Path, new: bytes | None, hashes: Collection[str]) -> None:
        """`new` should be at `path` (None: nothing); what tfwrap wrote there before had one of `hashes`."""
        old = self._read(path)
        if old is None:
            obstacle = path.is_dir() or any(parent.is_file() for parent in path.parents)
            if new is not None:
                self._add(path, "foreign" if obstacle else "created", None, new)
        elif old == new:
            self._add(path, "unchanged", old, new)
        elif digest(old) in hashes:
            self._add(path, "deleted" if new is None else "changed", old, new)
        else:
            self._add(path, "edited" if hashes else "foreign", old, new)

    def stamped(self, path: Path, new: bytes) -> None:
        """A person's own file that is brought up to date, whatever it says now."""
        old = self._read(path)
        if old is not None and old != new:
            self._add(path, "changed", old, new)

    def _add(self, path: Path, kind: Kind, old: bytes | None, new: bytes | None) -> None:
        self.changes.append(Change(path, kind, old, new))

    def _read(self, path: Path) -> bytes | None:
        leads = path if path.is_symlink() else path.parent
        if leads not in self._inside:
            self._inside[leads] = leads.resolve().is_relative_to(self._real_root)
        if not self._inside[leads]:
            message = f"{relative(path, self.root)} leads out of the project"
            hint = "tfwrap writes only below the project: is there a symbolic link?"
            self.problems.append(Problem("E303", message, Location(path, 1, 1), hint))
            return None
        return path.read_bytes() if path.is_file() else None

    @cached_property
    def _real_root(self) -> Path:
        return self.root.resolve()
