"""Mappings as Emissary groups them: those with the same match share a group, and share its traffic by weight.

Groups come in the order in which Emissary tries them: precedence, then the longer prefix, then more conditions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tfwrap.cluster.preview.globs import globs_meet
from tfwrap.cluster.preview.site import SiteHost, SiteMapping, Unsupported, matches_labels
from tfwrap.stacks.emissary.mapping import MappingSpec

_ALL = 100


class Condition(NamedTuple):
    """A header or query parameter that a request must have; `value` None: with any value."""

    name: str
    value: str | None
    regex: bool = False

    @property
    def length(self) -> int:
        return len(self.name) + len(self.value or "*") + self.regex

    @property
    def key(self) -> str:
        return f"{self.name}-{self.value or '*'}"


@dataclass(frozen=True)
class Member:
    mapping: SiteMapping
    share: int  # of the group, in percent
    threshold: int  # requests below it go here, unless an earlier member took them


@dataclass(frozen=True)
class Group:
    """Mappings with one match. `redirect` groups have that one member only."""

    headers: tuple[Condition, ...]
    queries: tuple[Condition, ...]
    members: tuple[Member, ...]
    redirect: SiteMapping | None
    shadow: SiteMapping | None

    @property
    def first(self) -> SiteMapping:
        return self.redirect or self.members[0].mapping

    def served_by(self, host: SiteHost) -> bool:
        spec, labels = self.first.spec, self.first.labels
        regex = bool(spec.host_regex and spec.hostname is None)
        glob = host_glob(spec)
        by_name = regex or (glob is not None and globs_meet(host.hostname, glob))
        if host.selector:
            by_label = matches_labels(host.selector, labels)
            return by_label and (by_name or (glob is None and not regex))
        return by_name


def host_glob(spec: MappingSpec) -> str | None:
    """What the Mapping asks of the host name; None for nothing, or for a regular expression."""
    if spec.hostname is not None:
        return spec.hostname
    if spec.host is not None:
        return None if spec.host_regex else spec.host
    exact = {name.lower(): value for name, value in (spec.headers or {}).items()}
    return exact.get(":authority")


def group_mappings(mappings: Iterable[SiteMapping], notes: list[Unsupported]) -> list[Group]:
    grouped: dict[tuple[object, ...], list[SiteMapping]] = {}
    for mapping in mappings:
        if mapping.spec.hostname is None and "*" in (mapping.spec.host or "") and not mapping.spec.host_regex:
            notes.append(Unsupported(mapping.title, "host", "Emissary leaves the Mapping out: host is not a glob"))
            continue
        grouped.setdefault(_identity(mapping.spec), []).append(mapping)
    groups = [group for members in grouped.values() for group in _group(members, notes)]
    return sorted(groups, key=_order, reverse=True)


def conditions(spec: MappingSpec) -> tuple[Condition, ...]:
    """Conditions on headers, among them those on host name and method, in Emissary's order."""
    found = [Condition(name, value) for name, value in (spec.headers or {}).items() if name.lower() != ":authority"]
    found += [Condition(name, value, regex=True) for name, value in (spec.regex_headers or {}).items()]
    if spec.hostname is None and spec.host is not None and spec.host_regex:
        found.append(Condition(":authority", spec.host, regex=True))
    elif glob := host_glob(spec):
        found.append(Condition(":authority", glob))
    if spec.method is not None:
        found.append(Condition(":method", spec.method, regex=bool(spec.method_regex)))
    return tuple(found)


def _queries(spec: MappingSpec) -> tuple[Condition, ...]:
    found = [Condition(name, value) for name, value in (spec.query_parameters or {}).items()]
    found += [Condition(name, value, regex=True) for name, value in (spec.regex_query_parameters or {}).items()]
    return tuple(found)


def _identity(spec: MappingSpec) -> tuple[object, ...]:
    headers = tuple((one.name, one.value) for one in conditions(spec))
    queries = tuple((one.name, one.value) for one in _queries(spec))
    return spec.method or "GET", spec.prefix, headers, queries, spec.precedence or 0


def _group(members: Sequence[SiteMapping], notes: list[Unsupported]) -> list[Group]:
    routed: list[SiteMapping] = []
    redirect: SiteMapping | None = None
    shadow: SiteMapping | None = None
    for mapping in members:
        spec = mapping.spec
        if spec.shadow and shadow is None:
            shadow = mapping
        elif spec.host_redirect and not spec.shadow and redirect is None and not routed:
            redirect = mapping
        elif not spec.shadow and not spec.host_redirect and redirect is None:
            routed.append(mapping)
        else:
            reason = f"Emissary leaves the Mapping out: it has the same match as {members[0].name}"
            notes.append(Unsupported(mapping.title, "shadow" if spec.shadow else "host_redirect", reason))
    weighed = _weigh(routed, notes)
    if redirect is None and not weighed:
        return []
    first = members[0].spec
    return [Group(conditions(first), _queries(first), tuple(weighed), redirect, shadow)]


def _weigh(mappings: Sequence[SiteMapping], notes: list[Unsupported]) -> list[Member]:
    """Those with a weight first; the others share what is left."""
    weighted = [one for one in mappings if one.spec.weight is not None]
    total = sum(one.spec.weight or 0 for one in weighted)
    if total > _ALL:
        for one in mappings:
            reason = "Emissary leaves the Mapping out: the weights of this route are more than 100 together"
            notes.append(Unsupported(one.title, "weight", reason))
        return []
    members: list[Member] = []
    reached = 0
    for one in weighted:
        share = one.spec.weight or 0
        reached += share
        members.append(Member(one, share, reached))
    rest = [one for one in mappings if one.spec.weight is None]
    each = round((_ALL - reached) / len(rest)) if rest else 0
    for index, one in enumerate(rest):
        before, reached = reached, _ALL if index == len(rest) - 1 else reached + each
        members.append(Member(one, reached - before, reached))
    return members


def _order(group: Group) -> tuple[object, ...]:
    """Emissary's route weight; the highest of the group's Mappings counts, which differ in nothing of it."""
    spec = group.first.spec
    return (
        spec.precedence or 0,
        len(spec.prefix),
        sum(one.length for one in group.headers),
        sum(one.length for one in group.queries),
        spec.prefix,
        spec.method or "GET",
        [one.key for one in group.headers],
        [one.key for one in group.queries],
    )
