"""Whether the cluster has what the environment says: releases as in `helm list`, pods, and every Emissary resource.

Reads only. Of a release's Secret it looks at names, versions and the status, never at values.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Failure
from tfwrap.cluster.check import Check, failed
from tfwrap.cluster.client import Client, Refused
from tfwrap.cluster.faq import NO_CRDS
from tfwrap.cluster.releases import bundled_chart
from tfwrap.stacks.emissary.chart_source import PathChart, Source
from tfwrap.stacks.emissary.checks.view import InstallView, View
from tfwrap.stacks.emissary.crds import GROUP, VERSION
from tfwrap.stacks.emissary.units import CRDS, CRDS_NAMESPACE, config_unit_name, ingress_unit_name
from tfwrap.stacks.model import Stack, Unit

_KUSTOMIZED = "emissary-ingress"  # instance label of tfwrap's kustomize base, in each install's namespace


@dataclass(frozen=True)
class _Wanted:
    """A release; versions that cannot be known from here are None."""

    unit: str
    namespace: str
    chart: str | None
    application: str | None


def check_installed(view: View, installs: Iterable[InstallView], stack: Stack, client: Client) -> Iterator[Check]:
    installs = tuple(installs)
    by_helm = view.settings.method == "helm"
    try:
        for wanted in _wanted(view, installs, stack) if by_helm else ():
            yield _release(client, wanted)
        for install in installs:
            yield _pods(client, install, ingress_unit_name(install.name) if by_helm else _KUSTOMIZED)
            yield from _resources(client, install)
    except Failure as failure:
        yield failed("cluster", failure)
    except Refused as refused:
        yield Check("cluster", False, refused.message, "use a context that may read what the environment installs")


def _wanted(view: View, installs: Iterable[InstallView], stack: Stack) -> Iterator[_Wanted]:
    charts, units = view.settings.charts, {unit.name: unit for unit in stack.units}
    yield _Wanted(CRDS, CRDS_NAMESPACE, *_versions(charts.crds, units[CRDS]))
    for install in installs:
        for name, source in (
            (ingress_unit_name(install.name), charts.ingress),
            (config_unit_name(install.name), charts.config),
        ):
            yield _Wanted(name, install.settings.namespace, *_versions(source, units[name]))


def _versions(source: Source, unit: Unit) -> tuple[str | None, str | None]:
    """Chart and application version that an apply installs, as far as they are known without fetching a chart."""
    if isinstance(source, PathChart):
        return _described(unit.charts[0]) if unit.charts else (None, None)
    return _described(bundled_chart(unit)) if source == "bundled" else (source.version, None)


def _described(chart: Path) -> tuple[str | None, str | None]:
    from ruamel.yaml import YAML

    facts = YAML(typ="safe", pure=True).load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    return facts.get("version"), facts.get("appVersion")


def _release(client: Client, wanted: _Wanted) -> Check:
    title, apply = f"release {wanted.unit}", f"tfwrap apply ENV -u {wanted.unit}"
    path = f"/api/v1/namespaces/{wanted.namespace}/secrets"
    found = client.get(path, labelSelector=f"owner=helm,name={wanted.unit}")["items"]
    if not found:
        return Check(title, False, f"it is not installed in namespace {wanted.namespace}", apply)
    newest = max(found, key=lambda one: int(one["metadata"]["labels"].get("version", 0)))
    record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(newest["data"]["release"]))))
    status, chart = record["info"]["status"], record["chart"]["metadata"]
    version, application = chart.get("version"), chart.get("appVersion")
    message = f"{status}, chart {chart.get('name')} {version}, Emissary {application}"
    if status != "deployed":
        return Check(title, False, message, f"see what is wrong: helm status -n {wanted.namespace} {wanted.unit}")
    for word, want, have in (("chart", wanted.chart, version), ("Emissary", wanted.application, application)):
        if want is not None and want != have:
            return Check(title, False, f"{message}, but the environment has {word} {want}", apply)
    return Check(title, True, message)


def _pods(client: Client, install: InstallView, instance: str) -> Check:
    title, namespace = f"pods of {install.name}", install.settings.namespace
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    found = client.get(path, labelSelector=f"app.kubernetes.io/instance={instance}")["items"]
    wanted = sum(one["spec"].get("replicas", 1) for one in found)
    ready = sum(one.get("status", {}).get("availableReplicas", 0) for one in found)
    if found and ready >= max(wanted, 1):
        return Check(title, True, f"{ready} of {wanted} available")
    fix = f"kubectl get pods -n {namespace}; kubectl describe deployment -n {namespace}"
    return Check(title, False, f"{ready} of {wanted} available" if found else "there is no Deployment", fix)


def _resources(client: Client, install: InstallView) -> Iterator[Check]:
    listed: dict[tuple[str, str], dict[str, Any] | None] = {}
    for item in install.resources:
        place = item.kind, item.namespace
        if place not in listed:
            plural = f"{item.kind.lower()}s"
            answer = client.find(f"/apis/{GROUP}/{VERSION}/namespaces/{item.namespace}/{plural}")
            listed[place] = answer and {one["metadata"]["name"]: one for one in answer["items"]}
        yield _resource(install, item.title, item.name, listed[place])


def _resource(install: InstallView, title: str, name: str, known: dict[str, Any] | None) -> Check:
    fix = f"tfwrap apply ENV -u {config_unit_name(install.name)}"
    if known is None:
        return Check(title, False, NO_CRDS.message, NO_CRDS.fix)
    if name not in known:
        return Check(title, False, "it is not there", fix)
    found = known[name]
    ids = found.get("spec", {}).get("ambassador_id") or ["default"]
    if install.settings.ambassador_id not in ids:
        reads = f"Emissary {install.name} reads {install.settings.ambassador_id} only and ignores it"
        return Check(title, False, f"its ambassador_id is {', '.join(ids)}: {reads}", fix)
    status = found.get("status") or {}
    if status.get("state") in ("Error", "Inactive"):
        reason = status.get("errorReason") or status.get("reason") or "it does not say why"
        return Check(title, False, f"Emissary does not accept it: {reason}", f"mend it in env.yaml, then {fix}")
    return Check(title, True, f"accepted{', ' + status['state'] if status.get('state') else ''}")
