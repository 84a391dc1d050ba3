"""How the generated folders reach the cluster: the helm provider, and the google one where the cluster is GKE.

With a kubeconfig nothing is written: the provider reads its environment, so that no path of one machine is
committed. Never `experiments { manifest }`: with it a first plan fails, since the CRDs are not there yet.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Problem
from tfwrap.hcl.nodes import Attribute, Block, Body, Call, Comment, Template, Traversal
from tfwrap.settings.environment import Environment, ProviderSettings
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.model import USERS_KUBECONFIG, ProviderRequirement

_HELM = ("hashicorp/helm", ">= 1.3.2, < 4")
GOOGLE = ("hashicorp/google", ">= 6, < 8")
_Version = tuple[int, ...]
_ATTRIBUTES_SINCE: _Version = (3, 0, 0)  # helm provider: `kubernetes = {}` from here on, a block before


@dataclass(frozen=True)
class ClusterAccess:
    requirements: tuple[ProviderRequirement, ...]
    blocks: tuple[Block, ...]
    environment: Mapping[str, str]


def cluster_access(environment: Environment, settings: EmissarySettings) -> ClusterAccess:
    own = settings.providers.get("helm", ProviderSettings())
    version = own.version or _HELM[1]
    below, attributes = _allows(version)
    if settings.cluster.access == "kubeconfig":
        helm = ProviderRequirement("helm", own.source or _HELM[0], version)
        configured = (
            [Block("provider", ("helm",), provider_body(own.config, attributes=attributes))] if own.config else []
        )
        return ClusterAccess((helm,), tuple(configured), _kubeconfig(environment, settings))
    narrowed = below and attributes
    if narrowed:
        version = f"{version}, >= 3.0" if own.version else ">= 3.0, < 4"
    google = settings.providers.get("google", ProviderSettings())
    requirements = (
        ProviderRequirement("google", google.source or GOOGLE[0], google.version or GOOGLE[1]),
        ProviderRequirement("helm", own.source or _HELM[0], version),
    )
    blocks = (
        *google_blocks(google.config),
        _helm(own.config, attributes=attributes, narrowed=narrowed),
    )
    return ClusterAccess(requirements, blocks, {})


def provider_problems(environment: Environment, settings: EmissarySettings) -> Iterator[Problem]:
    helm = settings.providers.get("helm")
    if helm and helm.config and "experiments" in helm.config:
        place = environment.document.location(("providers", "helm", "config", "experiments"), key=True)
        message = "providers.helm.config.experiments has no place here: with `manifest` a first plan cannot work"
        yield Problem("E152", message, place, "take it out; the order of the units is what installs the CRDs first")


def _kubeconfig(environment: Environment, settings: EmissarySettings) -> dict[str, str]:
    # Helm provider 1.x reads KUBECONFIG, later ones KUBE_CONFIG_PATH.
    variables = {"KUBE_CONFIG_PATH": USERS_KUBECONFIG}
    if path := kubeconfig_path(environment, settings):
        variables = {"KUBECONFIG": path, "KUBE_CONFIG_PATH": path}
    if settings.cluster.context:
        variables["KUBE_CTX"] = settings.cluster.context
    return variables


def kubeconfig_path(environment: Environment, settings: EmissarySettings) -> str | None:
    """The file that the settings name; a relative path starts from the file it is written in."""
    if settings.cluster.kubeconfig is None:
        return None
    folder = environment.document.folder(("cluster", "kubeconfig"))
    return os.path.normpath(folder / Path(settings.cluster.kubeconfig).expanduser())


def google_blocks(config: Mapping[str, Any] | None) -> tuple[Block, ...]:
    """The google provider, and the data sources that tell how to reach the cluster."""
    return _google(config), Block("data", ("google_client_config", "this")), _cluster()


def _google(config: Mapping[str, Any] | None) -> Block:
    return Block(
        "provider",
        ("google",),
        Body(
            (
                Attribute("project", Traversal("local.project_id")),
                Attribute("region", Traversal("local.cluster_region")),
                *provider_body(config, attributes=False).items,
            )
        ),
    )


def _cluster() -> Block:
    arguments = (
        Attribute("name", Traversal("local.cluster_name")),
        Attribute("location", Traversal("local.cluster_region")),
        Attribute("project", Traversal("local.project_id")),
    )
    return Block("data", ("google_container_cluster", "this"), Body(arguments))


def _helm(config: Mapping[str, Any] | None, *, attributes: bool, narrowed: bool) -> Block:
    cluster = "data.google_container_cluster.this"
    kubernetes: dict[str, Any] = {
        "host": Template(("https://", Traversal(f"{cluster}.endpoint"))),
        "token": Traversal("data.google_client_config.this.access_token"),
        "cluster_ca_certificate": Call(
            "base64decode", (Traversal(f"{cluster}.master_auth[0].cluster_ca_certificate"),)
        ),
    }
    comments = [Comment("The token lives for an hour: a plan saved earlier than that has to be made again.")]
    if narrowed:
        text = "`kubernetes` is an attribute from helm provider 3.0 on, so required_providers asks for that."
        comments.insert(0, Comment(text))
    further = {key: value for key, value in (config or {}).items() if key != "kubernetes"}
    merged = {"kubernetes": {**kubernetes, **(config or {}).get("kubernetes", {})}, **further}
    return Block("provider", ("helm",), Body((*comments, *provider_body(merged, attributes=attributes).items)))


def provider_body(config: Mapping[str, Any] | None, *, attributes: bool) -> Body:
    """Provider arguments; maps are blocks where the provider does not have them as attributes."""
    return Body(
        tuple(
            Block(name, (), provider_body(value, attributes=attributes))
            if isinstance(value, Mapping) and not attributes
            else Attribute(name, value)
            for name, value in (config or {}).items()
        )
    )


def _allows(constraint: str) -> tuple[bool, bool]:
    """Whether versions below 3.0 fit the constraint, and whether later ones do."""
    limits = [_limit(part) for part in constraint.split(",")]
    named = {version for _, version in limits}
    tried = named | {(*version[:2], version[2] + 1) for version in named} | {(2, 999, 999), (3, 0, 0), (3, 999, 999)}
    fitting = [version for version in tried if all(_fits(version, *limit) for limit in limits)]
    return any(version < _ATTRIBUTES_SINCE for version in fitting), any(
        version >= _ATTRIBUTES_SINCE for version in fitting
    )


def _limit(part: str) -> tuple[str, _Version]:
    match = re.match(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?([0-9]+(?:\.[0-9]+){0,2})", part)
    if match is None:
        raise ValueError(part)  # VersionConstraint has checked it
    operator, numbers = match[1] or "=", [int(number) for number in match[2].split(".")]
    if operator == "~>":
        operator = f"~>{len(numbers)}"
    return operator, (*numbers, 0, 0)[:3]


def _fits(version: _Version, operator: str, limit: _Version) -> bool:
    if operator.startswith("~>"):
        # All numbers but the last one written are fixed.
        fixed = int(operator[2:]) - 1
        return version >= limit and version[:fixed] == limit[:fixed]
    return {
        "=": version == limit,
        "!=": version != limit,
        ">": version > limit,
        ">=": version >= limit,
        "<": version < limit,
        "<=": version <= limit,
    }[operator]
