"""`tfwrap chart`: packages that are the same twice, and manifests with the values an apply would use."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from kit.project import ProjectKit
from parts.charts import by_kind, only, read_manifests
from parts.store import on_path

ENV = """\
stack: emissary
project_id: p
cluster: {name: c, access: kubeconfig}
installs:
  edge:
    namespace: edge
    ambassador_id: "0123"
    load_balancer: {ip: 192.0.2.7, l7_hops: 1}
    replicas: {autoscaling: true}
    cluster_request_timeout_ms: 120000
    hosts:
      - {name: site, spec: {hostname: a.example.com, requestPolicy: {insecure: {action: Route}}}}
    mappings:
      - {name: shop, spec: {hostname: a.example.com, prefix: /, service: 'shop.shop:80'}}
"""


@pytest.fixture
def emissary(tmp_path: Path, helm: Path) -> ProjectKit:
    terraform = on_path("terraform")
    engine = {"TFWRAP_ENGINE": str(terraform)} if terraform else {}
    kit = ProjectKit(tmp_path / "project", {"PATH": f"{helm.parent}:/usr/bin:/bin", **engine})
    kit.write({"tfwrap.toml": "", "live/dev/env.yaml": ENV})
    return kit


def test_packages_are_byte_stable_and_named_by_their_content(emissary: ProjectKit) -> None:
    first, second = (emissary.run("chart", "dev", "build", "-o", folder, "--json") for folder in ("one", "two"))
    assert first.status == second.status == 0, first.err
    names = [Path(path).name for path in first.json["charts"]]
    assert [name.partition("-8.2.0+")[0] for name in names] == ["emissary-crds", "emissary-ingress", "emissary-config"]
    for name in names:
        assert (emissary.root / "one" / name).read_bytes() == (emissary.root / "two" / name).read_bytes()


def test_manifests_have_the_values_that_an_apply_would_give(emissary: ProjectKit) -> None:
    outcome = emissary.run("chart", "dev", "template")
    assert outcome.status == 0, outcome.err
    manifests = read_manifests(outcome.out)
    assert len(by_kind(manifests, "CustomResourceDefinition")) == 14
    service = next(one for one in by_kind(manifests, "Service") if one["spec"].get("type") == "LoadBalancer")
    assert service["metadata"]["namespace"] == "edge"
    assert service["spec"]["loadBalancerIP"] == "192.0.2.7"
    assert only(manifests, "Module")["spec"]["config"]["cluster_request_timeout_ms"] == 120000
    host, mapping = only(manifests, "Host"), only(manifests, "Mapping")
    assert host["spec"]["ambassador_id"] == mapping["spec"]["ambassador_id"] == ["0123"]
    assert {one["spec"]["l7Depth"] for one in by_kind(manifests, "Listener")} == {1}
    assert not (emissary.root / "modules").exists()  # nothing is generated for it


def test_one_unit_alone(emissary: ProjectKit) -> None:
    outcome = emissary.run("chart", "dev", "template", "edge-config")
    assert outcome.status == 0, outcome.err
    assert {one["kind"] for one in read_manifests(outcome.out)} == {"Host", "Listener", "Mapping"}
    unknown = emissary.run("chart", "dev", "template", "edge-confg")
    assert unknown.status == 3
    assert "did you mean edge-config?" in unknown.err


def test_lint_says_what_a_chart_of_ones_own_does_not_know(emissary: ProjectKit) -> None:
    assert emissary.run("chart", "dev", "lint").status == 0
    chart = emissary.root / "charts" / "emissary-config"
    emissary.run("generate", "dev")
    shutil.copytree(emissary.root / "modules/emissary-config/chart", chart)
    schema = chart / "values.schema.json"
    schema.write_text(schema.read_text().replace('"mappings"', '"routes"'))
    emissary.write({"live/dev/env.yaml": ENV + "charts: {config: {path: ../../charts/emissary-config}}\n"})
    outcome = emissary.run("chart", "dev", "lint", "--json")
    assert outcome.status == 1
    assert outcome.codes() == ["E641"]
    assert "mappings" in outcome.json["problems"][0]["message"]


def test_without_helm_only_build_works(emissary: ProjectKit) -> None:
    emissary.env["PATH"] = "/nowhere"
    assert emissary.run("chart", "dev", "build").status == 0
    outcome = emissary.run("chart", "dev", "lint", "--json")
    assert (outcome.status, outcome.codes()) == (1, ["E640"])


def test_other_stacks_have_no_charts(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": "stack: units\nunits:\n  a: {module: ../../modules/echo, inputs: {text: x}}\n"})
    outcome = project.run("chart", "dev", "build", "--json")
    assert (outcome.status, outcome.codes()) == (1, ["E644"])
