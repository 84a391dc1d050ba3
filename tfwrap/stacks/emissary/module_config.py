"""The Module's config: Emissary's global settings, all keys that Emissary 3.2 reads and no others.

The CRD takes any key and Emissary drops one it does not know in silence, so this list is the only guard.
It follows irambassador.py of Emissary 3.2 (AModTransparentKeys and what `finalize` reads besides).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails

from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.fields import fault
from tfwrap.settings.model import Model
from tfwrap.stacks.emissary.mapping import CircuitBreaker, Cors, ErrorOverride, LoadBalancerPolicy, RetryPolicy
from tfwrap.stacks.emissary.types import KEY, Milliseconds, Number


class Diagnostics(Model):
    enabled: bool | None = Field(None, description="Serve the diagnostics pages; default true in Emissary itself.")
    allow_non_local: bool | None = Field(None, description="Answer from outside the pod too; default false.")
    prefix: str | None = Field(None, description="Their path; default /ambassador/v0/.")
    rewrite: str | None = Field(None, description="Path they are rewritten to.")
    service: str | None = Field(None, description="Service that answers; default Emissary's own.")


class Probe(Model):
    enabled: bool | None = Field(None, description="Serve the probe over the listeners; default true.")
    prefix: str | None = Field(None, description="Path of the probe.")
    rewrite: str | None = Field(None, description="Path it is rewritten to.")
    service: str | None = Field(None, description="Service that answers; default Emissary's own.")


class ModuleKeepalive(Model):
    """TCP keepalive to services. Mind `time`: in a Mapping the same thing is called `idle_time`."""

    time: Number | None = Field(None, description="Seconds of silence before the first probe.")
    interval: Number | None = Field(None, description="Seconds between probes.")
    probes: Number | None = Field(None, description="Probes without an answer that end the connection.")


class ClientCertificateDetails(Model):
    subject: bool | None = Field(None, description="Forward the subject.")
    cert: bool | None = Field(None, description="Forward the certificate.")
    chain: bool | None = Field(None, description="Forward the chain.")
    dns: bool | None = Field(None, description="Forward the DNS names.")
    uri: bool | None = Field(None, description="Forward the URI.")


class ModuleConfig(Model):
    add_linkerd_headers: bool | None = Field(None, description="Add l5d-dst-override for Linkerd everywhere.")
    admin_port: int | None = Field(None, ge=1, le=65535, description="Port of Envoy's admin interface; default 8001.")
    allow_chunked_length: bool | None = Field(None, description="Accept requests with both lengths; default false.")
    auth_enabled: bool | None = Field(None, description="Kept for old settings; Emissary does not use it.")
    buffer: dict[str, Any] | None = Field(None, description="Buffer whole requests: max_request_bytes.")
    buffer_limit_bytes: int | None = Field(None, ge=0, description="Bytes of a connection's buffer; default Envoy's.")
    circuit_breakers: list[CircuitBreaker] | None = Field(None, description="Limits on load for every Mapping.")
    cluster_idle_timeout_ms: Milliseconds | None = Field(
        None, description="Milliseconds until an idle upstream connection is closed; default one hour."
    )
    cluster_max_connection_lifetime_ms: Milliseconds | None = Field(
        None, description="Milliseconds an upstream connection may live; default: without limit."
    )
    cluster_request_timeout_ms: Milliseconds | None = Field(
        None, description="Milliseconds for a whole request; default 3000, 0 for none."
    )
    cors: Cors | None = Field(None, description="Cross-origin requests, for Mappings without their own.")
    debug_mode: bool | None = Field(None, description="Debug mode of Emissary's Python part; default false.")
    default_label_domain: str | None = Field(None, description="Domain of rate limit labels; default ambassador.")
    default_labels: dict[str, Any] | None = Field(None, description="Rate limit labels for every Mapping.")
    defaults: dict[str, Any] | None = Field(None, description="Defaults by area, say tls_secret_namespacing.")
    diagnostics: Diagnostics | None = Field(None, description="Diagnostics pages.")
    enable_grpc_http11_bridge: bool | None = Field(None, description="gRPC over HTTP/1.1; default false.")
    enable_grpc_web: bool | None = Field(None, description="gRPC-Web; default false.")
    enable_http10: bool | None = Field(None, description="Accept HTTP/1.0; default false.")
    enable_ipv4: bool | None = Field(None, description="Look services up over IPv4; default true.")
    enable_ipv6: bool | None = Field(None, description="Look services up over IPv6; default false.")
    envoy_log_format: str | dict[str, Any] | None = Field(
        None, description="Format of the access log: text, or a map with envoy_log_type json."
    )
    envoy_log_path: str | None = Field(None, description="File of the access log; default /dev/fd/1.")
    envoy_log_type: Literal["text", "json"] | None = Field(None, description="Form of the access log; default text.")
    envoy_validation_timeout: int | None = Field(None, ge=0, description="Seconds Envoy may check; default 60.")
    error_response_overrides: list[ErrorOverride] | None = Field(None, description="Bodies for error responses.")
    forward_client_cert_details: (
        Literal["SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"] | None
    ) = Field(None, description="What becomes of x-forwarded-client-cert; default SANITIZE.")
    grpc_stats: dict[str, Any] | None = Field(None, description="gRPC statistics: all_methods or services.")
    gzip: dict[str, Any] | None = Field(None, description="Compress responses.")
    header_case_overrides: list[str] | None = Field(None, description="Headers to write exactly so.")
    headers_with_underscores_action: Literal["ALLOW", "REJECT_REQUEST", "DROP_HEADER"] | None = Field(
        None, description="What becomes of headers with underscores; default ALLOW."
    )
    ip_allow: list[dict[str, str]] | None = Field(
        None, description="Only these clients: `remote: CIDR` (the client) or `peer: CIDR` (the direct peer)."
    )
    ip_deny: list[dict[str, str]] | None = Field(None, description="All but these clients; not together with ip_allow.")
    keepalive: ModuleKeepalive | None = Field(None, description="TCP keepalive to services; default 100 s, 10 s, 5.")
    listener_idle_timeout_ms: Milliseconds | None = Field(
        None, description="Milliseconds until an idle client connection is closed; default one hour."
    )
    liveness_probe: Probe | None = Field(None, description="Liveness probe over the listeners.")
    load_balancer: LoadBalancerPolicy | None = Field(None, description="Load balancing for every Mapping.")
    lua_scripts: str | None = Field(None, description="Lua code for every request.")
    max_request_headers_kb: int | None = Field(None, ge=1, description="Most KB of request headers; default 60.")
    merge_slashes: bool | None = Field(None, description="Treat // as /; default false.")
    preserve_external_request_id: bool | None = Field(None, description="Keep a client's x-request-id.")
    proper_case: bool | None = Field(None, description="Capitalise header names; default false.")
    prune_unreachable_routes: bool | None = Field(None, description="Leave out routes no Host takes; default true.")
    readiness_probe: Probe | None = Field(None, description="Readiness probe over the listeners.")
    regex_max_size: int | None = Field(None, ge=1, description="Largest regular expression (RE2 program); default 200.")
    regex_type: Literal["safe", "unsafe"] | None = Field(None, description="Emissary 3 knows only safe.")
    reject_requests_with_escaped_slashes: bool | None = Field(None, description="Refuse %2F in paths.")
    resolver: str | None = Field(None, description="Resolver for every Mapping; default kubernetes-service.")
    retry_policy: RetryPolicy | None = Field(None, description="Retries for every Mapping.")
    server_name: str | None = Field(None, description="Server header of responses; default envoy.")
    service_port: int | None = Field(None, ge=1, le=65535, description="Kept for old settings; Listeners say it now.")
    set_current_client_cert_details: ClientCertificateDetails | None = Field(
        None, description="Parts of the client's certificate to forward."
    )
    statsd: dict[str, Any] | None = Field(None, description="Statistics to a statsd server.")
    strip_matching_host_port: bool | None = Field(None, description="Ignore the port in the Host header.")
    suppress_envoy_headers: bool | None = Field(None, description="Leave out x-envoy-… headers.")
    use_ambassador_namespace_for_service_resolution: bool | None = Field(
        None, description="Look unqualified services up in Emissary's namespace; default false."
    )
    use_proxy_proto: bool | None = Field(None, description="Kept for old settings; Listeners say it now.")
    use_remote_address: bool | None = Field(None, description="Append the peer to x-forwarded-for; default true.")
    x_forwarded_proto_redirect: bool | None = Field(None, description="Kept for old settings; Hosts say it now.")
    xff_num_trusted_hops: int | None = Field(None, ge=0, description="Proxies trusted in x-forwarded-for; default 0.")

    @model_validator(mode="wrap")
    @classmethod
    def known_keys(cls, data: Any, handler: ModelWrapValidatorHandler[ModuleConfig]) -> ModuleConfig:
        """R38 in place of the common fault for an unknown key: what happens to it is Emissary's doing."""
        try:
            return handler(data)
        except ValidationError as error:
            found = [_reworded(one, cls.model_fields) for one in error.errors(include_url=False)]
            raise ValidationError.from_exception_data(cls.__name__, found) from None


def _reworded(error: ErrorDetails, known: Iterable[str]) -> InitErrorDetails:
    kind, path, context = error["type"], error["loc"], error.get("ctx", {})
    if kind == "extra_forbidden" and len(path) == 1:
        message = "is not a key of Emissary's Module, which would ignore it in silence"
        path, changed = (*path, KEY), fault("R38", message, did_you_mean(str(path[0]), known))
    elif "text" in context:
        changed = fault(kind, context["text"], context.get("hint"))
    else:
        return InitErrorDetails(type=kind, loc=path, input=error["input"], ctx=context)
    return InitErrorDetails(type=changed, loc=path, input=error["input"])
