"""What is wrong with Emissary settings: the code, the place, the words and the hint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from emissary_kit import faults, settings

MAPPING: dict[str, Any] = {"hostname": "h", "prefix": "/", "service": "s"}
LISTENER: dict[str, Any] = {
    "port": 80,
    "protocol": "HTTP",
    "securityModel": "XFP",
    "hostBinding": {"namespace": {"from": "ALL"}},
}
TCP = {"port": 6379, "service": "redis"}


def spec(key: str, **fields: Any) -> dict[str, Any]:
    """An install with one resource whose spec is fine but for `fields`."""
    good: dict[str, Any] = {"mappings": MAPPING, "listeners": LISTENER}.get(key, {})
    return settings({key: [{"name": "x", "spec": good | fields}]})


def other(kind: str, **fields: Any) -> dict[str, Any]:
    return settings({"resources": [{"kind": kind, "name": "x", "spec": fields}]})


EDGE = "installs.edge"
CASES: list[tuple[dict[str, Any], str, str, str | None]] = [
    # a value that a rule of Emissary is about
    (settings({"ambassador_id": 83}), "R23", f"{EDGE}.ambassador_id should be a text of", "put it in quotes"),
    (settings({"ambassador_id": None}), "R23", "not null", "put it in quotes"),
    (settings({"ambassador_id": "a\u0007b"}), "R23", "letters, digits, dots, dashes and underscores", None),
    (spec("hosts", ambassador_id=[True]), "R23", "spec.ambassador_id[0] should be", "put it in quotes"),
    (spec("tls_contexts", min_tls_version="1.2"), "R16", "min_tls_version should be one of v1.0", "write v1.2"),
    (spec("tls_contexts", max_tls_version=1.2), "R16", "not 1.2", "write v1.2"),
    (spec("hosts", tls={"min_tls_version": "v1.4"}), "R16", "spec.tls.min_tls_version", "did you mean"),
    (
        spec("tls_contexts", min_tls_version="v1.3", max_tls_version="v1.2"),
        "R16",
        "spec.max_tls_version should not be below min_tls_version, which is v1.3",
        None,
    ),
    (settings({"cluster_request_timeout_ms": "120s"}), "R37", "a whole number of milliseconds", "write 120000"),
    (settings({"module": {"cluster_request_timeout_ms": 1.5}}), "R37", "module.cluster_request_timeout_ms", None),
    (spec("mappings", timeout_ms="3s"), "R37", "mappings[0].spec.timeout_ms", "write 3000"),
    (settings({"module": {"cluster_reqest_timeout_ms": 1}}), "R38", "would ignore it", "cluster_request_timeout_ms"),
    (settings({"replicas": {"min": 0}}), "R42", "replicas.min should be a whole number, at least 1", None),
    (settings({"replicas": {"min": 4, "max": 3}}), "R42", "replicas.max should be at least min, which is 4", None),
    (
        settings({"replicas": {"min": 4}}),
        "R42",
        "min should be at most max, which is 3 by default, not 4",
        None,
    ),
    (settings({"namespace": "Edge"}), "R48", f"{EDGE}.namespace should be a namespace", None),
    (settings({"namespace": "n" * 64}), "R48", "at most 63", None),
    (settings(installs={"Edge": settings()["installs"]["edge"]}), "R48", "should be an install's name", None),
    (settings(installs={"e" * 46: settings()["installs"]["edge"]}), "R48", "at most 45", None),
    (settings({"hosts": [{"name": "a_b", "spec": {}}]}), "R48", "hosts[0].name should be a Kubernetes name", None),
    (spec("listeners", protocol="UDP"), "R51", "spec.protocol should be a protocol over TCP", None),
    (spec("listeners", protocol=None), "R51", "it has neither", None),
    (spec("listeners", protocolStack=["HTTP", "TCP"]), "R51", "it has both", None),
    (
        spec("listeners", hostBinding={"namespace": {"from": "SELECTOR"}}),
        "R51",
        "hostBinding.namespace.from should be SELF or ALL",
        None,
    ),
    (settings({"log_level": 3}), "R54", "log_level should be text", None),
    (settings({"module": {"keepalive": {"time": "10s"}}}), "R56", "keepalive.time", "write 10, without quotes"),
    (spec("mappings", circuit_breakers=[{"max_requests": "many"}]), "R56", "circuit_breakers[0].max_requests", None),
    (spec("mappings", retry_policy={"num_retries": True}), "R56", "not true", None),
    # the CRDs' own types, enums and bounds
    (spec("listeners", port=0), "E103", "spec.port should be at least 1", None),
    (spec("listeners", port=65536), "E103", "spec.port should be at most 65535", None),
    (spec("listeners", l7Depth=2**31), "E103", "l7Depth", None),
    (spec("listeners", protocol="HTPS"), "E103", "spec.protocol should be one of", "did you mean HTTPS?"),
    (spec("mappings", redirect_response_code=200), "E103", "redirect_response_code", None),
    (spec("mappings", error_response_overrides=[]), "E103", "error_response_overrides should not be empty", None),
    (
        spec("mappings", error_response_overrides=[{"on_status_code": 200, "body": {}}]),
        "E103",
        "on_status_code should be at least 400",
        None,
    ),
    (spec("mappings", load_balancer={}), "E104", "load_balancer.policy is required", None),
    (spec("mappings", servce="x"), "E102", "spec.servce is not a setting", "did you mean service?"),
    (spec("hosts", tlsSecret={"nmespace": "x"}), "E102", "tlsSecret.nmespace", "did you mean namespace?"),
    (spec("listeners", hostBinding={"namespace": {"from_": "ALL"}}), "E102", "from_ is not a setting", "from"),
    # kinds without a model
    (other("TCPMapping", **TCP, servce="x"), "E102", "spec.servce is not a field of TCPMapping", "mean service?"),
    (other("TCPMapping", port=1), "E104", "resources[0].spec.service is required", None),
    (other("TCPMapping", **(TCP | {"port": "1"})), "E103", "spec.port should be a whole number", None),
    (other("TCPMapping", **(TCP | {"port": True})), "E103", "should be a whole number, not true", None),
    (other("TCPMapping", **TCP, circuit_breakers=[{"max_retries": "1"}]), "R56", "max_retries should be", None),
    (other("AuthService", auth_service="a", proto="grcp"), "E103", "spec.proto should be one of http, grpc", "grpc?"),
    (other("AuthService", auth_service="a", timeout_ms="5s"), "R37", "spec.timeout_ms should be", None),
    (other("AuthService", auth_service="a", status_on_error="5"), "E103", "status_on_error should be a map", None),
    (other("AuthService", auth_service="a", add_auth_headers={"x": 1}), "E103", "should be text, not 1", None),
    (
        other("AuthService", auth_service="a", v2ExplicitTLS={"serviceScheme": "ftp://"}),
        "E103",
        "serviceScheme should match",
        None,
    ),
    (other("ConsulResolver", ambassador_id=[1]), "R23", "spec.ambassador_id[0] should be text", None),
    (other("Host"), "E153", "kind should not be Host: these stand in `hosts` of the install", None),
    (other("TcpMapping"), "E103", "kind should be one of", "did you mean TCPMapping?"),
    # the rest
    (settings({"replicas": {"mx": 3}}), "E102", "replicas.mx is not a setting", "did you mean max?"),
    (settings({"access": "intern"}), "E103", "access should be one of public, private", None),
    (settings({"load_balancer": {"l7_hops": -1}}), "E103", "l7_hops should be at least 0", None),
    (settings({"listeners": "defaults"}), "E103", f"{EDGE}.listeners should be", None),
    (settings(installs={}), "E103", "installs should not be empty", None),
    (settings(installs={"edge": {"namespace": "a"}}), "E104", f"{EDGE}.ambassador_id is required", None),
    (settings(cluster={"name": "c"}), "E104", "cluster.region is required", "access gke"),
    (
        settings(cluster={"name": "c", "region": "r", "kubeconfig": "k"}),
        "E152",
        "cluster.kubeconfig is not used with access: gke",
        "access: kubeconfig",
    ),
    (settings(kubernetes_version=1.33), "E103", "kubernetes_version should be text", '"1.33"'),
    (settings(method="kustomise"), "E103", "method should be one of helm, kustomize", "did you mean kustomize?"),
    (settings(charts={"ingress": "bundle"}), "E103", "charts.ingress should say where", "{path}"),
    (settings(charts={"crds": {"oci": "ghcr.io/x", "version": "1"}}), "E103", "charts.crds.oci should match", None),
    (settings(charts={"crds": {"repository": "r", "version": "1"}}), "E104", "charts.crds.chart is required", None),
    # what shows only together
    (
        settings(method="kustomize", charts={"config": {"oci": "oci://example.com/c", "version": "8.2.0"}}),
        "E680",
        "charts.config names a chart, and method: kustomize installs none",
        "take it out, or write method: helm",
    ),
    (settings(charts={"version": "8.9.1"}), "E152", "the bundled charts are 8.2.0", "crds, ingress, config"),
    (settings(charts={"config": {"path": "../x"}}), "E107", "charts.config.path names ../x", "relative"),
    (
        settings(providers={"helm": {"config": {"experiments": {"manifest": True}}}}),
        "E152",
        "experiments has no place here",
        "take it out",
    ),
    (
        settings({"diagnostics": False, "module": {"diagnostics": {"enabled": True}}}),
        "E151",
        "module.diagnostics says again what installs.edge.diagnostics says",
        "keep one",
    ),
    (
        settings({"cluster_request_timeout_ms": 1000, "module": {"cluster_request_timeout_ms": 2000}}),
        "E151",
        "cluster_request_timeout_ms",
        "keep one",
    ),
    (
        settings({"resolver": {"name": "r", "default": True}, "module": {"resolver": "r"}}),
        "E151",
        "module.resolver",
        "keep one",
    ),
    (settings({"log_level": "verbose"}), "R54", '"verbose" is no log level', "one of error"),
    (settings({"log_level": "inof"}), "R54", "no log level", "did you mean info?"),
]


@pytest.mark.parametrize(("data", "code", "words", "hint"), CASES, ids=[f"{case[1]} {case[2]}" for case in CASES])
def test_one_fault_is_told_once(data: dict[str, Any], code: str, words: str, hint: str | None, tmp_path: Path) -> None:
    (problem,) = faults(tmp_path, data)
    assert (problem.code, words in problem.message) == (code, True), problem
    assert problem.location is not None
    assert hint is None or hint in (problem.hint or ""), problem


def test_an_unknown_log_level_is_a_warning_only(tmp_path: Path) -> None:
    assert [problem.severity for problem in faults(tmp_path, settings({"log_level": "loud"}))] == ["warning"]


def test_faults_of_all_installs_are_told_together_each_where_it_stands(tmp_path: Path) -> None:
    text = """stack: emissary
project_id: p
cluster: {name: c, region: r}
installs:
  a:
    namespace: a
    ambassador_id: 0123
    module: {keepalive: {time: 10s}, diagnostic: {}}
  b:
    namespace: b
    ambassador_id: b
    resources:
      - kind: TCPMapping
        name: t
        spec: {port: 1, servce: x}
"""
    found = [
        (problem.code, problem.location.line, problem.location.column, problem.location.length)
        for problem in faults(tmp_path, text)
        if problem.location
    ]
    assert found == [
        ("R23", 7, 20, 4),
        ("R56", 8, 32, 3),
        ("R38", 8, 38, 10),
        ("E104", 15, 9, 4),
        ("E102", 15, 25, 6),
    ]


def test_resources_of_one_name_collide_by_kind_and_namespace(tmp_path: Path) -> None:
    install = {
        "hosts": [{"name": "x", "spec": {}}, {"name": "x", "namespace": "apart", "spec": {}}],
        "mappings": [{"name": "x", "spec": MAPPING}, {"name": "x", "namespace": "edge", "spec": MAPPING}],
        "resolver": {"name": "r"},
        "resources": [
            {"kind": "KubernetesEndpointResolver", "name": "r", "spec": {}},
            {"kind": "KubernetesServiceResolver", "name": "r", "spec": {}},
            {"kind": "Module", "name": "ambassador", "spec": {"config": {}}},
            {"kind": "Module", "name": "other", "spec": {"config": {}}},
        ],
    }
    found = faults(tmp_path, settings(install))
    assert [(problem.code, problem.message) for problem in found if problem.code == "R48"] == [
        ("R48", f"{what} in namespace edge is there twice: here and as installs.edge{first}")
        for what, first in [
            ("Mapping x", ".mappings[0].name"),
            ("KubernetesEndpointResolver r", ".resolver.name"),
            ("Module ambassador", ""),
        ]
    ]


def test_two_installs_need_two_namespaces(tmp_path: Path) -> None:
    one, two = {"namespace": "same", "ambassador_id": "a"}, {"namespace": "same", "ambassador_id": "b"}
    found = faults(tmp_path, settings(installs={"one": one, "two": two}))
    assert {problem.code for problem in found} == {"R48"}
    assert [problem.message.split(" in ")[0] for problem in found] == [
        "Module ambassador",
        "Listener http-listener",
        "Listener https-listener",
    ]
    assert {problem.hint for problem in found} == {"give each install its own namespace"}
