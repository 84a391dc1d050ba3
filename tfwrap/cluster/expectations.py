"""What the settings promise to clients, as requests that can be tried: pure, from the models.

Each Host gets a name a client would use, each Mapping a path. What cannot be tried from outside says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tfwrap.stacks.emissary.checks.view import Host, InstallView, TLSContext, tls_secret
from tfwrap.stacks.emissary.checks.view import Mapping as MappingItem
from tfwrap.stacks.emissary.mapping import MappingSpec

Insecure = Literal["Redirect", "Reject", "Route"]
_ANY_LABEL = "tfwrap-verify"  # stands for the * of a hostname
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Site:
    """A Host as clients see it. `name` is None where no name is known."""

    host: str  # the resource
    name: str | None
    tls: bool
    lowest_tls: str | None
    insecure: Insecure


@dataclass(frozen=True)
class Route:
    """A Mapping as clients see it; `untried` says why no request can be made, else all else is there."""

    mapping: str
    name: str = ""
    tls: bool = False
    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    redirect: int | None = None  # the status, where it redirects
    untried: str | None = None


def sites(install: InstallView) -> list[Site]:
    return [_site(install, host) for host in install.hosts]


def routes(install: InstallView) -> list[Route]:
    return [_route(install, mapping) for mapping in install.mappings]


def covers(glob: str, name: str) -> bool:
    """As Emissary matches a Host's hostname: `*` is everything, else it stands at one end."""
    if glob in ("*", name):
        return True
    if glob.startswith("*"):
        return name.endswith(glob[1:]) and name != glob[1:]
    return glob.endswith("*") and name.startswith(glob[:-1])


def _site(install: InstallView, host: Host) -> Site:
    policy = host.spec.requestPolicy.insecure if host.spec.requestPolicy else None
    return Site(
        host.name,
        _name_of(install, host),
        tls_secret(host) is not None,
        _lowest_tls(install, host),
        (policy.action if policy else None) or "Redirect",
    )


def _name_of(install: InstallView, host: Host) -> str | None:
    """Its own name, that of a Mapping it serves, or one that fits its glob."""
    glob = host.spec.hostname or "*"
    if "*" not in glob:
        return glob
    named = (mapping.spec.hostname or "" for mapping in install.mappings)
    served = next((name for name in named if name and "*" not in name and covers(glob, name)), None)
    return served or (None if glob == "*" else glob.replace("*", _ANY_LABEL))


def _lowest_tls(install: InstallView, host: Host) -> str | None:
    """Behind HTTP proxies it is theirs that clients see."""
    if install.settings.load_balancer.l7_hops:
        return None
    if host.spec.tls:
        return host.spec.tls.min_tls_version
    name = host.spec.tlsContext.name if host.spec.tlsContext else None
    context: TLSContext | None = install.contexts_by_name.get(name) if name else None
    return context.spec.min_tls_version if context else None


def _route(install: InstallView, mapping: MappingItem) -> Route:
    spec = mapping.spec
    untried = next(_untried(spec), None)
    if untried:
        return Route(mapping.name, untried=untried)
    site = next((site for site in _candidates(install, spec) if site.name), None)
    if site is None or site.name is None:
        return Route(mapping.name, untried="no host name is known for it")
    return Route(
        mapping.name,
        name=site.name,
        tls=site.tls or site.insecure == "Redirect",
        method=spec.method or "GET",
        path=spec.prefix,
        headers=spec.headers or {},
        redirect=(spec.redirect_response_code or 301) if spec.host_redirect else None,
    )


def _untried(spec: MappingSpec) -> Iterator[str]:
    if spec.prefix_regex:
        yield "its prefix is a regular expression"
    if spec.grpc:
        yield "it is for gRPC"
    if spec.method_regex or (spec.method or "GET") not in _SAFE_METHODS:
        yield f"it takes {spec.method} only, which may change something"
    if spec.regex_headers or spec.query_parameters or spec.regex_query_parameters:
        yield "it takes only requests with certain headers or parameters"
    if spec.shadow:
        yield "it gets copies of requests only"
    if spec.weight is not None and spec.weight <= 0:
        yield "its weight is 0"


def _candidates(install: InstallView, spec: MappingSpec) -> Iterator[Site]:
    """The Hosts that serve it, each under a name that the Mapping takes too."""
    wanted = spec.hostname or "*"
    for host in install.hosts:
        glob = host.spec.hostname or "*"
        site = _site(install, host)
        if "*" not in wanted and covers(glob, wanted):
            yield Site(site.host, wanted, site.tls, site.lowest_tls, site.insecure)
        elif "*" in wanted and site.name and covers(wanted, site.name):
            yield site
