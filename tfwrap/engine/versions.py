"""Versions and constraints by Terraform's own rules: `>= 1.9, < 2`, `~> 3.1.0`, prereleases. Pure."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import total_ordering

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.~-]+))?(?:\+[0-9A-Za-z.~-]+)?")
_TERM = re.compile(r"\s*(=|!=|>=|<=|~>|>|<|)\s*(\S+)\s*")


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """`segments` are as written, so `~>` knows how many there were; comparing fills up with zeros."""

    text: str
    segments: tuple[int, ...]
    prerelease: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """ValueError if it is none."""
        match = _VERSION.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a version")
        numbers, prerelease = match.groups()
        return cls(text.strip().removeprefix("v"), tuple(map(int, numbers.split("."))), prerelease or "")

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key() == other._key()

    def __lt__(self, other: Version) -> bool:
        return self._key() < other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def base(self) -> tuple[int, ...]:
        """The numbers without zeros at the end: 1.2 and 1.2.0 are one version."""
        numbers = self.segments
        while numbers and numbers[-1] == 0:
            numbers = numbers[:-1]
        return numbers

    def _key(self) -> tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]:
        # A prerelease comes before its release; its numbers count as numbers and come before its words.
        parts = self.prerelease.split(".") if self.prerelease else []
        words = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
        return self.base, not self.prerelease, words


@dataclass(frozen=True)
class Constraint:
    """All of its terms must hold; no term at all allows every release."""

    terms: tuple[tuple[str, Version], ...]

    @classmethod
    def parse(cls, *texts: str) -> Constraint:
        """Of one or more constraints that must all hold. ValueError if one cannot be read."""
        terms = []
        for text in texts:
            for part in text.split(",") if text.strip() else ():
                match = _TERM.fullmatch(part)
                if match is None:
                    raise ValueError(f"{text!r} is not a version constraint")
                terms.append((match[1] or "=", Version.parse(match[2])))
        return cls(tuple(terms))

    def allows(self, version: Version) -> bool:
        if not self.terms:
            return not version.prerelease
        return all(_holds(sign, version, limit) for sign, limit in self.terms)

    def newest(self, versions: Iterable[Version]) -> Version | None:
        return max((version for version in versions if self.allows(version)), default=None)


def _holds(sign: str, version: Version, limit: Version) -> bool:
    if sign == "=":
        return version == limit
    if sign == "!=":
        return version != limit
    # A prerelease is only ever meant by a term that names one of the same version.
    if version.prerelease and not (limit.prerelease and limit.base == version.base):
        return False
    return _COMPARE[sign](version, limit)


def _pessimistic(version: Version, limit: Version) -> bool:
    """`~>`: only the last segment that is written may grow."""
    fixed = limit.segments[:-1]
    padded = version.segments + (0,) * len(limit.segments)
    return version >= limit and padded[: len(fixed)] == fixed


_COMPARE: dict[str, Callable[[Version, Version], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "~>": _pessimistic,
}
