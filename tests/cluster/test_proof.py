"""The article's set-up through tfwrap on a real API server: installed, unchanged, changed, destroyed.

The tests of this file are one story on one control plane and run in their order.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kit.project import ProjectKit
from parts.controlplane import ControlPlane
from parts.terraform import terraform
from pydantic import ValidationError

from tfwrap.base.bundled import bundled
from tfwrap.stacks.emissary.mapping import Mapping
from tfwrap.stacks.emissary.resources import Host, Listener, Resource, TLSContext

pytestmark = pytest.mark.xdist_group("cluster-proof")

ENV = """\
stack: emissary
project_id: global-sre-dev
cluster: {name: sre-gke, region: us-central1, access: kubeconfig}
external_secrets:
  - {name: tls-secret, namespace: secret}
installs:
  public:
    namespace: emissary
    ambassador_id: ambassador
    load_balancer: {ip: 35.232.98.249}
    replicas: {count: 2, min: 2, max: 3, autoscaling: true}
    resolver: {name: my-resolver}
    cluster_request_timeout_ms: 120000
    hosts:
      - name: my-host-dev
        spec:
          hostname: '*.wadexu.cloud'
          requestPolicy: {insecure: {action: Redirect}}
          tlsContext: {name: my-tls-context}
          tlsSecret: {name: tls-secret, namespace: secret}
    tls_contexts:
      - {name: my-tls-context, spec: {hosts: ['*.wadexu.cloud'], min_tls_version: v1.2}}
    mappings:
      - {name: my-nginx-mapping, spec: {hostname: dev.wadexu.cloud, prefix: /, service: 'my-nginx.nginx:80'}}
  private:
    namespace: emissary-private
    ambassador_id: ambassador-private
    access: private
    load_balancer: {ip: 203.0.113.11, source_ranges: [198.51.100.0/24]}
    hosts:
      - name: private-host
        spec:
          hostname: admin.wadexu.cloud
          requestPolicy: {insecure: {action: Redirect}}
          tlsSecret: {name: tls-secret, namespace: secret}
    mappings:
      - {name: admin, spec: {hostname: admin.wadexu.cloud, prefix: /, service: 'admin.nginx:80'}}
"""
UNITS = ["emissary-crds", "public-ingress", "public-config", "private-ingress", "private-config"]
CRDS = 14


@pytest.fixture(scope="module")
def dev(on_plane: ProjectKit) -> ProjectKit:
    on_plane.write({"live/dev/env.yaml": ENV})
    return on_plane


@pytest.fixture(scope="module")
def terraform_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return terraform(tmp_path_factory.mktemp("terraform"))


def test_without_order_it_is_the_third_question_of_the_faq(
    dev: ProjectKit, terraform_program: Path, tmp_path: Path
) -> None:
    """Plain Terraform, releases in one root as in the article but none waiting for the CRDs."""
    chart = bundled("modules/emissary-ingress/chart")
    values = (
        '{"env": {"AMBASSADOR_ID": "ambassador"}, "resolvers": {"endpoint": {"create": true, "name": "my-resolver"}}}'
    )
    (tmp_path / "main.tf").write_text(
        f"""\
resource "helm_release" "emissary_ingress" {{
  name             = "emissary-ingress"
  namespace        = "emissary-faq"
  create_namespace = true
  chart            = "{chart}"
  values           = [{json.dumps(values)}]
}}
"""
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(terraform_program), *arguments, "-no-color", "-input=false"]
        environment = {**dev.environment(), "CHECKPOINT_DISABLE": "1"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    assert run("init").returncode == 0
    applied = run("apply", "-auto-approve")
    assert applied.returncode == 1
    # Terraform breaks the line where it likes.
    assert 'no matches for kind "KubernetesEndpointResolver"' in " ".join(applied.stderr.replace("│", "").split())


def test_tfwrap_never_writes_the_experiment_that_breaks_a_first_plan(dev: ProjectKit) -> None:
    helm = "providers: {helm: {config: {experiments: {manifest: true}}}}\n"
    dev.write({"live/faq/env.yaml": ENV + helm})
    outcome = dev.run("plan", "faq", "--json")
    assert outcome.status == 1
    assert "E152" in outcome.codes()
    assert dev.run("generate", "dev").status == 0
    for file in (dev.root / "live" / "dev").rglob("*.tf"):
        assert "experiments" not in file.read_text()


def test_config_is_not_planned_before_what_it_comes_after(dev: ProjectKit) -> None:
    planned = dev.run("plan", "dev", "-u", "public-config", "--json")
    assert planned.results() == {"public-config": "deferred"}, planned.err
    assert "comes after public-ingress" in planned.units()["public-config"]["reason"]
    applied = dev.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert applied.status == 5, applied.err
    assert applied.results() == {"public-config": "needs_replan"}


def test_all_units_of_both_installs_are_applied_in_order(dev: ProjectKit, plane: ControlPlane) -> None:
    outcome = dev.run("apply", "dev", "--yes", "--json")
    assert outcome.status == 0, outcome.err
    assert outcome.results() == dict.fromkeys(UNITS, "applied")

    assert len(plane.objects("crd")) == CRDS
    public = plane.objects("hosts,mappings,tlscontexts,listeners,modules,kubernetesendpointresolvers", "emissary")
    named = "my-host-dev my-nginx-mapping my-tls-context http-listener https-listener ambassador my-resolver"
    assert set(public) == set(named.split())
    assert {tuple(one["spec"]["ambassador_id"]) for one in public.values()} == {("ambassador",)}
    assert public["ambassador"]["spec"]["config"]["cluster_request_timeout_ms"] == 120000
    private = plane.objects("hosts,mappings,listeners", "emissary-private")
    assert {tuple(one["spec"]["ambassador_id"]) for one in private.values()} == {("ambassador-private",)}


def test_public_and_private_do_not_meet(plane: ControlPlane) -> None:
    services = {name: one for name, one in plane.objects("service").items() if one["spec"]["type"] == "LoadBalancer"}
    addresses = {one["metadata"]["namespace"]: one["spec"]["loadBalancerIP"] for one in services.values()}
    assert addresses == {"emissary": "35.232.98.249", "emissary-private": "203.0.113.11"}
    ranges = {one["metadata"]["namespace"]: one["spec"].get("loadBalancerSourceRanges") for one in services.values()}
    assert ranges == {"emissary": None, "emissary-private": ["198.51.100.0/24"]}
    assert set(plane.objects("ingressclass")) == {"public", "private"}
    bindings = plane.objects("clusterrolebinding")
    subjects = {
        name: {subject["namespace"] for subject in one["subjects"]}
        for name, one in bindings.items()
        if name.startswith(("public", "private"))
    }
    assert sorted(map(sorted, subjects.values())) == [["emissary"], ["emissary-private"]]


def test_verify_finds_the_releases_and_every_resource(dev: ProjectKit) -> None:
    outcome = dev.run("verify", "dev", "--json", "--install", "public", "--connect-to", "::127.0.0.1:1")
    assert outcome.status == 1  # nothing routes here
    checks = {check["name"]: check for check in outcome.json}
    inside = [check for name, check in checks.items() if not name.startswith(("https ", "http ")) and "://" not in name]
    assert [check["name"] for check in inside if not check["ok"]] == []
    release = checks["release public-ingress"]["message"]
    assert re.fullmatch(r"deployed, chart emissary-ingress 8\.2\.0\+[0-9a-f]{8}, Emissary 3\.2\.0", release)
    assert checks["pods of public"]["message"] == "1 of 1 available"  # nobody scales here
    assert {"Host my-host-dev", "Mapping my-nginx-mapping", "Listener https-listener"} <= set(checks)
    assert "no Listener serves port 443 (FAQ 2)" in checks["https dev.wadexu.cloud (Host my-host-dev)"]["message"]


def test_doctor_knows_the_crds_and_whose_address_it_is(dev: ProjectKit, plane: ControlPlane) -> None:
    checks = {check["name"]: check for check in dev.run("doctor", "dev", "--json").json}
    assert checks["crds"]["message"] == "14 kinds of getambassador.io/v3alpha1, of release emissary-crds"
    assert checks["address 35.232.98.249"]["ok"]
    thief = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "thief", "namespace": "default"},
        "spec": {"type": "LoadBalancer", "loadBalancerIP": "35.232.98.249", "ports": [{"port": 80}]},
    }
    assert plane.apply(thief).returncode == 0
    checks = {check["name"]: check for check in dev.run("doctor", "dev", "--json").json}
    taken = checks["address 35.232.98.249"]
    assert (taken["ok"], taken["message"]) == (False, "Service default/thief has it already")
    assert plane.kubectl("delete", "service", "-n", "default", "thief").returncode == 0


def test_verify_tells_what_somebody_took_away(dev: ProjectKit, plane: ControlPlane) -> None:
    assert plane.kubectl("delete", "mapping", "-n", "emissary-private", "admin").returncode == 0
    checks = {check["name"]: check for check in dev.run("verify", "dev", "--json", "--install", "private").json}
    assert (checks["Mapping admin"]["ok"], checks["Mapping admin"]["message"]) == (False, "it is not there")
    assert checks["Mapping admin"]["fix"] == "tfwrap apply ENV -u private-config"


def test_the_next_plan_has_no_changes(dev: ProjectKit) -> None:
    outcome = dev.run("plan", "dev", "--json", "--detailed-exitcode")
    assert outcome.status == 0, outcome.err
    assert outcome.results() == dict.fromkeys(UNITS, "unchanged")


def test_a_changed_value_changes_exactly_one_unit(dev: ProjectKit, plane: ControlPlane) -> None:
    dev.write({"live/dev/env.yaml": ENV.replace("max: 3,", "max: 5,")})
    planned = dev.run("plan", "dev", "--json", "--detailed-exitcode")
    assert planned.status == 2, planned.err
    changed = [name for name, result in planned.results().items() if result == "changed"]
    assert changed == ["public-ingress"]
    applied = dev.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert applied.status == 0, applied.err
    (scaler,) = plane.objects("hpa", "emissary").values()
    assert scaler["spec"]["maxReplicas"] == 5


def test_config_cannot_come_before_the_crds_are_there(dev: ProjectKit) -> None:
    """In the generated order; and out of it, Terraform is never started."""
    graph = dev.run("graph", "dev", "--json").json
    layers = {unit["name"]: unit["layer"] for unit in graph["units"]}
    assert layers["emissary-crds"] < layers["public-ingress"] < layers["public-config"]
    assert {unit["name"]: unit["after"] for unit in graph["units"]}["private-config"] == ["private-ingress"]


@pytest.mark.parametrize(
    ("kind", "spec", "accepted"),
    [
        ("Host", {"hostname": "a.example.com", "requestPolicy": {"insecure": {"action": "Redirect"}}}, True),
        ("Host", {"requestPolicy": {"insecure": {"action": "Allow"}}}, False),
        ("Host", {"hostname": "a.example.com", "tlsSecrett": {"name": "x"}}, False),
        ("TLSContext", {"hosts": ["a.example.com"], "min_tls_version": "v1.2"}, True),
        ("TLSContext", {"hosts": ["a.example.com"], "min_tls_version": "1.2"}, False),
        ("TLSContext", {"hosts": "a.example.com"}, False),
        ("Mapping", {"prefix": "/", "service": "x", "timeout_ms": 5000, "weight": 50}, True),
        ("Mapping", {"prefix": "/"}, False),
        ("Mapping", {"prefix": "/", "service": "x", "timeout_ms": "5s"}, False),
        ("Mapping", {"prefix": "/", "service": "x", "redirect_response_code": 300}, False),
        ("Listener", {"port": 8080, "protocol": "HTTP", "securityModel": "XFP", "hostBinding": {}}, True),
        ("Listener", {"port": 70000, "protocol": "HTTP", "securityModel": "XFP", "hostBinding": {}}, False),
        ("Listener", {"port": 8080, "protocol": "HTTP", "securityModel": "NONE", "hostBinding": {}}, False),
    ],
)
def test_the_api_server_rejects_what_the_models_reject(
    plane: ControlPlane, kind: str, spec: dict[str, Any], accepted: bool
) -> None:
    manifest = {
        "apiVersion": "getambassador.io/v3alpha1",
        "kind": kind,
        "metadata": {"name": "sample", "namespace": "default"},
        "spec": spec,
    }
    done = plane.apply(manifest, dry_run=True)
    assert (done.returncode == 0) == accepted, done.stderr
    models: dict[str, type[Resource]] = {
        "Host": Host,
        "TLSContext": TLSContext,
        "Mapping": Mapping,
        "Listener": Listener,
    }
    try:
        models[kind].model_validate_json(json.dumps({"name": "sample", "spec": spec}))
    except ValidationError:
        assert not accepted
    else:
        assert accepted


def test_destroying_keeps_the_crds_and_so_the_resources_of_others(dev: ProjectKit, plane: ControlPlane) -> None:
    alien = {
        "apiVersion": "getambassador.io/v3alpha1",
        "kind": "Mapping",
        "metadata": {"name": "of-another-team", "namespace": "default"},
        "spec": {"prefix": "/", "service": "x"},
    }
    assert plane.apply(alien).returncode == 0
    outcome = dev.run("destroy", "dev", "--yes", "--json")
    if outcome.status != 0:
        # Helm provider 1.x takes Helm's note about what was kept for an error, after it has removed the release.
        assert {name for name, result in outcome.results().items() if result != "destroyed"} == {"emissary-crds"}
        outcome = dev.run("destroy", "dev", "--yes", "--json")
    assert outcome.status == 0, outcome.err
    assert len(plane.objects("crd")) == CRDS
    assert set(plane.objects("mappings")) == {"of-another-team"}
    assert plane.objects("hosts") == {}
    assert plane.objects("deployment") == {}

    again = dev.run("apply", "dev", "--yes", "--json")  # the CRDs that stayed are taken over
    assert again.status == 0, again.err
    assert set(plane.objects("hosts")) == {"my-host-dev", "private-host"}
