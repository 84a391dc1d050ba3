"""Mappings and the Hosts that should take them: R24 to R29."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tfwrap.base.brief import some
from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.hostnames import HostIndex, cleaned, hostname_fault
from tfwrap.stacks.emissary.checks.view import Host, Mapping, View
from tfwrap.stacks.emissary.mapping import MappingSpec

_SHOWN: Final = 3
_ALL_TRAFFIC: Final = 100


def without_host(view: View) -> Iterator[Finding]:
    """R24 to R26 come from one look at the Hosts; each rule takes its own."""
    return (finding for outcome, finding in _unserved(view) if outcome == "R24")


def without_hostname(view: View) -> Iterator[Finding]:
    """R25."""
    return (finding for outcome, finding in _unserved(view) if outcome == "R25")


def not_selected(view: View) -> Iterator[Finding]:
    """R26, with the selectors that Emissary does not look at."""
    for install in view.installs:
        for host in install.hosts:
            for key in ("mappingSelector", "selector"):
                selector = getattr(host.spec, key)
                if selector and selector.matchExpressions:
                    message = (
                        f"{host.title} selects Mappings by matchExpressions, which Emissary ignores: it serves "
                        "Mappings that were not meant"
                    )
                    yield Finding(host, host.at(key, "matchExpressions"), message, "use matchLabels")
    yield from (finding for outcome, finding in _unserved(view) if outcome == "R26")


def the_same_route(view: View) -> Iterator[Finding]:
    """R27."""
    for install in view.installs:
        groups: dict[object, list[Mapping]] = {}
        for mapping in install.mappings:
            if not mapping.spec.shadow:
                groups.setdefault(_route(mapping.spec), []).append(mapping)
        for group in groups.values():
            yield from _shared_route(group)


def broken_hostname(view: View) -> Iterator[Finding]:
    """R28."""
    for install in view.installs:
        items: tuple[Host | Mapping, ...] = (*install.hosts, *install.mappings)
        for item in items:
            hostname = item.spec.hostname
            if hostname and (fault := hostname_fault(hostname)):
                meant = cleaned(hostname)
                hint = f"write {meant}" if meant else "write a full host name, *.domain, or * for all"
                yield Finding(item, item.at("hostname"), f"hostname {hostname} of {item.title} {fault}", hint)
        for mapping in install.mappings:
            spec = mapping.spec
            if spec.host and "*" in spec.host and not spec.host_regex and not spec.hostname:
                message = (
                    f"host {spec.host} of {mapping.title} is compared as it is, and a * in it matches nothing (404)"
                )
                yield Finding(mapping, mapping.at("host"), message, f"write hostname: '{spec.host}'")


def relative_prefix(view: View) -> Iterator[Finding]:
    """R29."""
    for install in view.installs:
        for mapping in install.mappings:
            prefix = mapping.spec.prefix
            if not mapping.spec.prefix_regex and not prefix.startswith("/"):
                message = f'prefix "{prefix}" of {mapping.title} does not begin with /: no path ever matches it (404)'
                yield Finding(mapping, mapping.at("prefix"), message, f"write /{prefix}")


def _unserved(view: View) -> Iterator[tuple[str, Finding]]:
    for install in view.installs:
        if not install.hosts:  # then Emissary makes one up that takes everything
            continue
        index = HostIndex(iter(install.hosts))
        names = [host.spec.hostname or "*" for host in install.hosts]
        for mapping in install.mappings:
            written = _hostname(mapping.spec)
            glob = cleaned(written) if written else None
            if written and glob is None:  # R28
                continue
            outcome = index.matches(glob, mapping.labels)
            if outcome is False:
                message = f"{mapping.title} lacks the labels that its Hosts select Mappings by: it gets no route (404)"
                hint = "give it the labels of a Host's mappingSelector"
                yield "R26", Finding(mapping, (*mapping.path, "labels"), message, hint)
            elif outcome is None and written:
                message = (
                    f"hostname {written} of {mapping.title} matches no Host (hosts: {some(names, _SHOWN)}): "
                    "it gets no route (404)"
                )
                apex = f"*.{glob}" in names
                hint = "add a Host for it" + ("; a wildcard does not match the apex" if apex else "")
                yield "R24", Finding(mapping, mapping.at(_named_by(mapping.spec)), message, hint)
            elif outcome is None:
                message = f"{mapping.title} has no hostname, and no Host selects it by labels: it gets no route (404)"
                yield "R25", Finding(mapping, mapping.at("hostname"), message, "write hostname: '*' for every Host")


def _hostname(spec: MappingSpec) -> str | None:
    """What Emissary goes by: hostname, else host, else the header; an expression may match any name."""
    if spec.hostname:
        return spec.hostname
    if spec.host:
        return "*" if spec.host_regex else spec.host
    return (spec.headers or {}).get(":authority")


def _named_by(spec: MappingSpec) -> str:
    return "hostname" if spec.hostname else "host" if spec.host else "headers"


def _route(spec: MappingSpec) -> object:
    """What Emissary makes one route of. Mappings that differ in nothing else share its traffic."""

    def pairs(*maps: dict[str, Any] | None) -> tuple[tuple[tuple[str, Any], ...], ...]:
        return tuple(tuple(sorted((one or {}).items())) for one in maps)

    return (
        _hostname(spec) if not spec.host_regex else spec.host,
        spec.method,
        spec.prefix,
        pairs(spec.headers, spec.regex_headers, spec.query_parameters, spec.regex_query_parameters),
        spec.precedence or 0,
    )


def _shared_route(group: Sequence[Mapping]) -> Iterator[Finding]:
    names = ", ".join(mapping.name for mapping in group[:_SHOWN])
    weighted = [mapping for mapping in group if mapping.spec.weight is not None]
    total = sum(mapping.spec.weight or 0 for mapping in weighted)
    if total > _ALL_TRAFFIC:
        message = (
            f"weights of the route of Mappings {names} add up to {total}, more than 100: Emissary ignores the route"
        )
        yield Finding(weighted[-1], weighted[-1].at("weight"), message, "weights are percents of one route's traffic")
        return
    redirects = any(mapping.spec.host_redirect for mapping in group)
    equal = group if redirects else [mapping for mapping in group if mapping.spec.weight is None]
    for mapping in equal[1:]:
        first = equal[0].name
        effect = (
            "Emissary takes only the first" if redirects else f"traffic is split {_shares(len(equal))} between them"
        )
        message = f"Mappings {first} and {mapping.name} are the same route: {effect}"
        hint = "set weight or precedence, or change the prefix"
        yield Finding(mapping, mapping.at("prefix"), message, hint)


def _shares(count: int) -> str:
    return "/".join([str(round(_ALL_TRAFFIC / count))] * count) if count <= _SHOWN else "evenly"
