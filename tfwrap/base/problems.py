"""A problem is what a user reads: a code, a sentence, a place, a hint. Failures carry problems upwards.

    Failure                     exit 1
    ├── SettingsFailure         1   env.yaml, project settings, modules: everything found before Terraform starts
    ├── NoUnitsFailure          3   the selection matches nothing
    ├── OutOfDateFailure        4   generated files stale, edited or foreign
    ├── NeedsPlanFailure        5   what was planned is not what is there now
    ├── NotApprovedFailure      6   answered no, or nobody there to answer
    └── UsageFailure            64  the command line itself

Only `cli` catches them; it prints every problem and exits with `exit`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from tfwrap.base.exits import Exit

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Location:
    """A place in a file: absolute path, 1-based line and column, and how many characters to underline."""

    file: Path
    line: int
    column: int
    length: int = 1


@dataclass(frozen=True)
class Problem:
    code: str
    message: str
    location: Location | None = None
    hint: str | None = None
    severity: Severity = "error"


class Failure(Exception):
    exit: ClassVar[Exit] = Exit.FAILED

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


class SettingsFailure(Failure):
    pass


class NoUnitsFailure(Failure):
    exit = Exit.NO_UNITS


class OutOfDateFailure(Failure):
    exit = Exit.OUT_OF_DATE


class NeedsPlanFailure(Failure):
    exit = Exit.NEEDS_PLAN


class NotApprovedFailure(Failure):
    exit = Exit.NOT_APPROVED


class UsageFailure(Failure):
    exit = Exit.USAGE
