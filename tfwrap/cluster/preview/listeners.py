"""A Listener with the Hosts it takes, as an Envoy listener on loopback.

Every Host with TLS has a filter chain of its own, found by the name a client asks for; clear text has one for all,
with a virtual host per Host. Requests in clear text on a TLS port end up in the latter, as with Emissary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfwrap.cluster.preview.filters import connection, http_filters
from tfwrap.cluster.preview.groups import Group
from tfwrap.cluster.preview.routes import on_host
from tfwrap.cluster.preview.site import Site, SiteHost, SiteListener, Unsupported

Envoy = dict[str, Any]
Routes = Sequence[tuple[Group, list[Envoy]]]

_MANAGER = "envoy.filters.network.http_connection_manager"
_LOOPBACK = "127.0.0.1"


def make_listener(
    listener: SiteListener,
    site: Site,
    routes: Routes,
    tls: Mapping[str, Envoy],
    port: int,
    notes: list[Unsupported],
) -> Envoy | None:
    """None if no Host is served. `tls`: Host name -> transport socket. Port 0: any that is free."""
    title = f"Listener {listener.name}"
    if "HTTP" not in listener.layers or "UDP" in listener.layers:
        reason = "the preview serves HTTP over TCP only"
        notes.append(Unsupported(title, "protocol", reason))
        return None
    hosts = [host for host in sorted(site.hosts, key=lambda host: host.hostname) if listener.takes(host)]
    chains = _chains(listener, site, routes, hosts, tls, notes)
    if not chains:
        notes.append(Unsupported(title, "hostBinding", "no Host matches, so Emissary does not open the port"))
        return None
    inspectors = []
    if "PROXY" in listener.layers:
        inspectors.append(_inspector("proxy_protocol", "ProxyProtocol"))
    if "TLS" in listener.layers:
        inspectors.append(_inspector("tls_inspector", "TlsInspector"))
    limit = site.module.get("buffer_limit_bytes")
    return {
        "name": listener.name,
        "address": {"socket_address": {"address": _LOOPBACK, "port_value": port}},
        "enable_reuse_port": False,  # a port that another process has is an error, not shared
        "listener_filters": inspectors,
        "filter_chains": chains,
        **({"per_connection_buffer_limit_bytes": limit} if limit else {}),
    }


def _chains(
    listener: SiteListener,
    site: Site,
    routes: Routes,
    hosts: Sequence[SiteHost],
    tls: Mapping[str, Envoy],
    notes: list[Unsupported],
) -> list[Envoy]:
    secure: dict[str, Envoy] = {}
    clear: dict[str, Envoy] = {}
    for host in hosts:
        virtual = _virtual_host(listener, routes, host)
        if "TLS" in listener.layers and host.name in tls:
            if host.hostname in secure:
                reason = f"another Host has the name {host.hostname}: Emissary takes the first one"
                notes.append(Unsupported(f"Host {host.name}", "hostname", reason))
            else:
                names = {} if host.hostname == "*" else {"server_names": [host.hostname]}
                secure[host.hostname] = {
                    "name": f"https-{host.name}",
                    "filter_chain_match": {"transport_protocol": "tls", **names},
                    "transport_socket": tls[host.name],
                    "filters": [_manager(listener, site, [virtual])],
                }
        if not (listener.security == "INSECURE" and host.insecure == "Reject"):
            clear[host.hostname] = virtual
    shared = {"name": "http", "filter_chain_match": {}, "filters": [_manager(listener, site, list(clear.values()))]}
    return [*secure.values(), *((shared,) if clear else ())]


def _virtual_host(listener: SiteListener, routes: Routes, host: SiteHost) -> Envoy:
    served = [
        route for group, each in routes if group.served_by(host) for route in on_host(each, host, listener.security)
    ]
    return {"name": f"{listener.name}-{host.hostname}", "domains": [host.hostname], "routes": served}


def _manager(listener: SiteListener, site: Site, virtual: Sequence[Envoy]) -> Envoy:
    settings = connection(site.module, listener)
    return {
        "name": _MANAGER,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
            ".HttpConnectionManager",
            **settings,
            "http_filters": http_filters(site.module),
            "route_config": {"virtual_hosts": list(virtual)},
        },
    }


def _inspector(name: str, kind: str) -> Envoy:
    package = f"type.googleapis.com/envoy.extensions.filters.listener.{name}.v3"
    return {"name": f"envoy.filters.listener.{name}", "typed_config": {"@type": f"{package}.{kind}"}}
