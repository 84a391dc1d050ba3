"""What the rest of tfwrap asks of an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

GOOD = (0, 2)  # of a command that another one follows: 2 is what `plan -detailed-exitcode` says of changes


@dataclass(frozen=True)
class Invocation:
    """One Terraform command. Output goes to files that tfwrap follows: a killed tfwrap breaks no pipe."""

    arguments: tuple[str, ...]  # `plan -json …`, without the program
    folder: Path
    environment: Mapping[str, str]  # the child's whole environment
    stdout: Path
    stderr: Path  # in the same folder; may be the same file
    timeout: float | None = None  # seconds
    warm: tuple[tuple[str, str], ...] | None = None  # providers to keep running (source, program); None: cold
    then: Invocation | None = None  # to be run in the same place at once, if this one is GOOD: a plan's `show`


@dataclass(frozen=True)
class Completed:
    """How a child ended. `status` is negative for a signal, as in subprocess; a killed child has failed."""

    status: int
    seconds: float
    timed_out: bool = False
    lost: str | None = None  # a warm worker or provider failed it: why this is not Terraform's own verdict
    then: int | None = None  # how the one that follows has ended; None if it was not run


class Engine(Protocol):
    """`name` is `embedded`, `terraform` or `tofu`; `version` like `1.15.5`; `reason` why it was chosen."""

    name: str
    version: str
    reason: str

    async def run(self, invocation: Invocation, on_line: Callable[[str], None] | None = None) -> Completed:
        """Run one command to its end; each whole line of stdout is passed to `on_line` as it appears."""
        ...

    def interrupt(self) -> None:
        """SIGINT to every running command (the second time Terraform stops hard)."""
        ...

    def kill(self) -> None:
        """SIGKILL to every running command and its children."""
        ...
