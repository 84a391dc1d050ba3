"""An install as one Envoy configuration, a table of its routes, and what a preview cannot do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.cluster.preview.clusters import cluster_name, make_cluster
from tfwrap.cluster.preview.filters import note_module
from tfwrap.cluster.preview.groups import Group, group_mappings, host_glob
from tfwrap.cluster.preview.listeners import make_listener
from tfwrap.cluster.preview.routes import group_routes, note_fields
from tfwrap.cluster.preview.services import Address, Service, Upstream, find_upstream, read_service
from tfwrap.cluster.preview.site import SecretName, Site, SiteHost, SiteMapping, Unsupported
from tfwrap.cluster.preview.tls import KeyPair, downstream_tls

_ALL = 100


@dataclass(frozen=True)
class Surroundings:
    """What the configuration is to run with: addresses, files, ports."""

    admin: Path  # a socket: nobody else on this machine gets to it
    echo: Address
    upstreams: Mapping[str, Address]
    pairs: Mapping[SecretName, KeyPair]
    ports: Mapping[str, int]  # Listener -> port to bind; 0 or absent: any


@dataclass(frozen=True)
class Route:
    """A row of the table: what a Host does with the requests for one Mapping."""

    host: str
    hostname: str
    prefix: str
    mapping: str
    to: str
    share: int
    secure: str | None  # route, redirect; None without TLS
    insecure: str  # route, redirect, reject


@dataclass(frozen=True)
class Compiled:
    config: Mapping[str, Any]
    routes: Sequence[Route]
    unsupported: Sequence[Unsupported]


def compile_site(site: Site, own_module: Mapping[str, Any], around: Surroundings) -> Compiled:
    notes = list(site.unsupported)
    note_module(site.module, own_module, notes)
    for mapping in site.mappings:
        note_fields(mapping, notes)
    groups = group_mappings(site.mappings, notes)
    clusters, echoed, upstreams = _clusters(groups, site, around, notes)
    routes = [(group, group_routes(group, site.module, echoed)) for group in groups]
    sockets = {host.name: downstream_tls(host, around.pairs, notes) for host in site.hosts}
    tls = {name: socket for name, socket in sockets.items() if socket}
    listeners = [
        made
        for one in site.listeners
        if (made := make_listener(one, site, routes, tls, around.ports.get(one.name, 0), notes))
    ]
    config = {
        "admin": {"address": {"pipe": {"path": str(around.admin), "mode": 0o600}}},
        # Emissary's own limit for regular expressions.
        "layered_runtime": {"layers": [{"name": "emissary", "static_layer": _runtime(site.module)}]},
        "static_resources": {"listeners": listeners, "clusters": clusters},
    }
    return Compiled(config, _table(groups, site.hosts, upstreams), tuple(dict.fromkeys(notes)))


def services(site: Site) -> list[Service]:
    """What the Mappings' requests go to; redirects go nowhere."""
    return [read_service(one, site, []) for one in site.mappings if not one.spec.host_redirect]


def _runtime(module: Mapping[str, Any]) -> dict[str, int]:
    return {"re2.max_program_size.error_level": module.get("regex_max_size", 200)}


def _clusters(
    groups: Sequence[Group], site: Site, around: Surroundings, notes: list[Unsupported]
) -> tuple[list[dict[str, Any]], dict[str, str], dict[str, str]]:
    """The clusters; those that the echo answers for, with the service; and every Mapping's target in words."""
    clusters: list[dict[str, Any]] = []
    echoed: dict[str, str] = {}
    targets: dict[str, str] = {}
    for mapping in _with_upstream(groups):
        service = read_service(mapping, site, notes)
        upstream = find_upstream(service, around.upstreams, around.echo)
        clusters.append(make_cluster(mapping, service, upstream, site, notes))
        if upstream.echo:
            echoed[cluster_name(mapping)] = service.text
        targets[cluster_name(mapping)] = _target(service, upstream)
    return clusters, echoed, targets


def _with_upstream(groups: Sequence[Group]) -> list[SiteMapping]:
    found = []
    for group in groups:
        found += [member.mapping for member in group.members]
        if group.shadow and group.members:
            found.append(group.shadow)
    return found


def _target(service: Service, upstream: Upstream) -> str:
    host, port = upstream.address
    return f"{service.text} ({'echo' if upstream.echo else f'{host}:{port}'})"


def _table(groups: Sequence[Group], hosts: Sequence[SiteHost], targets: Mapping[str, str]) -> list[Route]:
    rows = []
    for host in sorted(hosts, key=lambda host: host.hostname):
        for group in groups:
            if not group.served_by(host):
                continue
            if group.redirect:
                to = f"redirect to {group.redirect.spec.service}"
                rows.append(_row(host, group.redirect, to, _ALL, "redirect"))
            rows += [
                _row(host, one.mapping, targets[cluster_name(one.mapping)], one.share, "route") for one in group.members
            ]
    return rows


def _row(host: SiteHost, mapping: SiteMapping, to: str, share: int, does: str) -> Route:
    spec = mapping.spec
    insecure = {"Route": does, "Redirect": "redirect to https", "Reject": "reject"}[host.insecure]
    return Route(
        host=host.hostname,
        hostname=host_glob(spec) or spec.host or "*",
        prefix=spec.prefix,
        mapping=mapping.name,
        to=to,
        share=share,
        secure=does if host.secret else None,
        insecure=insecure,
    )
