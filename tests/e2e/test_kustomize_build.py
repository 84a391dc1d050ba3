"""Overlays built by a real kubectl, offline: the same Emissary resources as the charts make, from the same env.yaml."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kit.project import ProjectKit
from parts import kubernetes
from parts.charts import Helm, by_kind, chart_folder, only, read_manifests

from tfwrap.base.bundled import bundled

_LIVE = Path(__file__).parents[2] / "live"
_EMISSARY = "getambassador.io/v3alpha1"

# What the article's environment does not use.
RICH: dict[str, Any] = {
    "stack": "emissary",
    "project_id": "p",
    "cluster": {"name": "c", "access": "kubeconfig"},
    "external_secrets": [{"name": "tls", "namespace": "secret"}],
    "installs": {
        "one": {
            "namespace": "one",
            "ambassador_id": "one-id",
            "access": "private",
            "load_balancer": {"ip": "203.0.113.1", "source_ranges": ["10.0.0.0/8", "192.0.2.0/24"], "l7_hops": 1},
            "resolver": {"name": "endpoints", "default": True},
            "log_level": "debug",
            "module": {
                "server_name": "on",
                "cors": {"origins": ["https://a.example.com"]},
                "gzip": {"window_bits": 10},
            },
            "hosts": [
                {
                    "name": "h",
                    "spec": {"hostname": "*.a.example.com", "tlsSecret": {"name": "tls", "namespace": "secret"}},
                }
            ],
            "mappings": [
                {
                    "name": "m",
                    "namespace": "apps",
                    "labels": {"for": "it"},
                    "spec": {
                        "hostname": "x.a.example.com",
                        "prefix": "/",
                        "service": "web.apps:80",
                        "headers": {"y": "no", "n": "0123"},
                        "load_balancer": {"policy": "ring_hash", "cookie": {"name": "c"}},
                    },
                }
            ],
            "resources": [{"kind": "TCPMapping", "name": "tcp", "spec": {"port": 9000, "service": "db.apps:5432"}}],
        },
        "two": {
            "namespace": "two",
            "ambassador_id": "two-id",
            "single_namespace": True,
            "replicas": {"min": 2, "max": 5, "autoscaling": True},
            "cluster_request_timeout_ms": 5000,
            "hosts": [
                {"name": "h", "spec": {"hostname": "b.example.com", "requestPolicy": {"insecure": {"action": "Route"}}}}
            ],
            "listeners": [
                {
                    "name": "plain",
                    "spec": {
                        "port": 8080,
                        "protocol": "HTTP",
                        "securityModel": "XFP",
                        "hostBinding": {"namespace": {"from": "SELF"}},
                    },
                },
                {
                    "name": "secure",
                    "spec": {
                        "port": 8443,
                        "protocol": "HTTPS",
                        "securityModel": "XFP",
                        "hostBinding": {"namespace": {"from": "SELF"}},
                    },
                },
            ],
            "mappings": [{"name": "m", "spec": {"hostname": "b.example.com", "prefix": "/", "service": "web:80"}}],
        },
    },
}


@pytest.fixture(scope="module")
def kubectl() -> Path:
    return kubernetes.kubectl()


def _project(root: Path, text: str, helm: Path) -> ProjectKit:
    kit = ProjectKit(root, {"PATH": f"{helm.parent}{os.pathsep}{os.environ['PATH']}"})
    kit.write({"tfwrap.toml": "", "live/dev/env.yaml": text})
    return kit


def _build(kubectl: Path, folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [kubectl, "kustomize", folder],
        env={"PATH": "/nowhere", "HOME": str(folder), "HTTPS_PROXY": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return read_manifests(done.stdout)


def _built(kubectl: Path, project: ProjectKit) -> dict[str, list[dict[str, Any]]]:
    done = project.run("generate", "dev")
    assert done.status == 0, done.err
    units = sorted(path.parent for path in (project.root / "live/dev").glob("*/kustomization.yaml"))
    return {unit.name: _build(kubectl, unit) for unit in units}


def _specs(manifests: list[dict[str, Any]]) -> dict[tuple[str, str, str], Any]:
    """Emissary's own resources by kind, namespace and name."""
    found = {}
    for one in manifests:
        if one["apiVersion"] == _EMISSARY:
            metadata = one["metadata"]
            found[one["kind"], metadata["namespace"], metadata["name"]] = one["spec"]
    return found


@pytest.mark.parametrize("which", ["article", "rich"])
def test_both_methods_make_the_same_emissary_resources(tmp_path: Path, kubectl: Path, helm: Path, which: str) -> None:
    text = (_LIVE / "dev/env.yaml").read_text() if which == "article" else json.dumps(RICH)
    by_helm = _project(tmp_path / "helm", text, helm).run("chart", "dev", "template")
    assert by_helm.status == 0, by_helm.err
    if which == "article":
        text += "\nmethod: kustomize\n"
    else:
        text = json.dumps({**RICH, "method": "kustomize"})
    built = _built(kubectl, _project(tmp_path / "kustomize", text, helm))
    wanted = _specs(read_manifests(by_helm.out))
    assert len(wanted) == {"article": 7, "rich": 12}[which]
    assert _specs([one for unit in built.values() for one in unit]) == wanted


def test_two_installs_share_nothing_but_the_first_unit(tmp_path: Path, kubectl: Path, helm: Path) -> None:
    text = json.dumps({**RICH, "method": "kustomize"})
    built = _built(kubectl, _project(tmp_path, text, helm))
    owners: dict[tuple[str, ...], str] = {}
    for unit, manifests in built.items():
        for one in manifests:
            metadata = one["metadata"]
            identity = (one["kind"], metadata.get("namespace", ""), metadata["name"])
            assert identity not in owners, f"{identity} is in {unit} and in {owners[identity]}"
            owners[identity] = unit
    roles = {name: unit for (kind, _, name), unit in owners.items() if kind == "ClusterRole"}
    assert roles == {"emissary-ingress": "emissary-crds", "emissary-ingress-crds": "emissary-crds"}
    assert len(by_kind(built["emissary-crds"], "CustomResourceDefinition")) == 14


def test_each_install_is_bound_to_its_own_account(tmp_path: Path, kubectl: Path, helm: Path) -> None:
    built = _built(kubectl, _project(tmp_path, json.dumps({**RICH, "method": "kustomize"}), helm))
    bindings = {name: only(built[f"{name}-ingress"], "ClusterRoleBinding") for name in ("one", "two")}
    for name, binding in bindings.items():
        assert binding["metadata"]["name"] == f"{name}-ingress"
        account = {"kind": "ServiceAccount", "name": "emissary-ingress", "namespace": name}
        assert binding["subjects"] == [account]
    assert bindings["one"]["roleRef"]["name"] == "emissary-ingress"
    assert bindings["two"]["roleRef"]["name"] == "emissary-ingress-crds"
    (narrow,) = by_kind(built["two-ingress"], "RoleBinding")
    assert narrow["subjects"] == [{"kind": "ServiceAccount", "name": "emissary-ingress", "namespace": "two"}]
    classes = {only(built[f"{name}-ingress"], "IngressClass")["metadata"]["name"] for name in bindings}
    assert classes == {"one", "two"}


def test_the_rest_is_as_the_charts_have_it(tmp_path: Path, kubectl: Path, helm: Path) -> None:
    by_helm = _project(tmp_path / "helm", json.dumps(RICH), helm).run("chart", "dev", "template")
    text = json.dumps({**RICH, "method": "kustomize"})
    built = _built(kubectl, _project(tmp_path / "kustomize", text, helm))
    charts = read_manifests(by_helm.out)
    for name in ("one", "two"):
        unit = built[f"{name}-ingress"]
        ours, theirs = only(unit, "Deployment"), _of(charts, "Deployment", name)
        assert ours["spec"].get("replicas") == theirs["spec"].get("replicas")
        assert _container(ours) == _container(theirs)
        service = next(one for one in by_kind(unit, "Service") if one["spec"]["type"] == "LoadBalancer")
        assert _without(service, "selector") == _without(_of(charts, "Service", name, f"{name}-ingress"), "selector")
    scaler = only(built["two-ingress"], "HorizontalPodAutoscaler")
    assert _without(scaler, "scaleTargetRef") == _without(
        _of(charts, "HorizontalPodAutoscaler", "two"), "scaleTargetRef"
    )
    assert by_kind(built["one-ingress"], "HorizontalPodAutoscaler") == []


def _of(manifests: list[dict[str, Any]], kind: str, namespace: str, name: str | None = None) -> dict[str, Any]:
    (found,) = [
        one
        for one in by_kind(manifests, kind)
        if one["metadata"]["namespace"] == namespace
        and name in (None, one["metadata"]["name"].removesuffix("-emissary-ingress"))
    ]
    return found


def _without(manifest: dict[str, Any], key: str) -> dict[str, Any]:
    """The spec, less what is about names."""
    return {name: value for name, value in manifest["spec"].items() if name != key}


def _container(deployment: dict[str, Any]) -> dict[str, Any]:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {**container, "env": sorted(container["env"], key=lambda one: str(one["name"]))}


def test_the_base_is_the_chart(helm: Path, tmp_path: Path) -> None:
    values = {
        "env": {"DOGSTATSD": "true", "STATSD_ENABLED": "true"},
        "envRaw": "- name: STATSD_HOST\n  valueFrom: {fieldRef: {fieldPath: status.hostIP}}\n",
        "ingressClassResource": {"name": "emissary-ingress"},
    }
    chart = chart_folder("emissary-ingress")
    rendered = Helm(helm, tmp_path).template(chart, values, release="emissary-ingress")
    module = bundled("modules/emissary-ingress")
    base = read_manifests((module / "base/manifests.yaml").read_text())
    role, crds_role = read_manifests((module / "roles/roles.yaml").read_text())
    wanted = [_plain(one) for one in rendered if one["kind"] != "Module"]
    assert _sorted([*base, role]) == _sorted(wanted)
    assert crds_role["rules"] == role["rules"][:1]
    narrow = Helm(helm, tmp_path).template(chart, {"scope": {"singleNamespace": True}}, release="emissary-ingress")
    assert crds_role["rules"] == only(narrow, "ClusterRole")["rules"]


def _sorted(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(manifests, key=lambda one: (one["kind"], one["metadata"]["name"]))


def _plain(manifest: dict[str, Any]) -> dict[str, Any]:
    """Without what is Helm's, and what every overlay says for itself."""
    stripped: dict[str, Any] = json.loads(json.dumps(manifest))
    stripped["metadata"].pop("namespace", None)
    del stripped["metadata"]["labels"]["app.kubernetes.io/managed-by"]
    if stripped["kind"] == "ClusterRoleBinding":
        del stripped["subjects"][0]["namespace"]
    if stripped["kind"] == "Deployment":
        del stripped["spec"]["replicas"]
        del stripped["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/managed-by"]
    if stripped["kind"] == "IngressClass":
        del stripped["metadata"]["annotations"]
    return stripped
