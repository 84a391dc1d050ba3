"""Which fields of a Mapping and of the Module the preview follows. Any other that is set is listed as unsupported."""

from __future__ import annotations

from collections.abc import Mapping

HANDLED = frozenset(
    {
        "add_linkerd_headers", "add_request_headers", "add_response_headers", "allow_upgrade", "ambassador_id",
        "auto_host_rewrite", "case_sensitive", "circuit_breakers", "cluster_idle_timeout_ms",
        "cluster_max_connection_lifetime_ms", "cluster_tag", "connect_timeout_ms", "cors", "grpc", "headers", "host",
        "host_redirect", "host_regex", "host_rewrite", "hostname", "idle_timeout_ms", "keepalive", "load_balancer",
        "method", "method_regex", "path_redirect", "precedence", "prefix", "prefix_exact", "prefix_redirect",
        "prefix_regex", "priority", "query_parameters", "redirect_response_code", "regex_headers",
        "regex_query_parameters", "regex_redirect", "regex_rewrite", "remove_request_headers",
        "remove_response_headers", "retry_policy", "rewrite", "service", "shadow", "stats_name", "timeout_ms", "tls",
        "use_websocket", "weight",
    }
)  # fmt: skip

_STAND_IN = "services are replaced by given addresses or the echo, so nothing is looked up"
_RESPONSES = "needs a filter that only Emissary's own Envoy has"
_NO_AUTH = "there is no AuthService in a preview"
_IGNORED = "Emissary ignores it"

WHY_NOT: Mapping[str, str] = {
    "auth_context_extensions": _NO_AUTH,
    "bypass_auth": _NO_AUTH,
    "bypass_error_response_overrides": _RESPONSES,
    "dns_type": _STAND_IN,
    "docs": "there is no developer portal in a preview",
    "enable_ipv4": _STAND_IN,
    "enable_ipv6": _STAND_IN,
    "envoy_override": "belongs to Edge Stack",
    "error_response_overrides": _RESPONSES,
    "labels": "there is no RateLimitService in a preview",
    "modules": _IGNORED,
    "outlier_detection": _IGNORED,
    "resolver": _STAND_IN,
    "respect_dns_ttl": _STAND_IN,
    "v2BoolHeaders": _IGNORED,
    "v2BoolQueryParameters": _IGNORED,
    "v2ExplicitTLS": _IGNORED,
}

MODULE_HANDLED = frozenset(
    {
        "add_linkerd_headers", "buffer", "buffer_limit_bytes", "circuit_breakers", "cluster_idle_timeout_ms",
        "cluster_max_connection_lifetime_ms", "cluster_request_timeout_ms", "cors", "enable_grpc_web", "enable_http10",
        "gzip", "headers_with_underscores_action", "ip_allow", "ip_deny", "keepalive", "listener_idle_timeout_ms",
        "load_balancer", "lua_scripts", "max_request_headers_kb", "merge_slashes", "preserve_external_request_id",
        "proper_case", "regex_max_size", "reject_requests_with_escaped_slashes", "retry_policy", "server_name",
        "strip_matching_host_port", "suppress_envoy_headers", "use_ambassador_namespace_for_service_resolution",
        "use_remote_address",
    }
)  # fmt: skip

# Set by tfwrap itself in every install: not worth a line as long as they are as always.
MODULE_QUIET = frozenset({"resolver", "diagnostics"})
