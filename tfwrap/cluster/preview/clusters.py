"""A Mapping's upstream as an Envoy cluster. One per Mapping, since timeouts and limits are a Mapping's own."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from tfwrap.cluster.preview.services import Service, Upstream
from tfwrap.cluster.preview.site import Site, SiteMapping, Unsupported
from tfwrap.cluster.preview.tls import upstream_tls

Envoy = dict[str, Any]

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_CONNECT_MS = 3000
_BREAKERS = ("max_connections", "max_pending_requests", "max_requests", "max_retries")


def cluster_name(mapping: SiteMapping) -> str:
    return f"{mapping.namespace}/{mapping.name}"


def make_cluster(
    mapping: SiteMapping, service: Service, upstream: Upstream, site: Site, notes: list[Unsupported]
) -> Envoy:
    spec, module = mapping.spec, site.module
    host, port = upstream.address
    name = cluster_name(mapping)
    endpoint = {"address": {"socket_address": {"address": host, "port_value": port}}}
    policy = spec.load_balancer.policy if spec.load_balancer else (module.get("load_balancer") or {}).get("policy")
    cluster: Envoy = {
        "name": name,
        "type": "STATIC" if _is_address(host) else "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "lb_policy": (policy or "round_robin").upper(),
        "connect_timeout": seconds(spec.connect_timeout_ms or _CONNECT_MS),
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]},
    }
    if spec.stats_name:
        cluster["alt_stat_name"] = spec.stats_name
    if options := _http_options(mapping, module, upstream, notes):
        cluster["typed_extension_protocol_options"] = {_HTTP_OPTIONS: options}
    if breakers := _breakers(mapping, module):
        cluster["circuit_breakers"] = {"thresholds": breakers}
    if keepalive := _keepalive(mapping, module):
        cluster["upstream_connection_options"] = {"tcp_keepalive": keepalive}
    if service.tls and upstream.echo:
        notes.append(Unsupported(mapping.title, "service", "the echo answers without TLS; give an --upstream for TLS"))
    elif service.tls:
        cluster["transport_socket"] = upstream_tls(mapping, site, notes)
    return cluster


def seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}s"


def _http_options(
    mapping: SiteMapping, module: Mapping[str, Any], upstream: Upstream, notes: list[Unsupported]
) -> Envoy:
    spec, common = mapping.spec, {}
    idle = spec.cluster_idle_timeout_ms or module.get("cluster_idle_timeout_ms")
    life = spec.cluster_max_connection_lifetime_ms or module.get("cluster_max_connection_lifetime_ms")
    if idle:
        common["idle_timeout"] = seconds(idle)
    if life:
        common["max_connection_duration"] = seconds(life)
    protocol = "http_protocol_options"
    if spec.grpc and upstream.echo:
        notes.append(Unsupported(mapping.title, "grpc", "the echo speaks HTTP/1.1; give an --upstream for gRPC"))
    elif spec.grpc:
        protocol = "http2_protocol_options"
    if not common and protocol == "http_protocol_options":
        return {}
    return {
        "@type": f"type.googleapis.com/{_HTTP_OPTIONS}",
        "explicit_http_config": {protocol: {}},
        **({"common_http_protocol_options": common} if common else {}),
    }


def _breakers(mapping: SiteMapping, module: Mapping[str, Any]) -> list[Envoy]:
    if mapping.spec.circuit_breakers is not None:
        given = [one.model_dump(exclude_none=True) for one in mapping.spec.circuit_breakers]
    else:
        given = module.get("circuit_breakers") or []
    return [
        {"priority": one.get("priority", "default").upper(), **{key: one[key] for key in _BREAKERS if key in one}}
        for one in given
    ]


def _keepalive(mapping: SiteMapping, module: Mapping[str, Any]) -> Envoy:
    own = mapping.spec.keepalive
    if own is None:
        given = module.get("keepalive") or {}
        time, interval, probes = given.get("time"), given.get("interval"), given.get("probes")
    else:
        time, interval, probes = own.idle_time, own.interval, own.probes
    options = {"keepalive_time": time, "keepalive_interval": interval, "keepalive_probes": probes}
    return {key: value for key, value in options.items() if value is not None}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
