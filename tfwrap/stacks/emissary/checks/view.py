"""All of an environment's Emissary settings at once, as the rules look at them: installs, resources, secrets.

Built once per check; every resource knows its install, its namespace and its place in env.yaml. What several
rules look up by name is indexed here, so that no rule walks all resources for each of them. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from tfwrap.settings.document import Document
from tfwrap.stacks.emissary.config import default_listeners
from tfwrap.stacks.emissary.generic import AnyResource
from tfwrap.stacks.emissary.ignores import Ignore
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.mapping import MappingSpec
from tfwrap.stacks.emissary.resources import HostSpec, ListenerSpec, Resource, SecretReference, TLSContextSpec
from tfwrap.stacks.emissary.settings import EmissarySettings, ExternalSecret

Path: TypeAlias = tuple[str | int, ...]
SecretName: TypeAlias = tuple[str, str]  # namespace, name
Spec = TypeVar("Spec")

RESOLVERS = ("ConsulResolver", "KubernetesEndpointResolver", "KubernetesServiceResolver")
# What Emissary has without being asked; `endpoint` is its older name.
BUILT_IN_RESOLVERS = {
    "kubernetes-service": "KubernetesServiceResolver",
    "kubernetes-endpoint": "KubernetesEndpointResolver",
    "endpoint": "KubernetesEndpointResolver",
}


@dataclass(frozen=True)
class Item(Generic[Spec]):
    """A resource. `path` is where it is written, or its install's `listeners` if a chart makes it."""

    kind: str
    name: str
    namespace: str
    spec: Spec
    path: Path
    ambassador_ids: tuple[str, ...]
    own_namespace: bool = False  # the settings name the namespace
    labels: Map[str, str] = field(default_factory=dict)
    ignore: Sequence[Ignore] = ()

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"

    def at(self, *steps: str | int) -> Path:
        """The place of a field of the spec."""
        return (*self.path, "spec", *steps)


Host: TypeAlias = Item[HostSpec]
TLSContext: TypeAlias = Item[TLSContextSpec]
Mapping: TypeAlias = Item[MappingSpec]
Listener: TypeAlias = Item[ListenerSpec]
Other: TypeAlias = Item[Map[str, Any]]


@dataclass(frozen=True)
class InstallView:
    name: str
    settings: Install
    hosts: tuple[Host, ...]
    tls_contexts: tuple[TLSContext, ...]
    mappings: tuple[Mapping, ...]
    listeners: tuple[Listener, ...]
    others: tuple[Other, ...]

    @property
    def title(self) -> str:
        return f"install {self.name}"

    @property
    def path(self) -> Path:
        return ("installs", self.name)

    @property
    def ignore(self) -> Sequence[Ignore]:
        return self.settings.ignore

    def at(self, *steps: str | int) -> Path:
        return (*self.path, *steps)

    def of_kind(self, *kinds: str) -> tuple[Other, ...]:
        return tuple(item for item in self.others if item.kind in kinds)

    @cached_property
    def resources(self) -> tuple[Item[Any], ...]:
        return (*self.hosts, *self.tls_contexts, *self.mappings, *self.listeners, *self.others)

    @cached_property
    def contexts_by_name(self) -> Map[str, TLSContext]:
        """Emissary looks a TLSContext up by its bare name, and the first one wins."""
        return {context.name: context for context in reversed(self.tls_contexts)}

    @cached_property
    def resolver_kinds(self) -> Map[str, str]:
        own = {self.settings.resolver.name: "KubernetesEndpointResolver"} if self.settings.resolver else {}
        return {**BUILT_IN_RESOLVERS, **own, **{item.name: item.kind for item in self.of_kind(*RESOLVERS)}}

    @property
    def default_resolver(self) -> str:
        """What resolves a Mapping that names no resolver."""
        resolver = self.settings.resolver
        return self.settings.module.resolver or (
            resolver.name if resolver and resolver.default else "kubernetes-service"
        )


@dataclass(frozen=True)
class View:
    settings: EmissarySettings
    document: Document
    now: datetime
    installs: tuple[InstallView, ...]

    @cached_property
    def secrets(self) -> Map[SecretName, tuple[int, ExternalSecret]]:
        """Declared secrets, with their index in `external_secrets`."""
        listed = enumerate(self.settings.external_secrets)
        return {(secret.namespace, secret.name): (index, secret) for index, secret in listed}

    @cached_property
    def secret_namespaces(self) -> Map[str, tuple[str, ...]]:
        """By the name of a secret, the namespaces it is declared in."""
        found: dict[str, tuple[str, ...]] = {}
        for namespace, name in self.secrets:
            found[name] = (*found.get(name, ()), namespace)
        return found


def build_view(settings: EmissarySettings, document: Document, now: datetime) -> View:
    installs = tuple(_install(name, install) for name, install in settings.installs.items())
    return View(settings, document, now, installs)


def tls_secret(host: Host) -> SecretReference | None:
    """The Host's tlsSecret, if it names one: without a name Emissary does not look at TLS at all."""
    secret = host.spec.tlsSecret
    return secret if secret and secret.name else None


def secret_name(host: Host, secret: SecretReference) -> SecretName:
    """Where Emissary looks the Host's secret up."""
    return secret.namespace or host.namespace, secret.name or ""


def _install(name: str, install: Install) -> InstallView:
    path: Path = ("installs", name)

    def items(key: str, resources: Sequence[Resource | AnyResource]) -> tuple[Item[Any], ...]:
        return tuple(_item(install, resource, (*path, key, index)) for index, resource in enumerate(resources))

    made = [_item(install, listener, (*path, "listeners")) for listener in default_listeners(install)]
    return InstallView(
        name,
        install,
        items("hosts", install.hosts),
        items("tls_contexts", install.tls_contexts),
        items("mappings", install.mappings),
        (*made, *items("listeners", install.listeners or ())),
        items("resources", install.resources),
    )


def _item(install: Install, resource: Resource | AnyResource, path: Path) -> Item[Any]:
    spec: Any = resource.spec  # type: ignore[union-attr] # every kind of Resource has one
    written = spec.get("ambassador_id") if isinstance(spec, dict) else spec.ambassador_id
    return Item(
        kind=resource.kind if isinstance(resource, AnyResource) else resource.kind_name,
        name=resource.name,
        namespace=resource.namespace or install.namespace,
        spec=spec,
        path=path,
        ambassador_ids=(install.ambassador_id,) if written is None else tuple(written),
        own_namespace=resource.namespace is not None,
        labels=resource.labels or {},
        ignore=resource.ignore,
    )
