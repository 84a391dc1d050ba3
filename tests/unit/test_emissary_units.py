"""Units of an Emissary environment: names, order, arguments, backends, providers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from emissary_kit import build, render_values, settings, unit

from tfwrap.hcl.nodes import Attribute, Block, Body, Call, Template, Traversal
from tfwrap.hcl.write import render
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.model import LocalModule, Stack

ROOT = Path(__file__).parents[2]
GKE = {"name": "c", "region": "r", "access": "gke"}


def two_installs(**over: Any) -> dict[str, Any]:
    return settings(
        installs={name: {"namespace": name, "ambassador_id": f"{name}-id"} for name in ("one", "two")}, **over
    )


def requirements(stack: Stack) -> dict[str, tuple[str, str | None]]:
    (found,) = {unit.required_providers for unit in stack.units}
    return {item.local_name: (item.source, item.version) for item in found}


def provider_text(stack: Stack) -> str:
    (blocks,) = {render(Body(unit.provider_blocks)) for unit in stack.units}
    return blocks


def test_crds_come_before_each_ingress_and_that_before_its_config(tmp_path: Path) -> None:
    stack = build(tmp_path, two_installs())
    assert [(unit.name, unit.dependencies, unit.references) for unit in stack.units] == [
        ("emissary-crds", (), ()),
        ("one-ingress", ("emissary-crds",), ()),
        ("one-config", ("one-ingress",), ()),
        ("two-ingress", ("emissary-crds",), ()),
        ("two-config", ("two-ingress",), ()),
    ]


def test_each_release_has_the_name_of_its_unit_and_its_own_namespace(tmp_path: Path) -> None:
    stack = build(tmp_path, two_installs())
    assert [unit.arguments["name"] for unit in stack.units] == [unit.name for unit in stack.units]
    assert unit(stack, "emissary-crds").arguments["namespace"] == "emissary-system"
    for name in ("one-ingress", "one-config"):
        assert unit(stack, name).arguments["namespace"] == Traversal("local.emissary_ns")
        assert 'emissary_ns   = "one"' in render(unit(stack, name).files["locals.tf"])


def test_names_that_hold_for_the_whole_cluster_differ_between_installs(tmp_path: Path) -> None:
    stack = build(tmp_path, two_installs())
    one, two = (render_values(unit(stack, f"{name}-ingress")) for name in ("one", "two"))
    assert 'ingressClassResource:\n  name: "one"\nrbac:\n  nameOverride: "one-ingress"\n' in one
    assert 'ingressClassResource:\n  name: "two"\nrbac:\n  nameOverride: "two-ingress"\n' in two


def test_modules_and_bundled_charts_are_those_of_the_project(tmp_path: Path) -> None:
    stack = build(tmp_path, settings())
    for role, one in zip(("crds", "ingress", "config"), stack.units, strict=True):
        assert one.module == LocalModule(tmp_path / "tf" / f"emissary-{role}")
        assert one.charts == (tmp_path / "tf" / f"emissary-{role}" / "chart",)
        assert not {"chart", "chart_repository", "chart_version"} & set(one.arguments)
        assert [output.name for output in one.outputs] == ["name", "namespace", "chart_version", "app_version"]


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        (
            {"repository": "https://charts.example.org", "chart": "emissary-ingress", "version": "8.9.1"},
            {
                "chart_repository": "https://charts.example.org",
                "chart": "emissary-ingress",
                "chart_version": Traversal("local.chart_version"),
            },
        ),
        (
            {"oci": "oci://ghcr.io/emissary-ingress/emissary-ingress", "version": "8.12.2"},
            {
                "chart": "oci://ghcr.io/emissary-ingress/emissary-ingress",
                "chart_version": Traversal("local.chart_version"),
            },
        ),
        (
            {"path": "../../charts/ingress-8.9.1.tgz"},
            {"chart": Template((Traversal("path.module"), "/../../../charts/ingress-8.9.1.tgz"))},
        ),
    ],
    ids=["repository", "oci", "path"],
)
def test_a_chart_from_elsewhere(source: dict[str, str], arguments: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "ingress-8.9.1.tgz").touch()
    one = unit(build(tmp_path, settings(charts={"ingress": source})), "edge-ingress")
    assert {name: value for name, value in one.arguments.items() if name.startswith("chart")} == arguments
    assert one.charts == ()
    text = render(one.files["locals.tf"])
    if "version" in source:
        assert f'chart_version  = "{source["version"]}"' in text or f'chart_version = "{source["version"]}"' in text
    else:
        assert "chart_version" not in text


def test_a_chart_folder_is_relative_to_the_file_it_is_written_in(tmp_path: Path) -> None:
    (tmp_path / "shared" / "mine").mkdir(parents=True)
    (tmp_path / "shared" / "base.yaml").write_text("charts: {config: {path: mine}}\n")
    one = unit(build(tmp_path, settings(extends="../../shared/base.yaml")), "edge-config")
    assert one.arguments["chart"] == Template((Traversal("path.module"), "/../../../shared/mine"))
    assert one.charts == (tmp_path / "shared" / "mine",)


def test_each_unit_has_a_state_of_its_own(tmp_path: Path) -> None:
    stack = build(tmp_path, two_installs(backend={"gcs": {"bucket": "b", "prefix": "emissary/dev"}}))
    assert [unit.backend.arguments["prefix"] for unit in stack.units] == [
        f"emissary/dev/{unit.name}" for unit in stack.units
    ]


def test_a_kubeconfig_is_told_by_the_environment_and_never_written(tmp_path: Path) -> None:
    cluster = {"name": "c", "access": "kubeconfig", "kubeconfig": "../kube.yaml", "context": "dev"}
    stack = build(tmp_path, settings(cluster=cluster, env={"HELM_DEBUG": "1", "KUBECONFIG": "other"}))
    path = str(tmp_path / "live" / "kube.yaml")
    for one in stack.units:
        assert one.provider_blocks == ()
        assert one.environment == {
            "HELM_DEBUG": "1",
            "KUBECONFIG": path,
            "KUBE_CONFIG_PATH": path,
            "KUBE_CTX": "dev",
        }
        assert str(tmp_path) not in "".join(render(body) for body in one.files.values())
    assert requirements(stack) == {"helm": ("hashicorp/helm", ">= 1.3.2, < 4")}


def test_without_a_kubeconfig_the_users_own_environment_counts(tmp_path: Path) -> None:
    assert {json.dumps(unit.environment) for unit in build(tmp_path, settings()).units} == {
        '{"KUBE_CONFIG_PATH": "$KUBECONFIG"}'
    }


@pytest.mark.parametrize(
    ("asked", "written", "attribute"),
    [
        (None, ">= 3.0, < 4", True),
        (">= 2.6, < 4", ">= 2.6, < 4, >= 3.0", True),
        (">= 2.6", ">= 2.6, >= 3.0", True),
        ("~> 3.1", "~> 3.1", True),
        ("= 3.1.2", "= 3.1.2", True),
        (">= 3.0, != 3.0.0", ">= 3.0, != 3.0.0", True),
        ("= 2.6.0", "= 2.6.0", False),
        ("2.6.0", "2.6.0", False),
        ("~> 2.6", "~> 2.6", False),
        ("~> 2.6.1", "~> 2.6.1", False),
        ("< 3", "< 3", False),
        (">= 1.3.2, <= 2.17.0", ">= 1.3.2, <= 2.17.0", False),
    ],
)
def test_gke_access_is_written_as_the_helm_provider_takes_it(
    asked: str | None, written: str, attribute: bool, tmp_path: Path
) -> None:
    providers = {"helm": {"version": asked}} if asked else {}
    stack = build(tmp_path, settings(cluster=GKE, providers=providers))
    assert requirements(stack) == {
        "google": ("hashicorp/google", ">= 6, < 8"),
        "helm": ("hashicorp/helm", written),
    }
    text = provider_text(stack)
    assert ("kubernetes = {" in text, "kubernetes {" in text) == (attribute, not attribute)
    assert ("required_providers asks for that" in text) == (written != (asked or ""))
    assert '"https://${data.google_container_cluster.this.endpoint}"' in text
    assert "private_cluster_config" not in text
    assert "experiments" not in text


def test_provider_settings_are_added_to_what_is_generated(tmp_path: Path) -> None:
    providers = {
        "helm": {"version": "~> 3.1", "config": {"debug": True, "kubernetes": {"proxy_url": "http://p"}}},
        "google": {"version": "~> 6.10", "config": {"user_project_override": True}},
    }
    stack = build(tmp_path, settings(cluster=GKE, providers=providers))
    assert requirements(stack)["google"] == ("hashicorp/google", "~> 6.10")
    text = provider_text(stack)
    for words in ("user_project_override = true", "debug = true", '"http://p"', "token"):
        assert words in text


def test_a_configured_helm_provider_with_a_kubeconfig(tmp_path: Path) -> None:
    config = {"kubernetes": {"config_context": "x"}}
    old = build(tmp_path, settings(providers={"helm": {"version": "< 3", "config": config}}))
    new = build(tmp_path, settings(providers={"helm": {"version": ">= 3", "config": config}}))
    assert 'kubernetes {\n    config_context = "x"' in provider_text(old)
    assert 'kubernetes = {\n    config_context = "x"' in provider_text(new)


def test_locals_of_an_ingress_have_the_names_of_the_reference_set_up(tmp_path: Path) -> None:
    stack = build(tmp_path, (ROOT / "live/dev/env.yaml").read_text())
    assert [problem.code for problem in stack.problems] == ["R42", "R35"]
    (block,) = unit(stack, "emissary-ingress").files["locals.tf"].items
    assert isinstance(block, Block)
    values = {item.name: item.value for item in block.body.items if isinstance(item, Attribute)}
    assert values.pop("emissary_ingress_map") == {
        "ambassadorID": Traversal("local.ambassador_id"),
        "loadBalancerIP": "35.232.98.249",
        "autoscalingEnabled": True,
        "replicaCount": 2,
        "minReplicas": 2,
        "maxReplicas": 3,
        "canaryEnabled": False,
        "logLevel": "error",
        "endpointEnable": True,
        "endpointName": "my-resolver",
        "diagnosticsEnable": False,
        "clusterRequestTimeout": 120000,
    }
    assert values == {
        "project_id": "global-sre-dev",
        "cluster_name": "sre-gke",
        "cluster_region": "us-central1",
        "emissary_ns": "emissary",
        "ambassador_id": "ambassador",
        "chart_version": "8.2.0",
    }


def test_values_of_a_config_are_the_listeners_then_the_heredoc(tmp_path: Path) -> None:
    one = unit(build(tmp_path, settings()), "edge-config")
    path = Template((Traversal("path.module"), "/values/emissary-listeners.yaml.tftpl"))
    assert one.arguments["values"] == [
        Call("templatefile", (path, Traversal("local.emissary_listeners_map"))),
        Traversal("local.emissary_config_yaml"),
    ]


def test_the_article_s_config_is_the_heredoc_it_shows(tmp_path: Path) -> None:
    stack = build(tmp_path, (ROOT / "live/dev/env.yaml").read_text())
    text = render(unit(stack, "emissary-config").files["config.tf"])
    assert "emissary_config_yaml = <<-EOT\n    hosts:\n      - name: my-host-dev\n" in text
    assert "ambassador_id:\n            - \"${local.ambassador_id}\"\n          hostname: '*.wadexu.cloud'" in text
    assert "service: my-nginx.nginx:80\n    tlscontexts:\n" in text


def test_production_needs_two_ids_and_an_allow_list(tmp_path: Path) -> None:
    stack = build(tmp_path, (ROOT / "live/prod/env.yaml").read_text())
    assert stack.problems == ()
    assert [unit.name for unit in stack.units[1:]] == [
        "public-ingress",
        "public-config",
        "private-ingress",
        "private-config",
    ]
    assert "loadBalancerSourceRanges" in render_values(unit(stack, "private-ingress"))
    assert "loadBalancerSourceRanges" not in render_values(unit(stack, "public-ingress"))


def test_editors_get_a_schema_with_words_and_choices() -> None:
    schema = EmissarySettings.model_json_schema()
    install = schema["$defs"]["Install"]["properties"]
    assert install["log_level"]["enum"] == ["error", "warn", "warning", "info", "debug", "trace"]
    assert install["access"]["enum"] == ["public", "private"]
    assert {"const": "default", "type": "string"} in install["listeners"]["anyOf"]
    chart = schema["$defs"]["Charts"]["properties"]["ingress"]["anyOf"]
    assert [branch.get("const") or branch["$ref"].rsplit("/", 1)[1] for branch in chart] == [
        "bundled",
        "PathChart",
        "RepositoryChart",
        "OciChart",
    ]
    assert sorted(schema["required"]) == ["cluster", "installs", "project_id", "stack"]
    for definition in [schema, *schema["$defs"].values()]:
        for name, facts in definition.get("properties", {}).items():
            assert facts.get("description"), name
