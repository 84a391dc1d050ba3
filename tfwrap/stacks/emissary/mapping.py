"""Emissary's Mapping with the fields of its v3alpha1 CRD: a route from a host name and path to a service.

The names are the CRD's; a test holds every field against crd-fields.json. Fields that only carry settings over
from v2 are here too, since they are part of the CRD.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tfwrap.settings.model import Model
from tfwrap.stacks.emissary.resources import Resource, ResourceSpec
from tfwrap.stacks.emissary.types import Milliseconds, Number


class AddedHeader(Model):
    value: str | None = Field(None, description="Value of the header.")
    append: bool | None = Field(None, description="Add to a header of that name instead of replacing it.")
    v2Representation: Literal["", "string", "null"] | None = Field(  # noqa: N815
        None, description="How the v2 form wrote it; leave it out."
    )


class CircuitBreaker(Model):
    priority: Literal["default", "high"] | None = Field(None, description="Requests it counts; default: default.")
    max_connections: Number | None = Field(None, description="Most connections at once; default 1024.")
    max_pending_requests: Number | None = Field(None, description="Most requests that wait; default 1024.")
    max_requests: Number | None = Field(None, description="Most requests at once; default 1024.")
    max_retries: Number | None = Field(None, description="Most retries at once; default 3.")


class Cors(Model):
    origins: list[str] | None = Field(None, description="Origins that are allowed; * for all.")
    methods: list[str] | None = Field(None, description="Methods that are allowed.")
    headers: list[str] | None = Field(None, description="Request headers that are allowed.")
    exposed_headers: list[str] | None = Field(None, description="Response headers that scripts may read.")
    credentials: bool | None = Field(None, description="Allow credentials; default false.")
    max_age: str | None = Field(None, description="Seconds that an answer may be kept, as text.")
    v2CommaSeparatedOrigins: bool | None = Field(  # noqa: N815
        None, description="The v2 form had origins in one text; leave it out."
    )


class Docs(Model):
    display_name: str | None = Field(None, description="Name in the developer portal.")
    ignored: bool | None = Field(None, description="Leave it out of the developer portal.")
    path: str | None = Field(None, description="Path of the OpenAPI document.")
    timeout_ms: Milliseconds | None = Field(None, description="Milliseconds to wait for the document.")
    url: str | None = Field(None, description="Address of the OpenAPI document.")


class TextSource(Model):
    filename: str | None = Field(None, description="File in the pod that holds the body.")


class ErrorBody(Model):
    content_type: str | None = Field(None, description="Content type of a text_format body; default text/plain.")
    json_format: dict[str, str] | None = Field(None, description="Body as a JSON object.")
    text_format: str | None = Field(None, description="Body as text.")
    text_format_source: TextSource | None = Field(None, description="Body from a file in the pod.")


class ErrorOverride(Model):
    on_status_code: int = Field(ge=400, le=599, description="Status of the responses that get another body.")
    body: ErrorBody = Field(description="The body they get.")


class MappingKeepalive(Model):
    """TCP keepalive to the service. Mind `idle_time`: in the Module the same thing is called `time`."""

    idle_time: Number | None = Field(None, description="Seconds of silence before the first probe.")
    interval: Number | None = Field(None, description="Seconds between probes.")
    probes: Number | None = Field(None, description="Probes without an answer that end the connection.")


class Cookie(Model):
    name: str = Field(description="Name of the cookie.")
    path: str | None = Field(None, description="Path of the cookie.")
    ttl: str | None = Field(None, description="Life of a cookie that Emissary makes, say 60s; default: it makes none.")


class LoadBalancerPolicy(Model):
    policy: Literal["round_robin", "ring_hash", "maglev", "least_request"] = Field(
        description="How an endpoint is chosen."
    )
    cookie: Cookie | None = Field(None, description="Cookie to hash, for ring_hash and maglev.")
    header: str | None = Field(None, description="Header to hash, for ring_hash and maglev.")
    source_ip: bool | None = Field(None, description="Hash the client's address, for ring_hash and maglev.")


class RegexRewrite(Model):
    pattern: str | None = Field(None, description="Regular expression (RE2).")
    substitution: str | None = Field(None, description="What replaces it; groups as \\1.")


class RetryPolicy(Model):
    retry_on: (
        Literal[
            "5xx",
            "gateway-error",
            "connect-failure",
            "retriable-4xx",
            "refused-stream",
            "retriable-status-codes",
        ]
        | None
    ) = Field(None, description="What is tried again.")
    num_retries: Number | None = Field(None, description="How often; default 1.")
    per_try_timeout: str | None = Field(None, description="Time for one try, say 2s; default: that of the request.")


class ClusterLabel(Model):
    key: Literal["destination_cluster"] = Field(description="Always destination_cluster.")


class SourceLabel(Model):
    key: Literal["source_cluster"] = Field(description="Always source_cluster.")


class AddressLabel(Model):
    key: Literal["remote_address"] = Field(description="Always remote_address.")


class GenericLabel(Model):
    key: str | None = Field(None, description="Name of the label; default generic_key.")
    value: str = Field(description="Value of the label.")
    v2Shorthand: bool | None = Field(None, description="How the v2 form wrote it; leave it out.")  # noqa: N815


class HeaderLabel(Model):
    key: str = Field(description="Name of the label.")
    header_name: str = Field(description="Header whose value it gets.")
    omit_if_not_present: bool | None = Field(None, description="Without the header only this label is left out.")


class RateLimitLabel(Model):
    """One label of a request for the rate limit service: exactly one of these."""

    source_cluster: SourceLabel | None = Field(None, description="The cluster the request comes from.")
    destination_cluster: ClusterLabel | None = Field(None, description="The cluster the request goes to.")
    remote_address: AddressLabel | None = Field(None, description="The client's address.")
    request_headers: HeaderLabel | None = Field(None, description="The value of a header.")
    generic_key: GenericLabel | None = Field(None, description="A fixed value.")


class ExplicitTLS(Model):
    serviceScheme: str | None = Field(  # noqa: N815
        None, pattern=r"^([hH][tT][tT][pP][sS]?://)?$", description="Scheme that the v2 form had in service."
    )
    tls: Literal["", "null", "bool:true", "bool:false", "string"] | None = Field(
        None, description="Type that tls had in the v2 form."
    )


class MappingSpec(ResourceSpec):
    hostname: str | None = Field(None, description="Host name or glob it is for; without it no Host takes it.")
    prefix: str = Field(description="Path prefix, beginning with /.")
    prefix_exact: bool | None = Field(None, description="prefix is the whole path; default false.")
    prefix_regex: bool | None = Field(None, description="prefix is a regular expression (RE2); default false.")
    service: str = Field(description="Where requests go: [scheme://]service[.namespace][:port].")
    add_linkerd_headers: bool | None = Field(None, description="Add l5d-dst-override for Linkerd.")
    add_request_headers: dict[str, AddedHeader] | None = Field(None, description="Headers added to the request.")
    add_response_headers: dict[str, AddedHeader] | None = Field(None, description="Headers added to the response.")
    allow_upgrade: list[str] | None = Field(None, description="Protocols a connection may switch to, say websocket.")
    auth_context_extensions: dict[str, str] | None = Field(None, description="Facts for the AuthService.")
    auto_host_rewrite: bool | None = Field(None, description="Send the service's own name as Host; default false.")
    bypass_auth: bool | None = Field(None, description="Do not ask the AuthService; default false.")
    bypass_error_response_overrides: bool | None = Field(None, description="Keep error bodies as they are.")
    case_sensitive: bool | None = Field(None, description="prefix is case-sensitive; default true.")
    circuit_breakers: list[CircuitBreaker] | None = Field(None, description="Limits on load; default: the Module's.")
    cluster_idle_timeout_ms: Milliseconds | None = Field(
        None, description="Milliseconds until an idle upstream connection is closed; default one hour."
    )
    cluster_max_connection_lifetime_ms: Milliseconds | None = Field(
        None, description="Milliseconds an upstream connection may live; default: without limit."
    )
    cluster_tag: str | None = Field(None, description="Keeps its Envoy cluster apart from others to the same service.")
    connect_timeout_ms: Milliseconds | None = Field(None, description="Milliseconds to connect; default 3000.")
    cors: Cors | None = Field(None, description="Cross-origin requests; default: the Module's.")
    dns_type: str | None = Field(None, description="strict_dns or logical_dns; default strict_dns.")
    docs: Docs | None = Field(None, description="Entry in the developer portal.")
    enable_ipv4: bool | None = Field(None, description="Look the service up over IPv4; default: the Module's.")
    enable_ipv6: bool | None = Field(None, description="Look the service up over IPv6; default: the Module's.")
    envoy_override: dict[str, Any] | None = Field(None, description="Raw Envoy settings, merged into the route.")
    error_response_overrides: list[ErrorOverride] | None = Field(
        None, min_length=1, description="Bodies for error responses."
    )
    grpc: bool | None = Field(None, description="The service speaks gRPC; default false.")
    headers: dict[str, str] | None = Field(None, description="Headers that must have these values.")
    host: str | None = Field(None, description="Old form of hostname, exact or with host_regex; use hostname.")
    host_redirect: bool | None = Field(None, description="Redirect to service instead of forwarding.")
    host_regex: bool | None = Field(None, description="host is a regular expression; default false.")
    host_rewrite: str | None = Field(None, description="Host header that the service gets.")
    idle_timeout_ms: Milliseconds | None = Field(None, description="Milliseconds of silence; default 300000.")
    keepalive: MappingKeepalive | None = Field(None, description="TCP keepalive to the service.")
    labels: dict[str, list[dict[str, list[RateLimitLabel]]]] | None = Field(
        None, description="Labels for the rate limit service, by domain and group."
    )
    load_balancer: LoadBalancerPolicy | None = Field(None, description="Load balancing; needs an endpoint resolver.")
    method: str | None = Field(None, description="HTTP method it is for; default all.")
    method_regex: bool | None = Field(None, description="method is a regular expression; default false.")
    modules: list[dict[str, Any]] | None = Field(None, description="Emissary ignores it.")
    outlier_detection: str | None = Field(None, description="Emissary ignores it.")
    path_redirect: str | None = Field(None, description="Path to redirect to, with host_redirect.")
    precedence: int | None = Field(None, description="Higher goes first among Mappings that match; default 0.")
    prefix_redirect: str | None = Field(None, description="Prefix to redirect to, with host_redirect.")
    priority: str | None = Field(None, description="Envoy's routing priority: default or high.")
    query_parameters: dict[str, str] | None = Field(None, description="Query parameters that must have these values.")
    redirect_response_code: Literal[301, 302, 303, 307, 308] | None = Field(
        None, description="Status of the redirect; default 301."
    )
    regex_headers: dict[str, str] | None = Field(None, description="Headers that must match these expressions.")
    regex_query_parameters: dict[str, str] | None = Field(
        None, description="Query parameters that must match these expressions."
    )
    regex_redirect: RegexRewrite | None = Field(None, description="Rewrite of the path, with host_redirect.")
    regex_rewrite: RegexRewrite | None = Field(None, description="Rewrite of the path by a regular expression.")
    remove_request_headers: list[str] | None = Field(None, description="Headers taken from the request.")
    remove_response_headers: list[str] | None = Field(None, description="Headers taken from the response.")
    resolver: str | None = Field(None, description="Resolver of the service; default: the Module's.")
    respect_dns_ttl: bool | None = Field(None, description="Look up again as the DNS record says; default false.")
    retry_policy: RetryPolicy | None = Field(None, description="Retries; default: the Module's.")
    rewrite: str | None = Field(None, description="What replaces prefix; default /, empty for no rewrite.")
    shadow: bool | None = Field(None, description="Copy requests there and drop the answers; default false.")
    stats_name: str | None = Field(None, description="Name in the statistics; default from service.")
    timeout_ms: Milliseconds | None = Field(
        None, description="Milliseconds for the whole request; default: the Module's, else 3000; 0 for none."
    )
    tls: str | None = Field(None, description="TLSContext to use towards the service.")
    use_websocket: bool | None = Field(None, description="Old form of allow_upgrade: [websocket].")
    v2BoolHeaders: list[str] | None = Field(None, description="v2 headers that were true; leave it out.")  # noqa: N815
    v2BoolQueryParameters: list[str] | None = Field(  # noqa: N815
        None, description="v2 query parameters that were true; leave it out."
    )
    v2ExplicitTLS: ExplicitTLS | None = Field(None, description="How v2 wrote TLS; leave it out.")  # noqa: N815
    weight: int | None = Field(None, description="Percent of the traffic among equal Mappings.")


class Mapping(Resource):
    kind_name = "Mapping"
    spec: MappingSpec = Field(description="The Mapping as Emissary's CRD has it.")
