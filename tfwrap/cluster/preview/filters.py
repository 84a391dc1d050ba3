"""The HTTP filters and connection settings that the Module decides, for every Listener alike."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tfwrap.cluster.preview.clusters import seconds
from tfwrap.cluster.preview.fields import MODULE_HANDLED, MODULE_QUIET
from tfwrap.cluster.preview.site import SiteListener, Unsupported

Envoy = dict[str, Any]

_HTTP = "type.googleapis.com/envoy.extensions.filters.http"
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_PRINCIPALS = {"remote": "remote_ip", "peer": "direct_remote_ip"}
_GZIP = ("memory_level", "compression_level", "compression_strategy", "window_bits")


def http_filters(module: Mapping[str, Any]) -> list[Envoy]:
    filters = [*_addresses(module), _filter("cors", "Cors")]
    if "enable_grpc_web" in module:  # Emissary looks whether it is there, not what it says
        filters.append(_filter("grpc_web", "GrpcWeb"))
    if module.get("lua_scripts"):
        code = {"inline_string": module["lua_scripts"]}
        filters.append(_filter("lua", "Lua", {"default_source_code": code}))
    if "gzip" in module:
        filters.append(_gzip(module["gzip"] or {}))
    if module.get("buffer"):
        filters.append(_filter("buffer", "Buffer", {"max_request_bytes": module["buffer"]["max_request_bytes"]}))
    quiet = {"suppress_envoy_headers": True} if module.get("suppress_envoy_headers") else {}
    return [*filters, _filter("router", "Router", quiet)]


def connection(module: Mapping[str, Any], listener: SiteListener) -> Envoy:
    """Settings of the connection manager, without filters and routes."""
    settings: Envoy = {
        "stat_prefix": listener.name,
        "normalize_path": True,
        "use_remote_address": module.get("use_remote_address", True),
        "server_name": module.get("server_name", "envoy"),
    }
    if listener.hops > 0:
        settings["xff_num_trusted_hops"] = listener.hops
    for name, options in (
        ("common_http_protocol_options", _common_options(module)),
        ("http_protocol_options", _old_http_options(module)),
    ):
        if options:
            settings[name] = options
    if module.get("max_request_headers_kb"):
        settings["max_request_headers_kb"] = module["max_request_headers_kb"]
    for name in ("preserve_external_request_id", "strip_matching_host_port", "merge_slashes"):
        if module.get(name):
            settings[name] = True
    if module.get("reject_requests_with_escaped_slashes"):
        settings["path_with_escaped_slashes_action"] = "REJECT_REQUEST"
    return settings


def note_module(module: Mapping[str, Any], own: Mapping[str, Any], notes: list[Unsupported]) -> None:
    """Keys that the preview does not follow. `own` are those of env.yaml itself."""
    for name in sorted(module):
        if name in MODULE_HANDLED or (name in MODULE_QUIET and name not in own):
            continue
        notes.append(Unsupported("Module ambassador", name, "is not looked at by the preview"))
    if "ip_allow" in module:
        reason = "clients on loopback are let in as well, since a preview has no others"
        notes.append(Unsupported("Module ambassador", "ip_allow", reason))


def _common_options(module: Mapping[str, Any]) -> Envoy:
    options: Envoy = {}
    if module.get("listener_idle_timeout_ms"):
        options["idle_timeout"] = seconds(module["listener_idle_timeout_ms"])
    if "headers_with_underscores_action" in module:
        options["headers_with_underscores_action"] = module["headers_with_underscores_action"]
    return options


def _old_http_options(module: Mapping[str, Any]) -> Envoy:
    """HTTP/1's own."""
    options: Envoy = {}
    if module.get("enable_http10"):
        options["accept_http_10"] = True
    if module.get("proper_case"):
        options["header_key_format"] = {"proper_case_words": {}}
    return options


def _addresses(module: Mapping[str, Any]) -> Iterator[Envoy]:
    """ip_allow goes before ip_deny: Emissary ignores the second one."""
    if "ip_allow" in module:
        own = [{"direct_remote_ip": _range(cidr)} for cidr in _LOOPBACK]
        yield _rbac("ALLOW", [*_principals(module["ip_allow"]), *own])
    elif module.get("ip_deny"):
        yield _rbac("DENY", _principals(module["ip_deny"]))


def _rbac(action: str, principals: Sequence[Envoy]) -> Envoy:
    policy = {"permissions": [{"any": True}], "principals": list(principals)}
    return _filter("rbac", "RBAC", {"rules": {"action": action, "policies": {"addresses": policy}}})


def _principals(entries: Sequence[Mapping[str, str]]) -> list[Envoy]:
    return [{_PRINCIPALS[kind]: _range(cidr)} for entry in entries for kind, cidr in entry.items()]


def _range(cidr: str) -> Envoy:
    network = ipaddress.ip_network(cidr, strict=False)
    return {"address_prefix": str(network.network_address), "prefix_len": network.prefixlen}


def _gzip(settings: Mapping[str, Any]) -> Envoy:
    library = {
        "name": "gzip",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.compression.gzip.compressor.v3.Gzip",
            **{name: settings[name] for name in _GZIP if name in settings},
        },
    }
    common = {}
    if "min_content_length" in settings:
        common["min_content_length"] = settings["min_content_length"]
    if "content_type" in settings:
        common["content_type"] = settings["content_type"]
    response: Envoy = {"common_config": common}
    for name in ("disable_on_etag_header", "remove_accept_encoding_header"):
        if name in settings:
            response[name] = settings[name]
    return _filter("compressor", "Compressor", {"compressor_library": library, "response_direction_config": response})


def _filter(name: str, kind: str, settings: Envoy | None = None) -> Envoy:
    config = {"@type": f"{_HTTP}.{name}.v3.{kind}", **(settings or {})}
    return {"name": f"envoy.filters.http.{name}", "typed_config": config}
