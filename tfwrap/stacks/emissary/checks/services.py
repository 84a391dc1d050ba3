"""Where Mappings send requests: expressions, services, resolvers, load balancing: R30 to R35."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from tfwrap.base.suggest import did_you_mean
from tfwrap.stacks.emissary.checks.expressions import expression_fault
from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.view import RESOLVERS, InstallView, Item, View
from tfwrap.stacks.emissary.mapping import LoadBalancerPolicy, MappingSpec

_SERVICE = re.compile(
    r"((?P<scheme>[^:/?#]+)://)?(?P<name>\[[^\]]*\]|[^:/?#]*)(:(?P<port>[^/?#]*))?(?P<rest>[/?#].*)?", re.DOTALL
)
_HIGHEST_PORT: Final = 65535
_LARGEST_EXPRESSION: Final = 200  # Emissary's default for regex_max_size
_HASHES: Final = ("cookie", "header", "source_ip")


def broken_expression(view: View) -> Iterator[Finding]:
    """R30."""
    for install in view.installs:
        most = install.settings.module.regex_max_size or _LARGEST_EXPRESSION
        for mapping in install.mappings:
            for expression, path in _expressions(mapping.spec):
                fault = expression_fault(expression, most)
                if fault:
                    message = (
                        f"the expression {expression} in {mapping.title} {fault}: Envoy rejects the whole configuration"
                    )
                    yield Finding(mapping, mapping.at(*path), message, "Envoy has RE2, see its syntax page")


def broken_service(view: View) -> Iterator[Finding]:
    """R31."""
    for install in view.installs:
        for mapping in install.mappings:
            spec = mapping.spec
            if fault := _service_fault(spec):
                message, hint = fault
                yield Finding(
                    mapping, mapping.at("service"), f'service "{spec.service}" of {mapping.title} {message}', hint
                )
            if spec.tls is not None and spec.tls not in install.contexts_by_name:
                message = (
                    f"{mapping.title} names TLSContext {spec.tls}, which does not exist: requests go out in clear text"
                )
                hint = did_you_mean(spec.tls, install.contexts_by_name) or "add it to tls_contexts"
                yield Finding(mapping, mapping.at("tls"), message, hint)
        for item in install.of_kind("TCPMapping"):
            port = re.search(r":(\d+)$", item.spec["service"])
            if port and not 0 < int(port[1]) <= _HIGHEST_PORT:
                message = (
                    f'service "{item.spec["service"]}" of {item.title} has no port of 1 to 65535: it gets no traffic'
                )
                yield Finding(item, item.at("service"), message, "write service.namespace:port")


def unqualified_service(view: View) -> Iterator[Finding]:
    """R32. A Mapping that names its namespace means the services there."""
    for install in view.installs:
        in_own = bool(install.settings.module.use_ambassador_namespace_for_service_resolution)
        for mapping in install.mappings:
            if mapping.spec.host_redirect or (mapping.own_namespace and not in_own):
                continue
            if _resolver_kind(install, mapping.spec.resolver) == "ConsulResolver":
                continue
            match = _SERVICE.fullmatch(mapping.spec.service)
            name = match["name"] if match else ""
            if name and name != "localhost" and "." not in name and not name.startswith("["):
                where = install.settings.namespace if in_own else mapping.namespace
                message = (
                    f'service "{mapping.spec.service}" of {mapping.title} means {name}.{where}, in the namespace of '
                    "Emissary: if it is elsewhere, requests fail (503)"
                )
                yield Finding(mapping, mapping.at("service"), message, f"write {name}.<namespace of the service>")


def unknown_resolver(view: View) -> Iterator[Finding]:
    """R33."""
    for install in view.installs:
        known = install.resolver_kinds
        resolver, default = install.settings.resolver, install.settings.module.resolver
        twice = resolver is not None and resolver.default  # E151 tells of a default beside another
        if default is not None and default not in known and not twice:
            message = (
                f"module.resolver of {install.title} is {default}, which does not exist: Emissary drops all Mappings"
            )
            hint = did_you_mean(default, known) or f"known: {', '.join(known)}"
            yield Finding(install, install.at("module", "resolver"), message, hint)
        for item, name in _resolver_names(install):
            if name not in known:
                message = f"resolver {name} of {item.title} does not exist: Emissary drops the {item.kind}"
                hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
                yield Finding(item, item.at("resolver"), message, hint)


def broken_load_balancer(view: View) -> Iterator[Finding]:
    """R34."""
    for install in view.installs:
        module = install.settings.module.load_balancer
        if module and (fault := _policy_fault(module)):
            message = f"module.load_balancer of {install.title} {fault}: Emissary refuses the Module's settings"
            yield Finding(install, install.at("module", "load_balancer"), message, _policy_hint())
        for mapping in install.mappings:
            policy = mapping.spec.load_balancer
            if policy is None:
                continue
            if _resolver_kind(install, mapping.spec.resolver) == "KubernetesServiceResolver":
                message = (
                    f"{mapping.title} has load_balancer {policy.policy}, but kube-proxy balances what resolver "
                    f"{mapping.spec.resolver or install.default_resolver} finds: Emissary drops the Mapping"
                )
                hint = "name an endpoint resolver, say resolver: kubernetes-endpoint"
                yield Finding(mapping, mapping.at("load_balancer"), message, hint)
            elif fault := _policy_fault(policy):
                message = f"load_balancer of {mapping.title} {fault}: Emissary drops the Mapping"
                yield Finding(mapping, mapping.at("load_balancer"), message, _policy_hint())


def unused_resolver(view: View) -> Iterator[Finding]:
    """R35."""
    for install in view.installs:
        used = {install.default_resolver, *(name for _, name in _resolver_names(install))}
        resolver = install.settings.resolver
        hint = "name it in a Mapping, make it the default (resolver: {default: true}), or take it out"
        if resolver and resolver.name not in used and not resolver.default:
            message = f"resolver {resolver.name} of {install.title} is made, but nothing uses it"
            yield Finding(install, install.at("resolver", "name"), message, hint)
        for item in install.of_kind(*RESOLVERS):
            if item.name not in used:
                yield Finding(item, (*item.path, "name"), f"{item.title} is made, but nothing uses it", hint)


def _expressions(spec: MappingSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    if spec.prefix_regex:
        yield spec.prefix, ("prefix",)
    if spec.method_regex and spec.method:
        yield spec.method, ("method",)
    if spec.host_regex and spec.host and not spec.hostname:
        yield spec.host, ("host",)
    for field in ("regex_rewrite", "regex_redirect"):
        rewrite = getattr(spec, field)
        if rewrite and rewrite.pattern:
            yield rewrite.pattern, (field, "pattern")
    for field in ("regex_headers", "regex_query_parameters"):
        for key, expression in (getattr(spec, field) or {}).items():
            yield expression, (field, key)


def _service_fault(spec: MappingSpec) -> tuple[str, str] | None:  # noqa: PLR0911 - one return per fault
    match = _SERVICE.fullmatch(spec.service.strip())
    form = "write [http:// or https://]service.namespace[:port]"
    if match is None:
        return "is malformed: Emissary ignores it", form
    scheme, name, port, rest = match["scheme"], match["name"], match["port"], match["rest"]
    if not name:
        return "names no service: Emissary ignores it", form
    if scheme and scheme.lower() not in ("http", "https"):
        return f"has the unknown scheme {scheme}, which Emissary takes for http", form
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST_PORT):
        return f'has the port "{port}", which is not one of 1 to 65535: Emissary ignores it or takes port 80', form
    if rest:
        return f'has "{rest}" behind the service, which Emissary ignores', "use rewrite for paths"
    if scheme and scheme.lower() == "http" and spec.tls is not None:
        return f"says http:// beside tls: {spec.tls}, and Emissary speaks TLS all the same", "keep one of the two"
    return None


def _resolver_names(install: InstallView) -> Iterator[tuple[Item[Any], str]]:
    for mapping in install.mappings:
        if mapping.spec.resolver:
            yield mapping, mapping.spec.resolver
    for item in install.of_kind("TCPMapping"):
        if item.spec.get("resolver"):
            yield item, item.spec["resolver"]


def _resolver_kind(install: InstallView, name: str | None) -> str | None:
    return install.resolver_kinds.get(name or install.default_resolver)


def _policy_fault(policy: LoadBalancerPolicy) -> str | None:
    given = [key for key in _HASHES if getattr(policy, key) is not None]
    if policy.policy in ("ring_hash", "maglev"):
        if len(given) != 1:
            return (
                f"with policy {policy.policy} names {' and '.join(given) or 'nothing'} to hash, not exactly one thing"
            )
    elif given:
        return f"with policy {policy.policy} takes no {' or '.join(given)}"
    return None


def _policy_hint() -> str:
    return "ring_hash and maglev need one of cookie, header and source_ip; the other policies none"
