"""The units of an Emissary environment: the CRDs once, then Emissary itself and its resources per install.

No unit reads an output of another: all values are known from the settings, so that every unit is planned
exactly, also before the first apply. Order alone makes CRDs come before what needs them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tfwrap.hcl.nodes import Body, Call, Template, Traversal, Value
from tfwrap.settings.backends import resolve_backend
from tfwrap.settings.environment import Environment
from tfwrap.stacks.emissary.chart_source import OciChart, PathChart, RepositoryChart, Source
from tfwrap.stacks.emissary.config import CONFIG_NAME, config_body
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.local_values import config_locals, crds_locals, ingress_locals, module_config
from tfwrap.stacks.emissary.providers import ClusterAccess, cluster_access
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.model import LocalModule, Output, Unit, ValuesTemplate

CRDS = "emissary-crds"
CRDS_NAMESPACE = "emissary-system"  # fixed by Emissary's own manifests
_OUTPUTS = tuple(Output(name) for name in ("name", "namespace", "chart_version", "app_version"))
_INGRESS_VALUES = "emissary-ingress.yaml.tftpl"
_LISTENERS_VALUES = "emissary-listeners.yaml.tftpl"


def ingress_unit_name(install: str) -> str:
    return f"{install}-ingress"


def config_unit_name(install: str) -> str:
    return f"{install}-config"


def build_units(environment: Environment, settings: EmissarySettings) -> tuple[Unit, ...]:
    access = cluster_access(environment, settings)
    units = [_crds(environment, settings, access)]
    for name, install in settings.installs.items():
        units += [
            _ingress(environment, settings, access, name, install),
            _config(environment, settings, access, name, install),
        ]
    return tuple(units)


def chart_path(environment: Environment, role: str, source: PathChart) -> Path:
    """Where the chart of `charts.<role>` is; a relative path starts from the file it is written in."""
    folder = environment.document.folder(("charts", role, "path"))
    return Path(os.path.normpath(folder / Path(source.path).expanduser()))


def _crds(environment: Environment, settings: EmissarySettings, access: ClusterAccess) -> Unit:
    source = settings.charts.crds
    return _unit(
        environment,
        settings,
        access,
        name=CRDS,
        role="crds",
        arguments={"name": CRDS, "namespace": CRDS_NAMESPACE},
        files={"locals.tf": crds_locals(settings, _version(settings, source))},
        place=("installs",),
        tags=("crds",),
        notes=("Emissary's CRDs, shared by all installs. Their namespace is fixed: emissary-system.",),
    )


def _ingress(
    environment: Environment, settings: EmissarySettings, access: ClusterAccess, name: str, install: Install
) -> Unit:
    unit = ingress_unit_name(name)
    body = ingress_locals(settings, install, _version(settings, settings.charts.ingress))
    context = {
        "has_address": install.load_balancer.ip is not None,
        "has_source_ranges": bool(install.load_balancer.source_ranges),
        "autoscaling": install.replicas.autoscaling,
        "single_namespace": install.single_namespace,
        "has_endpoint": install.resolver is not None,
        "endpoint_is_default": install.resolver is not None and install.resolver.default,
        "has_timeout": install.cluster_request_timeout_ms is not None,
        "module_keys": list(module_config(install)),
        "ingress_class": name,
        "rbac_name": unit,
    }
    return _unit(
        environment,
        settings,
        access,
        name=unit,
        role="ingress",
        arguments={
            "name": unit,
            "namespace": Traversal("local.emissary_ns"),
            "values": [_template(_INGRESS_VALUES, "local.emissary_ingress_map")],
        },
        files={"locals.tf": body},
        values={_INGRESS_VALUES: ValuesTemplate(f"{_INGRESS_VALUES}.j2", context)},
        place=("installs", name),
        after=(CRDS,),
        tags=("ingress", name),
        notes=(f"Emissary itself, install {name}: reads resources with its own ambassador_id only.",),
    )


def _config(
    environment: Environment, settings: EmissarySettings, access: ClusterAccess, name: str, install: Install
) -> Unit:
    unit = config_unit_name(name)
    body = config_locals(settings, install, _version(settings, settings.charts.config))
    context = {"has_hops": install.load_balancer.l7_hops > 0}
    return _unit(
        environment,
        settings,
        access,
        name=unit,
        role="config",
        arguments={
            "name": unit,
            "namespace": Traversal("local.emissary_ns"),
            "values": [
                _template(_LISTENERS_VALUES, "local.emissary_listeners_map"),
                Traversal(f"local.{CONFIG_NAME}"),
            ],
        },
        files={"locals.tf": body, "config.tf": config_body(install)},
        values={_LISTENERS_VALUES: ValuesTemplate(f"{_LISTENERS_VALUES}.j2", context)},
        place=("installs", name),
        after=(ingress_unit_name(name),),
        tags=("config", name),
        notes=(f"Listeners, Hosts, TLSContexts and Mappings of install {name}.",),
    )


def _unit(
    environment: Environment,
    settings: EmissarySettings,
    access: ClusterAccess,
    *,
    name: str,
    role: str,
    arguments: Mapping[str, Value],
    files: Mapping[str, Body],
    place: tuple[str, ...],
    tags: tuple[str, ...],
    notes: tuple[str, ...],
    after: tuple[str, ...] = (),
    values: Mapping[str, ValuesTemplate] | None = None,
) -> Unit:
    project = environment.project
    source: Source = getattr(settings.charts, role)
    module = project.modules / f"emissary-{role}"
    return Unit(
        name=name,
        module=LocalModule(module),
        arguments={**arguments, **_chart_arguments(environment, role, source, name)},
        location=environment.document.location(place, key=True),
        backend=resolve_backend(settings.backend, root=project.root, environment_name=environment.name, unit=name),
        outputs=_OUTPUTS,
        after=after,
        tags=tags,
        required_version=settings.terraform or project.terraform,
        required_providers=access.requirements,
        provider_blocks=access.blocks,
        files=files,
        values=values or {},
        charts=_chart_folders(environment, role, source, module),
        environment={**settings.env, **access.environment},
        notes=(*notes, *_chart_notes(source)),
    )


def _template(name: str, variables: str) -> Call:
    path = Template((Traversal("path.module"), f"/values/{name}"))
    return Call("templatefile", (path, Traversal(variables)))


def _version(settings: EmissarySettings, source: Source) -> str | None:
    """What `local.chart_version` says; a chart at a path has its own version in its Chart.yaml."""
    if source == "bundled":
        return settings.charts.version
    return None if isinstance(source, PathChart) else source.version


def _chart_arguments(environment: Environment, role: str, source: Source, unit: str) -> dict[str, Value]:
    version = Traversal("local.chart_version")
    if isinstance(source, PathChart):
        path = os.path.relpath(chart_path(environment, role, source), environment.folder / unit)
        return {"chart": Template((Traversal("path.module"), f"/{Path(path).as_posix()}"))}
    if isinstance(source, RepositoryChart):
        return {"chart_repository": source.repository, "chart": source.chart, "chart_version": version}
    if isinstance(source, OciChart):
        return {"chart": source.oci, "chart_version": version}
    return {}


def _chart_folders(environment: Environment, role: str, source: Source, module: Path) -> tuple[Path, ...]:
    if source == "bundled":
        return (module / "chart",)
    if isinstance(source, PathChart) and (path := chart_path(environment, role, source)).is_dir():
        return (path,)
    return ()


def _chart_notes(source: Source) -> tuple[str, ...]:
    if isinstance(source, OciChart):
        return ("Charts from an OCI registry need helm provider 2.7 or later.",)
    return ()
