"""`method: kustomize` on a real API server: two installs applied, unchanged, changed, destroyed, the CRDs kept.

One test, since each step starts from where the last one ended.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from kit.project import ProjectKit
from parts.controlplane import ControlPlane
from parts.provider import kustomization_provider

ENV = """\
stack: emissary
method: kustomize
project_id: p
cluster: {name: c, access: kubeconfig}
external_secrets:
  - {name: tls, namespace: secret}
installs:
  public:
    namespace: default
    ambassador_id: public
    replicas: {min: 2, max: 3, autoscaling: true}
    resolver: {name: endpoints, default: true}
    hosts:
      - {name: site, spec: {hostname: a.example.com, tlsSecret: {name: tls, namespace: secret}}}
    mappings:
      - {name: shop, spec: {hostname: a.example.com, prefix: /, service: 'shop.shop:80'}}
  private:
    namespace: inside
    ambassador_id: private
    access: private
    load_balancer: {ip: 203.0.113.11, source_ranges: [198.51.100.0/24]}
    hosts:
      - {name: site, spec: {hostname: b.example.com, tlsSecret: {name: tls, namespace: secret}}}
    mappings:
      - {name: admin, spec: {hostname: b.example.com, prefix: /, service: 'admin.shop:80'}}
"""
UNITS = ["emissary-crds", "public-ingress", "public-config", "private-ingress", "private-config"]


@pytest.fixture(scope="module")
def dev(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> ProjectKit:
    root = tmp_path_factory.mktemp("kustomize")
    config = root / "terraform.rc"
    mirror = kustomization_provider()
    config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    kit = ProjectKit(
        root / "project",
        {
            "HOME": str(root),
            "PATH": "/usr/bin:/bin",  # neither kubectl nor kustomize is asked for
            "KUBECONFIG": os.pathsep.join([str(plane.kubeconfig()), str(root / "none")]),
            "TF_CLI_CONFIG_FILE": str(config),
        },
    )
    kit.write({"tfwrap.toml": "", "live/dev/env.yaml": ENV})
    return kit


def test_two_installs_come_and_go(dev: ProjectKit, plane: ControlPlane) -> None:
    a_first_plan_needs_no_crds_in_the_cluster(dev)
    both_installs_are_applied(dev, plane)
    the_next_plan_has_no_changes(dev)
    a_changed_value_changes_one_object_of_one_unit(dev, plane)
    an_install_goes_and_the_other_one_stays(dev, plane)
    the_crds_are_never_destroyed(dev, plane)
    a_destroy_of_everything_leaves_the_crds(dev, plane)


def _objects(plane: ControlPlane, kind: str) -> list[dict[str, Any]]:
    """Those of all namespaces."""
    done = plane.kubectl("get", kind, "--all-namespaces", "--output", "json")
    assert done.returncode == 0, done.stderr
    items: list[dict[str, Any]] = json.loads(done.stdout)["items"]
    return items


def a_first_plan_needs_no_crds_in_the_cluster(dev: ProjectKit) -> None:
    planned = dev.run("plan", "dev", "--json")
    assert planned.status == 0, planned.err
    assert planned.results() == dict.fromkeys(UNITS, "changed")
    assert {row["class"] for row in planned.json["units"]} == {"exact"}
    assert planned.units()["emissary-crds"]["add"] == 16


def both_installs_are_applied(dev: ProjectKit, plane: ControlPlane) -> None:
    applied = dev.run("apply", "dev", "--yes", "--json", timeout=280)
    assert applied.status == 0, applied.err
    assert applied.results() == dict.fromkeys(UNITS, "applied")
    found = {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in _objects(plane, "mappings")}
    assert found == {("default", "shop"), ("inside", "admin")}
    (service,) = [one for one in _objects(plane, "services") if one["spec"].get("loadBalancerIP")]
    assert service["spec"]["loadBalancerSourceRanges"] == ["198.51.100.0/24"]
    bindings = {one["metadata"]["name"] for one in _objects(plane, "clusterrolebindings")}
    assert {"public-ingress", "private-ingress"} <= bindings


def the_next_plan_has_no_changes(dev: ProjectKit) -> None:
    again = dev.run("plan", "dev", "--json", "--detailed-exitcode")
    assert again.status == 0, again.out + again.err
    assert again.results() == dict.fromkeys(UNITS, "unchanged")


def a_changed_value_changes_one_object_of_one_unit(dev: ProjectKit, plane: ControlPlane) -> None:
    dev.write({"live/dev/env.yaml": ENV.replace("shop.shop:80", "shop.shop:8080")})
    applied = dev.run("apply", "dev", "--yes", "--json", timeout=280)
    assert applied.status == 0, applied.err
    changed = {name: row for name, row in applied.units().items() if row["result"] == "applied"}
    assert list(changed) == ["public-config"]
    assert (changed["public-config"]["change"], changed["public-config"]["add"]) == (1, 0)
    services = {one["metadata"]["name"]: one["spec"]["service"] for one in _objects(plane, "mappings")}
    assert services == {"shop": "shop.shop:8080", "admin": "admin.shop:80"}


def an_install_goes_and_the_other_one_stays(dev: ProjectKit, plane: ControlPlane) -> None:
    gone = dev.run("destroy", "dev", "--yes", "--json", "-u", "public-ingress+", timeout=280)
    assert gone.status == 0, gone.err
    assert {name for name, result in gone.results().items() if result == "destroyed"} == {
        "public-ingress",
        "public-config",
    }
    assert [one["metadata"]["name"] for one in _objects(plane, "mappings")] == ["admin"]
    assert {one["metadata"]["name"] for one in _objects(plane, "clusterroles")} >= {"emissary-ingress"}
    assert [one["metadata"]["namespace"] for one in _objects(plane, "deployments")] == ["inside"]


def a_destroy_of_everything_leaves_the_crds(dev: ProjectKit, plane: ControlPlane) -> None:
    gone = dev.run("destroy", "dev", "--yes", "--json", timeout=280)
    assert gone.status == 0, gone.err
    assert gone.results()["private-ingress"] == "destroyed"
    assert gone.units()["emissary-crds"]["result"] == "excluded"
    assert gone.units()["emissary-crds"]["reason"] == "kept: with a CRD would go every resource of its kind"
    assert "inside" not in {one["metadata"]["name"] for one in _objects(plane, "namespaces")}
    assert _objects(plane, "listeners") == []


def the_crds_are_never_destroyed(dev: ProjectKit, plane: ControlPlane) -> None:
    refused = dev.run("destroy", "dev", "--yes", "--json", "-u", "emissary-crds+", timeout=280)
    assert refused.status == 1
    reason = refused.units()["emissary-crds"]["reason"]
    assert "kustomization_resource.crds" in reason
    assert "prevent_destroy" in reason
    names = {one["metadata"]["name"] for one in _objects(plane, "customresourcedefinitions")}
    assert len(names) == 14
    assert "mappings.getambassador.io" in names
