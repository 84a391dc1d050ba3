"""The record of a run: one row per selected unit, whatever became of it. Writers in `report` read only this."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from tfwrap.base.problems import Problem
from tfwrap.plan.model import Plan

Result = Literal[
    "unchanged", "changed", "failed", "blocked", "deferred", "excluded", "interrupted",
    "applied", "needs_replan", "destroyed",
]  # fmt: skip
PlanClass = Literal["exact", "chained", "preview", "deferred"]
Phase = Literal["init", "plan", "apply", "destroy", "refresh", "hook"]
NOT_STARTED = "not started"  # the reason of a unit that a signal came before


@dataclass
class UnitRecord:
    """One unit's row. `seconds` by phase; `log` is the log of the step that matters most (the failed one)."""

    name: str
    result: Result | None = None  # None: not finished yet
    plan_class: PlanClass | None = None
    reason: str | None = None  # why it is not simply done, in words
    cause: str | None = None  # the unit that failed itself
    plan: Plan | None = None
    outputs: tuple[str, ...] = ()  # names of root outputs that the plan changes
    seconds: dict[str, float] = field(default_factory=dict)
    log: Path | None = None
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class FileChange:
    """A file of the environment that differs from git HEAD. `unit` is None for one of the environment itself."""

    unit: str | None
    name: str  # relative to the project
    before: str | None
    after: str | None


@dataclass
class RunRecord:
    """A whole run. `bundle` is where the saved plan is; `notes` are said once to people, not to scripts."""

    command: str  # plan, apply, destroy, drift
    environment: str
    root: Path  # project root, for relative paths
    units: list[UnitRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    exit_code: int = 0
    bundle: Path | None = None
    bundle_id: str | None = None
    seconds: float = 0.0
    next_command: str | None = None
    after: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the graph: what each unit comes after
    files: tuple[FileChange, ...] | None = None  # None: not asked for, or no git
    _by_name: dict[str, UnitRecord] = field(default_factory=dict, repr=False, compare=False)  # rows never change places

    def unit(self, name: str) -> UnitRecord:
        if len(self._by_name) != len(self.units):
            self._by_name = {unit.name: unit for unit in self.units}
        return self._by_name[name]


class Listener(Protocol):
    """Told what happens while it happens: the board on a terminal, lines elsewhere, events as JSON."""

    def started(self, unit: UnitRecord, phase: Phase) -> None: ...

    def progress(self, unit: UnitRecord, phase: Phase, message: str) -> None:
        """`message` is one short line: `helm_release.this: reading chart`."""

    def finished(self, unit: UnitRecord) -> None:
        """The unit has its result."""

    def note(self, message: str) -> None:
        """Something about the run itself: providers being built, waiting for a lock."""

    def held(self) -> AbstractContextManager[None]:
        """Nothing is written on the terminal until the block ends: a person is asked something there."""
