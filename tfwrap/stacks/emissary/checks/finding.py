"""What a rule is and what it finds. A finding becomes a Problem once it is known not to be silenced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from tfwrap.base.problems import Severity
from tfwrap.stacks.emissary.checks.view import Path, View
from tfwrap.stacks.emissary.ignores import Ignore


class Owner(Protocol):
    """A resource or an install: what a finding is about, and where the rule may be silenced."""

    @property
    def title(self) -> str: ...

    @property
    def path(self) -> Path: ...

    @property
    def ignore(self) -> Sequence[Ignore]: ...


@dataclass(frozen=True)
class Finding:
    """`path` is the place in env.yaml, as exact as can be; what is not written there is shown at its parent."""

    owner: Owner
    path: Path
    message: str
    hint: str | None = None


Find: TypeAlias = Callable[[View], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """`find` is pure. A rule with two severities stands twice in the table."""

    id: str
    severity: Severity
    find: Find
