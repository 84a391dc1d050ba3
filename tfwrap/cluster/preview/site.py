"""What one Emissary would see: the resources with its ambassador_id, where it watches, and what it makes of them.

Hosts that Emissary would leave out are left out here too, and named. Knows nothing of Envoy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tfwrap.stacks.emissary.config import default_listeners
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.mapping import MappingSpec
from tfwrap.stacks.emissary.module_values import module_values
from tfwrap.stacks.emissary.resources import Host, HostSpec, Listener, ListenerSpec, Resource, TLSContext, TlsFields

SecretName = tuple[str, str]  # namespace, name
_Resource = TypeVar("_Resource", bound=Resource)


@dataclass(frozen=True)
class Unsupported:
    """Something in the settings that a preview does not do, or does in another way."""

    resource: str
    field: str
    reason: str


@dataclass(frozen=True)
class SiteHost:
    name: str
    namespace: str
    labels: Mapping[str, str]
    hostname: str
    insecure: str  # Redirect, Reject or Route
    selector: Mapping[str, str] | None
    secret: SecretName | None  # None: no TLS
    tls: TlsFields | None


@dataclass(frozen=True)
class SiteListener:
    name: str
    namespace: str
    port: int
    protocol: str  # as it stands in the settings
    layers: tuple[str, ...]
    security: str  # XFP, SECURE or INSECURE
    hops: int
    everywhere: bool
    selector: Mapping[str, str]

    def takes(self, host: SiteHost) -> bool:
        return (self.everywhere or self.namespace == host.namespace) and matches_labels(self.selector, host.labels)


@dataclass(frozen=True)
class SiteMapping:
    name: str
    namespace: str
    labels: Mapping[str, str]
    spec: MappingSpec

    @property
    def title(self) -> str:
        return f"Mapping {self.name}"


@dataclass(frozen=True)
class Site:
    namespace: str
    module: Mapping[str, Any]
    listeners: Sequence[SiteListener]
    hosts: Sequence[SiteHost]
    mappings: Sequence[SiteMapping]
    contexts: Mapping[str, TlsFields]
    unsupported: Sequence[Unsupported] = field(default=())


def matches_labels(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in wanted.items())


def read_site(install: Install) -> Site:
    notes: list[Unsupported] = []
    contexts = {one.name: one for one in _seen(install, install.tls_contexts, notes)}
    hosts = [_host(one, install, contexts, notes) for one in _seen(install, install.hosts, notes)]
    kept = [host for host in hosts if host is not None]
    listeners = [*default_listeners(install), *_seen(install, install.listeners or (), notes)]
    for other in install.resources:
        reason = "a preview runs Envoy alone: this resource has no effect"
        notes.append(Unsupported(f"{other.kind} {other.name}", "spec", reason))
    return Site(
        namespace=install.namespace,
        module=module_values(install),
        listeners=[_listener(one, install, notes) for one in listeners],
        hosts=kept or [_made_up(install, notes)],
        mappings=[
            SiteMapping(one.name, one.namespace or install.namespace, one.labels or {}, one.spec)
            for one in _seen(install, install.mappings, notes)
        ],
        contexts={name: context.spec for name, context in contexts.items()},
        unsupported=notes,
    )


def _seen(install: Install, resources: Iterable[_Resource], notes: list[Unsupported]) -> list[_Resource]:
    """Those that this Emissary reads; the others it passes over in silence, so they are said here."""
    seen: list[_Resource] = []
    for one in resources:
        ids: Sequence[str] = getattr(one, "spec").ambassador_id or (install.ambassador_id,)  # noqa: B009
        title = f"{one.kind_name} {one.name}"
        if install.ambassador_id not in ids:
            notes.append(Unsupported(title, "ambassador_id", "another Emissary's: this one does not read it"))
        elif install.single_namespace and one.namespace not in (None, install.namespace):
            notes.append(Unsupported(title, "namespace", "this Emissary watches only its own namespace"))
        else:
            seen.append(one)
    return seen


def _host(
    host: Host, install: Install, contexts: Mapping[str, TLSContext], notes: list[Unsupported]
) -> SiteHost | None:
    title, spec = f"Host {host.name}", host.spec
    _note_host_fields(title, spec, notes)
    namespace = host.namespace or install.namespace
    secret, tls = None, spec.tls
    if spec.tlsSecret and spec.tlsSecret.name:
        secret = (spec.tlsSecret.namespace or namespace, spec.tlsSecret.name)
        # A TLSContext `<host>-context` is taken without being named.
        wanted = spec.tlsContext.name if spec.tlsContext else None
        named = wanted or (f"{host.name}-context" if tls is None and f"{host.name}-context" in contexts else None)
        if named and (tls is not None or named not in contexts):
            reason = "tls is set as well" if tls is not None else f"there is no TLSContext {named}"
            notes.append(Unsupported(title, "tlsContext", f"Emissary leaves the Host out: {reason}"))
            return None
        tls = contexts[named].spec if named else tls
    selector = spec.mappingSelector or spec.selector
    policy = spec.requestPolicy.insecure if spec.requestPolicy else None
    return SiteHost(
        name=host.name,
        namespace=namespace,
        labels=host.labels or {},
        hostname=spec.hostname or "*",
        insecure=(policy.action if policy else None) or "Redirect",
        selector=selector.matchLabels or {} if selector else None,
        secret=secret,
        tls=tls if secret else None,
    )


def _note_host_fields(title: str, spec: HostSpec, notes: list[Unsupported]) -> None:
    insecure = spec.requestPolicy.insecure if spec.requestPolicy else None
    if insecure and insecure.additionalPort is not None:
        notes.append(Unsupported(title, "requestPolicy.insecure.additionalPort", "Emissary 3 opens ports by Listeners"))
    for name in ("acmeProvider", "previewUrl"):
        if getattr(spec, name) is not None:
            notes += [Unsupported(title, name, "belongs to Edge Stack")]
    for name in ("mappingSelector", "selector"):
        selector = getattr(spec, name)
        if selector is not None and selector.matchExpressions:
            notes += [Unsupported(title, f"{name}.matchExpressions", "Emissary looks at matchLabels only")]


def _made_up(install: Install, notes: list[Unsupported]) -> SiteHost:
    """Without any Host, Emissary serves every Mapping in clear text."""
    reason = "there is no Host, so Emissary makes one up for * and routes clear text"
    notes.append(Unsupported("Host default-host", "hostname", reason))
    return SiteHost("default-host", install.namespace, {}, "*", "Route", None, None, None)


def _listener(listener: Listener, install: Install, notes: list[Unsupported]) -> SiteListener:
    spec: ListenerSpec = listener.spec
    binding, title = spec.hostBinding, f"Listener {listener.name}"
    if binding.selector and binding.selector.matchExpressions:
        reason = "Emissary looks at matchLabels only"
        notes.append(Unsupported(title, "hostBinding.selector.matchExpressions", reason))
    return SiteListener(
        name=listener.name,
        namespace=listener.namespace or install.namespace,
        port=spec.port,
        protocol=spec.protocol or "/".join(spec.layers),
        layers=spec.layers,
        security=spec.securityModel,
        hops=spec.l7Depth or 0,
        everywhere=bool(binding.namespace and binding.namespace.from_ == "ALL"),
        selector=(binding.selector.matchLabels or {}) if binding.selector else {},
    )
