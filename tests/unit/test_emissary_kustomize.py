"""The units and overlays of `method: kustomize`, as text; nothing is built here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from emissary_kit import build, faults, settings, unit
from ruamel.yaml import YAML

from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.overlay import config_overlay, ingress_overlay
from tfwrap.stacks.model import LocalModule


def overlay(**install: Any) -> dict[str, Any]:
    """The files of an ingress unit, read as Kubernetes reads them."""
    given = Install.model_validate({"namespace": "edge", "ambassador_id": "edge-id", **install})
    return {name: _read(text) for name, text in ingress_overlay("edge", given, "../base").items()}


def _read(text: str) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    return yaml.load(text)


def test_units_are_those_of_the_helm_method(tmp_path: Path) -> None:
    helm, stack = build(tmp_path, settings()), build(tmp_path, settings(method="kustomize"))
    assert [(one.name, one.dependencies, one.tags) for one in stack.units] == [
        (one.name, one.dependencies, one.tags) for one in helm.units
    ]
    modules = {one.module.path.name for one in stack.units if isinstance(one.module, LocalModule)}
    assert modules == {"emissary-kustomize"}


def test_bases_are_folders_of_the_project(tmp_path: Path) -> None:
    stack = build(tmp_path, settings(method="kustomize"))
    crds = _read(unit(stack, "emissary-crds").overlay["kustomization.yaml"])
    assert crds["resources"] == ["../../../tf/emissary-crds", "../../../tf/emissary-ingress/roles"]
    ingress = unit(stack, "edge-ingress")
    assert _read(ingress.overlay["kustomization.yaml"])["resources"][0] == "../../../tf/emissary-ingress/base"
    assert [base.relative_to(tmp_path).as_posix() for base in ingress.bases] == ["tf/emissary-ingress/base"]


def test_nothing_is_prefixed() -> None:
    assert not {"namePrefix", "nameSuffix"} & set(overlay()["kustomization.yaml"])
    assert overlay()["module.yaml"]["metadata"]["name"] == "ambassador"


def test_the_smallest_install_has_no_more_than_it_needs() -> None:
    files = overlay()
    assert sorted(files) == [
        "cluster-role-binding.yaml",
        "deployment.yaml",
        "ingress-class.yaml",
        "kustomization.yaml",
        "module.yaml",
        "namespace.yaml",
    ]
    assert files["namespace.yaml"] == {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "edge"}}
    assert files["deployment.yaml"]["spec"]["replicas"] == 2


@pytest.mark.parametrize("namespace", ["default", "kube-system"])
def test_namespaces_of_every_cluster_are_not_made(namespace: str) -> None:
    assert "namespace.yaml" not in overlay(namespace=namespace)


def test_an_allow_list_is_on_the_service_and_in_emissary() -> None:
    files = overlay(load_balancer={"ip": "203.0.113.1", "source_ranges": ["10.0.0.0/8"]})
    assert files["service.yaml"]["spec"] == {
        "loadBalancerIP": "203.0.113.1",
        "externalTrafficPolicy": "Local",
        "loadBalancerSourceRanges": ["10.0.0.0/8"],
    }
    assert files["module.yaml"]["spec"]["config"]["ip_allow"] == [{"remote": "10.0.0.0/8"}]


def test_an_autoscaler_takes_the_number_out_of_the_deployment() -> None:
    files = overlay(replicas={"min": 3, "max": 9, "autoscaling": True})
    assert "replicas" not in files["deployment.yaml"]["spec"]
    spec = files["autoscaler.yaml"]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (3, 9)
    assert "autoscaler.yaml" in files["kustomization.yaml"]["resources"]


def test_one_namespace_needs_less_of_the_cluster() -> None:
    files = overlay(single_namespace=True)
    (container,) = files["deployment.yaml"]["spec"]["template"]["spec"]["containers"]
    assert {"name": "AMBASSADOR_SINGLE_NAMESPACE", "value": "YES"} in container["env"]
    assert files["cluster-role-binding.yaml"][-1]["value"] == "emissary-ingress-crds"
    assert files["role-binding.yaml"]["kind"] == "RoleBinding"


def test_values_that_yaml_would_retype_stay_text() -> None:
    spec = {"hostname": "*", "prefix": "/", "service": "on", "headers": {"y": "0123", "when": "12:30"}}
    install = {"namespace": "edge", "ambassador_id": "e1", "mappings": [{"name": "m", "spec": spec}]}
    files = config_overlay("edge", Install.model_validate(install))
    mapping = _read(files["mappings.yaml"])
    assert mapping["spec"] == {"ambassador_id": ["e1"], **spec}


def test_resources_keep_their_own_namespace_and_labels() -> None:
    mapping = {
        "name": "m",
        "namespace": "apps",
        "labels": {"for": "it"},
        "spec": {"hostname": "*", "prefix": "/", "service": "a"},
    }
    files = config_overlay(
        "edge", Install.model_validate({"namespace": "edge", "ambassador_id": "e", "mappings": [mapping]})
    )
    metadata = _read(files["mappings.yaml"])["metadata"]
    assert metadata == {"name": "m", "namespace": "apps", "labels": {"for": "it", "app.kubernetes.io/part-of": "edge"}}
    assert "namespace" not in _read(files["kustomization.yaml"])


def test_a_canary_is_refused(tmp_path: Path) -> None:
    found = {problem.code: problem for problem in faults(tmp_path, settings({"canary": True}, method="kustomize"))}
    assert found["E681"].severity == "error"
    assert found["E681"].message == "installs.edge.canary is not there with method: kustomize"
    assert found["E681"].location is not None


def test_a_kubeconfig_goes_by_the_providers_own_names(tmp_path: Path) -> None:
    cluster = {"name": "c", "access": "kubeconfig", "kubeconfig": "config", "context": "mine"}
    stack = build(tmp_path, settings(method="kustomize", cluster=cluster))
    environment = unit(stack, "edge-config").environment
    assert environment["KUBECONFIG_PATH"] == str(tmp_path / "live/dev/config")
    assert environment["KUBECONFIG_CONTEXT"] == "mine"
    assert unit(stack, "edge-config").provider_blocks == ()


def test_gke_is_reached_by_its_own_data(tmp_path: Path) -> None:
    stack = build(tmp_path, settings(method="kustomize", cluster={"name": "c", "region": "r"}))
    blocks = unit(stack, "edge-ingress").provider_blocks
    assert [block.labels for block in blocks if block.type == "provider"] == [("google",), ("kustomization",)]
    assert [one.local_name for one in unit(stack, "edge-ingress").required_providers] == ["google", "kustomization"]
