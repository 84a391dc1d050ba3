"""A group of Mappings as Envoy routes, and what becomes of them on a Host: routed, sent to https, or left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfwrap.cluster.preview.clusters import cluster_name, seconds
from tfwrap.cluster.preview.fields import HANDLED, WHY_NOT
from tfwrap.cluster.preview.groups import Condition, Group, Member
from tfwrap.cluster.preview.site import SiteHost, SiteMapping, Unsupported
from tfwrap.stacks.emissary.mapping import AddedHeader, Cors, LoadBalancerPolicy, MappingSpec

Envoy = dict[str, Any]

ECHO_HEADER = "x-tfwrap-service"  # tells the echo which service it stands for; it takes it off again
_TIMEOUT_MS = 3000
_ALL = 100  # per cent
_CORS = "envoy.filters.http.cors"
_REDIRECTS = {
    301: "MOVED_PERMANENTLY",
    302: "FOUND",
    303: "SEE_OTHER",
    307: "TEMPORARY_REDIRECT",
    308: "PERMANENT_REDIRECT",
}
_CORS_NAMES = {"methods": "allow_methods", "headers": "allow_headers", "exposed_headers": "expose_headers"}


def group_routes(group: Group, module: Mapping[str, Any], echoed: Mapping[str, str]) -> list[Envoy]:
    """The routes of a group before any Host has a say. `echoed`: cluster name -> service the echo stands for."""
    if group.redirect:
        return [{**_match(group, Member(group.redirect, _ALL, _ALL)), "redirect": _redirect(group.redirect)}]
    return [_route(group, member, module, echoed) for member in group.members]


def on_host(routes: list[Envoy], host: SiteHost, security: str) -> Iterator[Envoy]:
    """Variants by what the Listener believes about a request: secure ones first, as Emissary writes them."""
    for route in routes:
        if security != "INSECURE":
            yield route if security == "SECURE" else _only_https(route)
        if security == "SECURE" or host.insecure == "Reject":
            continue
        if host.insecure == "Redirect":
            kept = {
                key: value
                for key, value in route.items()
                if key not in ("route", "redirect", "typed_per_filter_config")
            }
            yield {**kept, "redirect": {"https_redirect": True}}
        else:
            yield route


def note_fields(mapping: SiteMapping, notes: list[Unsupported]) -> None:
    """Every field that is set and that nothing here looks at."""
    notes += [
        Unsupported(mapping.title, name, WHY_NOT.get(name, "is not looked at by the preview"))
        for name in sorted(mapping.spec.model_fields_set - HANDLED)
        if getattr(mapping.spec, name) is not None
    ]


def _only_https(route: Envoy) -> Envoy:
    headers = [
        *route["match"].get("headers", ()),
        {"name": "x-forwarded-proto", "string_match": {"exact": "https"}},
    ]
    return {**route, "match": {**route["match"], "headers": headers}}


def _match(group: Group, member: Member) -> Envoy:
    spec = member.mapping.spec
    match: Envoy = {}
    if spec.prefix_regex:
        match["safe_regex"] = {"regex": spec.prefix}
    else:
        match["path" if spec.prefix_exact else "prefix"] = spec.prefix
        match["case_sensitive"] = spec.case_sensitive is not False
    if member.threshold != _ALL:
        share = {"numerator": member.threshold, "denominator": "HUNDRED"}
        match["runtime_fraction"] = {"default_value": share}
    if headers := [one for one in map(_header, group.headers) if one]:
        match["headers"] = headers
    if group.queries:
        match["query_parameters"] = [_query(one) for one in group.queries]
    return {"name": member.mapping.name, "match": match}


def _header(condition: Condition) -> Envoy | None:
    name, value = condition.name, condition.value or ""
    if condition.regex:
        return {"name": name, "string_match": {"safe_regex": {"regex": value}}}
    if name == ":authority":
        if value == "*":
            return None
        if value.startswith("*"):
            return {"name": name, "string_match": {"suffix": value[1:]}}
        if value.endswith("*"):
            return {"name": name, "string_match": {"prefix": value[:-1]}}
    return {"name": name, "string_match": {"exact": value}}


def _query(condition: Condition) -> Envoy:
    how = {"safe_regex": {"regex": condition.value}} if condition.regex else {"exact": condition.value}
    return {"name": condition.name, "string_match": how}


def _redirect(mapping: SiteMapping) -> Envoy:
    spec = mapping.spec
    redirect: Envoy = {"host_redirect": spec.service}
    if spec.path_redirect:
        redirect["path_redirect"] = spec.path_redirect
    elif spec.prefix_redirect:
        redirect["prefix_rewrite"] = spec.prefix_redirect
    elif spec.regex_redirect:
        redirect["regex_rewrite"] = {
            "pattern": {"regex": spec.regex_redirect.pattern or ""},
            "substitution": spec.regex_redirect.substitution or "",
        }
    if spec.redirect_response_code:
        redirect["response_code"] = _REDIRECTS[spec.redirect_response_code]
    return redirect


def _route(group: Group, member: Member, module: Mapping[str, Any], echoed: Mapping[str, str]) -> Envoy:
    cluster = cluster_name(member.mapping)
    route = _match(group, member)
    specs = [one.mapping.spec for one in group.members]
    added = {name: _added(name, one) for spec in specs for name, one in _request_headers(spec, module)}
    if cluster in echoed:
        added[ECHO_HEADER] = _added(ECHO_HEADER, AddedHeader(value=echoed[cluster], append=False))
    answers = {name: _added(name, one) for spec in specs for name, one in (spec.add_response_headers or {}).items()}
    facts = {
        "request_headers_to_add": list(added.values()),
        "response_headers_to_add": list(answers.values()),
        "request_headers_to_remove": _of_all(group, "remove_request_headers"),
        "response_headers_to_remove": _of_all(group, "remove_response_headers"),
    }
    route |= {key: value for key, value in facts.items() if value}
    if cors := _cors(_of_all(group, "cors"), module):
        route["typed_per_filter_config"] = {_CORS: cors}
    return {**route, "route": _action(group, member.mapping.spec, cluster, module)}


def _of_all(group: Group, field: str) -> Any:
    """Most settings belong to the group: the last Mapping that has one decides for all of them."""
    values = [getattr(one.mapping.spec, field) for one in group.members]
    return next((value for value in reversed(values) if value is not None), None)


def _action(group: Group, spec: MappingSpec, cluster: str, module: Mapping[str, Any]) -> Envoy:
    timeout = spec.timeout_ms if spec.timeout_ms is not None else module.get("cluster_request_timeout_ms", _TIMEOUT_MS)
    action: Envoy = {"cluster": cluster, "timeout": seconds(timeout), **_rewrites(group, spec)}
    if priority := _of_all(group, "priority"):
        action["priority"] = priority.upper()
    if spec.idle_timeout_ms is not None:
        action["idle_timeout"] = seconds(spec.idle_timeout_ms)
    if hashing := _hash(_of_all(group, "load_balancer"), module):
        action["hash_policy"] = [hashing]
    own = _of_all(group, "retry_policy")
    if retry := own.model_dump(exclude_none=True) if own else module.get("retry_policy"):
        action["retry_policy"] = retry
    if group.shadow:
        weight = group.shadow.spec.weight
        share = {"numerator": _ALL if weight is None else weight, "denominator": "HUNDRED"}
        mirror = {"cluster": cluster_name(group.shadow), "runtime_fraction": {"default_value": share}}
        action["request_mirror_policies"] = [mirror]
    upgrades = [*(_of_all(group, "allow_upgrade") or ()), *(("websocket",) if _of_all(group, "use_websocket") else ())]
    if upgrades:
        action["upgrade_configs"] = [{"upgrade_type": one} for one in dict.fromkeys(upgrades)]
    return action


def _rewrites(group: Group, spec: MappingSpec) -> Envoy:
    action: Envoy = {}
    if regex := _of_all(group, "regex_rewrite"):
        pattern = {"regex": regex.pattern or ""}
        action["regex_rewrite"] = {"pattern": pattern, "substitution": regex.substitution or ""}
    elif spec.rewrite != "":
        action["prefix_rewrite"] = spec.rewrite or "/"
    if spec.host_rewrite is not None:
        action["host_rewrite_literal"] = spec.host_rewrite
    elif spec.auto_host_rewrite is not None:
        action["auto_host_rewrite"] = spec.auto_host_rewrite
    return action


def _request_headers(spec: MappingSpec, module: Mapping[str, Any]) -> Iterator[tuple[str, AddedHeader]]:
    yield from (spec.add_request_headers or {}).items()
    linkerd = spec.add_linkerd_headers
    if linkerd or (linkerd is None and module.get("add_linkerd_headers")):
        host = spec.service.partition("://")[2] or spec.service
        yield "l5d-dst-override", AddedHeader(value=host if ":" in host else f"{host}:80")


def _added(name: str, header: AddedHeader) -> Envoy:
    """Headers are appended unless the Mapping says otherwise."""
    how = "OVERWRITE_IF_EXISTS_OR_ADD" if header.append is False else "APPEND_IF_EXISTS_OR_ADD"
    return {"header": {"key": name, "value": header.value or ""}, "append_action": how, "keep_empty_value": True}


def _cors(own: Cors | None, module: Mapping[str, Any]) -> Envoy | None:
    given = module.get("cors")
    cors = Cors.model_validate(given) if own is None and given else own
    if cors is None:
        return None
    policy: Envoy = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
        # Emissary compares origins as texts, `*` too, which Envoy's filter takes for every origin.
        "allow_origin_string_match": [{"exact": origin} for origin in cors.origins or ()],
    }
    for name, called in _CORS_NAMES.items():
        if value := getattr(cors, name):
            policy[called] = ", ".join(value)
    if cors.max_age:
        policy["max_age"] = cors.max_age
    if cors.credentials:
        policy["allow_credentials"] = True
    return policy


def _hash(own: LoadBalancerPolicy | None, module: Mapping[str, Any]) -> Envoy | None:
    balancer = own.model_dump(exclude_none=True) if own else module.get("load_balancer")
    if not balancer or balancer.get("policy") not in ("ring_hash", "maglev"):
        return None
    if cookie := balancer.get("cookie"):
        return {"cookie": {key: cookie[key] for key in ("name", "path", "ttl") if key in cookie}}
    if "header" in balancer:
        return {"header": {"header_name": balancer["header"]}}
    return {"connection_properties": {"source_ip": bool(balancer.get("source_ip"))}}
