"""The logs that runs left behind: whose they are, and in which order their steps ran. Reads names, starts nothing.

`.tfwrap/logs/<time>-<environment>-<command>-<process>/<unit>/<step>.log`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_RUN = re.compile(r"(?P<time>\d{8}T\d{6})-(?P<environment>.+)-(?P<command>[a-z]+)-(?P<process>\d+)")
_TIME = "%Y%m%dT%H%M%S"
# What people call a run; `output`, `exec` and the like also leave logs where a state has to be initialised.
COMMANDS = ("plan", "apply", "destroy", "drift")
_STEPS = (
    "preview-init", "preview-plan", "init", "before_plan", "plan", "after_plan", "before_apply", "apply", "after_apply",
    "before_destroy", "destroy", "after_destroy",
)  # fmt: skip


@dataclass(frozen=True)
class Log:
    unit: str
    step: str
    path: Path


@dataclass(frozen=True)
class LoggedRun:
    """A run that left logs."""

    folder: Path
    command: str
    started: datetime  # UTC

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(sorted({log.unit for log in self.logs()}))

    def logs(self) -> list[Log]:
        """By unit, each unit's in the order its steps ran."""
        found = [Log(path.parent.name, path.stem, path) for path in self.folder.glob("*/*.log")]
        return sorted(found, key=lambda log: (log.unit, _place(log.step), log.step))


def run_id(environment: str, command: str, now: datetime, process: int) -> str:
    """The name of the folder of a run's logs."""
    return f"{now.astimezone(UTC):{_TIME}}-{environment}-{command}-{process}"


def logged_runs(logs: Path, environment: str) -> list[LoggedRun]:
    """Runs of the environment that left logs, the last one first."""
    found = sorted(_runs(logs, environment), key=lambda run: (run.started, run.folder.stat().st_mtime_ns))
    return found[::-1]


def in_order(logs: Sequence[Log], units: Sequence[str]) -> list[Log]:
    """Units in their own order; those that are no more come last."""
    places = {name: place for place, name in enumerate(units)}
    return sorted(logs, key=lambda log: places.get(log.unit, len(places)))


def _runs(logs: Path, environment: str) -> Iterator[LoggedRun]:
    for folder in logs.iterdir() if logs.is_dir() else ():
        name = _RUN.fullmatch(folder.name)
        if name and name["environment"] == environment and name["command"] in COMMANDS:
            yield LoggedRun(folder, name["command"], datetime.strptime(name["time"], _TIME).replace(tzinfo=UTC))


def _place(step: str) -> int:
    """Hooks have a number: before_plan-1."""
    name = step if step in _STEPS else step.rpartition("-")[0]
    return _STEPS.index(name) if name in _STEPS else len(_STEPS)
