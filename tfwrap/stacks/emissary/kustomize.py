"""The units of an Emissary environment with `method: kustomize`: the same three kinds, applied as plain manifests.

Each unit's folder holds its overlay beside its Terraform; the kustomization provider builds and applies it. The
bases are tfwrap's own folders, so that building needs no network.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tfwrap.base.problems import Problem
from tfwrap.hcl.nodes import Attribute, Block, Body, Call, Comment, Template, Traversal
from tfwrap.settings.backends import resolve_backend
from tfwrap.settings.environment import Environment, ProviderSettings
from tfwrap.stacks.emissary.local_values import crds_locals
from tfwrap.stacks.emissary.overlay import Files, config_overlay, crds_overlay, ingress_overlay
from tfwrap.stacks.emissary.providers import (
    GOOGLE,
    ClusterAccess,
    google_blocks,
    kubeconfig_path,
    provider_body,
)
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.emissary.units import CRDS, config_unit_name, ingress_unit_name
from tfwrap.stacks.model import LocalModule, Output, ProviderRequirement, Unit

MODULE = "emissary-kustomize"
_PROVIDER = ("kbst/kustomization", ">= 0.9.6, < 1")
_CRDS_BASES = ("emissary-crds", "emissary-ingress/roles")
_INGRESS_BASE = "emissary-ingress/base"


def build_kustomize_units(environment: Environment, settings: EmissarySettings) -> tuple[Unit, ...]:
    access = _access(environment, settings)
    modules = environment.project.modules
    shared = [modules / base for base in _CRDS_BASES]
    units = [
        _unit(
            environment,
            settings,
            access,
            name=CRDS,
            overlay=crds_overlay(_relative(environment, CRDS, shared)),
            bases=shared,
            place=("installs",),
            tags=("crds",),
            notes=(
                "Emissary's CRDs and roles, shared by all installs. A plan that would destroy a CRD fails: with it",
                "would go every resource of its kind. tfwrap destroy ENV leaves this unit and destroys the others.",
            ),
            kept="with a CRD would go every resource of its kind",
        )
    ]
    for name, install in settings.installs.items():
        ingress, base = ingress_unit_name(name), modules / _INGRESS_BASE
        (path,) = _relative(environment, ingress, [base])
        units += [
            _unit(
                environment,
                settings,
                access,
                name=ingress,
                overlay=ingress_overlay(name, install, path),
                bases=[base],
                place=("installs", name),
                tags=("ingress", name),
                after=(CRDS,),
                notes=(f"Emissary itself, install {name}: reads resources with its own ambassador_id only.",),
            ),
            _unit(
                environment,
                settings,
                access,
                name=config_unit_name(name),
                overlay=config_overlay(name, install),
                place=("installs", name),
                tags=("config", name),
                after=(ingress,),
                notes=(f"Listeners, Hosts, TLSContexts and Mappings of install {name}.",),
            ),
        ]
    return tuple(units)


def kustomize_problems(environment: Environment, settings: EmissarySettings) -> Iterator[Problem]:
    """Settings that only charts have."""
    document = environment.document
    for role in ("crds", "ingress", "config"):
        if getattr(settings.charts, role) != "bundled":
            place = document.location(("charts", role), key=True)
            message = f"charts.{role} names a chart, and method: kustomize installs none"
            yield Problem("E680", message, place, "take it out, or write method: helm")
    for name, install in settings.installs.items():
        if install.canary:
            place = document.location(("installs", name, "canary"), key=True)
            message = f"installs.{name}.canary is not there with method: kustomize"
            hint = "take it out: the canary of the charts has no pods either; weights of Mappings do what is meant"
            yield Problem("E681", message, place, hint)


def _unit(
    environment: Environment,
    settings: EmissarySettings,
    access: ClusterAccess,
    *,
    name: str,
    overlay: Files,
    place: tuple[str, ...],
    tags: tuple[str, ...],
    notes: tuple[str, ...],
    bases: Iterable[Path] = (),
    after: tuple[str, ...] = (),
    kept: str | None = None,
) -> Unit:
    project = environment.project
    return Unit(
        name=name,
        module=LocalModule(project.modules / MODULE),
        arguments={"path": Traversal("path.module")},
        location=environment.document.location(place, key=True),
        backend=resolve_backend(settings.backend, root=project.root, environment_name=environment.name, unit=name),
        outputs=(Output("ids"),),
        after=after,
        tags=tags,
        required_version=settings.terraform or project.terraform,
        required_providers=access.requirements,
        provider_blocks=access.blocks,
        files={"locals.tf": crds_locals(settings, None)},
        overlay=overlay,
        bases=tuple(bases),
        kept=kept,
        environment={**settings.env, **access.environment},
        notes=notes,
    )


def _relative(environment: Environment, unit: str, folders: Iterable[Path]) -> list[str]:
    return [Path(os.path.relpath(folder, environment.folder / unit)).as_posix() for folder in folders]


def _access(environment: Environment, settings: EmissarySettings) -> ClusterAccess:
    own = settings.providers.get("kustomization", ProviderSettings())
    requirement = ProviderRequirement("kustomization", own.source or _PROVIDER[0], own.version or _PROVIDER[1])
    config = provider_body(own.config, attributes=True).items
    if settings.cluster.access == "kubeconfig":
        blocks = (Block("provider", ("kustomization",), Body(config)),) if config else ()
        return ClusterAccess((requirement,), blocks, _kubeconfig(environment, settings))
    google = settings.providers.get("google", ProviderSettings())
    google_requirement = ProviderRequirement("google", google.source or GOOGLE[0], google.version or GOOGLE[1])
    comment = Comment("The token lives for an hour: a plan saved earlier than that has to be made again.")
    raw = () if own.config and "kubeconfig_raw" in own.config else (Attribute("kubeconfig_raw", _raw_kubeconfig()),)
    block = Block("provider", ("kustomization",), Body((comment, *raw, *config)))
    return ClusterAccess((google_requirement, requirement), (*google_blocks(google.config), block), {})


def _kubeconfig(environment: Environment, settings: EmissarySettings) -> Mapping[str, str]:
    """Names of the kustomization provider's own; without them it takes what the user's KUBECONFIG says."""
    variables = {}
    if path := kubeconfig_path(environment, settings):
        variables = {"KUBECONFIG": path, "KUBECONFIG_PATH": path}
    if settings.cluster.context:
        variables["KUBECONFIG_CONTEXT"] = settings.cluster.context
    return variables


def _raw_kubeconfig() -> Call:
    cluster, name = "data.google_container_cluster.this", "gke"
    facts = {
        "server": Template(("https://", Traversal(f"{cluster}.endpoint"))),
        "certificate-authority-data": Traversal(f"{cluster}.master_auth[0].cluster_ca_certificate"),
    }
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": facts}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": {"token": Traversal("data.google_client_config.this.access_token")}}],
    }
    return Call("yamlencode", (kubeconfig,))
