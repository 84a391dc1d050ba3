"""The locals.tf of each unit: the values a reviewer looks at, under the names of the reference set-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfwrap.hcl.nodes import Attribute, Blank, Block, Body, Comment, Traversal, Value
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.emissary.types import LOG_LEVELS

_ID = Traversal("local.ambassador_id")


def crds_locals(settings: EmissarySettings, chart_version: str | None) -> Body:
    return _locals(*_cluster(settings), *_chart(chart_version))


def ingress_locals(settings: EmissarySettings, install: Install, chart_version: str | None) -> Body:
    return _locals(
        *_cluster(settings),
        *_install(install),
        *_chart(chart_version),
        Blank(),
        Comment("loadBalancerIP: a static address made beforehand; null takes an ephemeral one"),
        Comment("minReplicas and maxReplicas count with autoscaling, replicaCount without it"),
        Comment(f"logLevel: valid log levels are {', '.join(LOG_LEVELS)}"),
        Comment("clusterRequestTimeout: milliseconds; null is Emissary's own default, 3000; 0 is no timeout"),
        Attribute("emissary_ingress_map", ingress_map(install)),
    )


def config_locals(settings: EmissarySettings, install: Install, chart_version: str | None) -> Body:
    listeners: dict[str, Value] = {
        "ambassadorID": _ID,
        "listenersEnabled": install.listeners is None or bool(install.listeners),
    }
    if install.load_balancer.l7_hops:
        listeners["l7Depth"] = install.load_balancer.l7_hops
    own = install.listeners is None
    comment = "http on 8080 and https on 8443" if own else "those in config.tf"
    return _locals(
        *_cluster(settings),
        *_install(install),
        *_chart(chart_version),
        Blank(),
        Comment(f"listenersEnabled: {comment}"),
        Attribute("emissary_listeners_map", listeners),
    )


def ingress_map(install: Install) -> dict[str, Value]:
    """The variables of the values template."""
    resolver, balancer = install.resolver, install.load_balancer
    values: dict[str, Value] = {
        "ambassadorID": _ID,
        "loadBalancerIP": balancer.ip,
        "autoscalingEnabled": install.replicas.autoscaling,
        "replicaCount": install.replicas.count,
        "minReplicas": install.replicas.min,
        "maxReplicas": install.replicas.max,
        "canaryEnabled": install.canary,
        "logLevel": install.log_level,
        "endpointEnable": resolver is not None,
        "endpointName": resolver.name if resolver else None,
        "diagnosticsEnable": install.diagnostics,
        "clusterRequestTimeout": install.cluster_request_timeout_ms,
    }
    if balancer.source_ranges:
        values["sourceRanges"] = balancer.source_ranges
    if module := module_config(install):
        values["moduleConfig"] = module
    return values


def module_config(install: Install) -> Mapping[str, Any]:
    """Keys of the Module's config that the settings name themselves."""
    return install.module.model_dump(by_alias=True, exclude_none=True)


def _cluster(settings: EmissarySettings) -> list[Attribute]:
    facts = {
        "project_id": settings.project_id,
        "cluster_name": settings.cluster.name,
        "cluster_region": settings.cluster.region,
    }
    return [Attribute(name, value) for name, value in facts.items() if value is not None]


def _install(install: Install) -> list[Attribute]:
    return [
        Attribute("emissary_ns", install.namespace),
        Attribute("ambassador_id", install.ambassador_id),
    ]


def _chart(version: str | None) -> list[Attribute]:
    return [] if version is None else [Attribute("chart_version", version)]


def _locals(*items: Attribute | Blank | Comment) -> Body:
    return Body((Block("locals", body=Body(items)),))
