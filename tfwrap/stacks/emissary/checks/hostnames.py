"""Host names and globs as Emissary matches them, and the Hosts that take a Mapping, found by name.

Two globs match if one host name could match both; `*` alone is everything and never an empty label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tfwrap.stacks.emissary.checks.view import Host

_LABEL = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_GLOB = re.compile(rf"\*|(\*\.)?{_LABEL}(\.{_LABEL})*")
_PORT = re.compile(r":\d*$")


def hostname_fault(glob: str) -> str | None:
    """What is wrong with it, and what follows."""
    if _GLOB.fullmatch(glob):
        return None
    if _PORT.search(glob):
        return "has a port, which no request's host name is compared with: it matches nothing (404)"
    if glob != glob.lower():
        return "has upper-case letters, while requests are compared in lower case: it matches nothing (404)"
    if "*" in glob:
        return "has a * that is not its whole first label: Envoy rejects the whole configuration, or it matches nothing"
    return "is not a host name: it matches nothing (404)"


def cleaned(glob: str) -> str | None:
    """The glob it was meant to be, so that one fault does not look like two; None if that is not clear."""
    glob = _PORT.sub("", glob).lower()
    return glob if _GLOB.fullmatch(glob) else None


@dataclass
class _Bucket:
    plain: bool = False  # a Host without a selector is here
    by_label: dict[tuple[str, str], list[Mapping[str, str]]] = field(default_factory=dict)  # selectors by first label


class HostIndex:
    """Which Hosts could take a Mapping. Every lookup costs as much as its name has labels."""

    def __init__(self, hosts: Iterator[Host]) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._selecting = _Bucket()
        for host in hosts:
            selector = host_selector(host)
            glob = cleaned(host.spec.hostname or "*") or "*"  # R28 tells of it; here it shall hide nothing
            for key in _kept_under(glob):
                _put(self._buckets.setdefault(key, _Bucket()), selector)
            if selector:
                _put(self._selecting, selector)

    def matches(self, glob: str | None, labels: Mapping[str, str]) -> bool | None:
        """True: a Host takes it. False: only its labels stand in the way. None: no Host is for that name.

        Without a name only Hosts with a selector count.
        """
        if glob is None:
            buckets = [self._selecting] if self._selecting.by_label else []
        else:
            buckets = [self._buckets[key] for key in _found_under(glob) if key in self._buckets]
        return any(_takes(bucket, labels) for bucket in buckets) if buckets else None


def host_selector(host: Host) -> Mapping[str, str]:
    """Labels that a Mapping must have; Emissary takes only matchLabels, and `selector` for the old name."""
    selector = host.spec.mappingSelector or host.spec.selector
    return (selector.matchLabels if selector else None) or {}


def _kept_under(glob: str) -> Iterator[tuple[str, str]]:
    yield "any", ""
    if glob == "*":
        yield "glob", ""
        return
    starred = glob.startswith("*.")
    yield ("glob", glob[1:]) if starred else ("name", glob)
    for suffix in _suffixes(glob):
        yield "below", suffix


def _found_under(glob: str) -> Iterator[tuple[str, str]]:
    if glob == "*":
        yield "any", ""
        return
    yield "glob", ""
    if not glob.startswith("*."):
        yield "name", glob
    else:
        yield "below", glob[1:]
    for suffix in _suffixes(glob):
        yield "glob", suffix


def _suffixes(glob: str) -> Iterator[str]:
    """`.b.c` and `.c` of `a.b.c`."""
    at = glob.find(".")
    while at >= 0:
        yield glob[at:]
        at = glob.find(".", at + 1)


def _put(bucket: _Bucket, selector: Mapping[str, str]) -> None:
    if selector:
        bucket.by_label.setdefault(next(iter(selector.items())), []).append(selector)
    else:
        bucket.plain = True


def _takes(bucket: _Bucket, labels: Mapping[str, str]) -> bool:
    if bucket.plain:
        return True
    near = (selector for pair in labels.items() for selector in bucket.by_label.get(pair, ()))
    return any(selector.items() <= labels.items() for selector in near)
