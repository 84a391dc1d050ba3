"""The three charts under a real helm."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from parts.charts import NAMES, Helm, by_kind, chart_folder, only

from tfwrap.stacks.emissary.charts import package, package_name
from tfwrap.stacks.emissary.crds import KINDS

INGRESS = chart_folder("emissary-ingress")
CONFIG = chart_folder("emissary-config")
CRDS = chart_folder("emissary-crds")

# Texts that YAML 1.1 or a careless template would make into something else.
NASTY = [
    "on",
    "0123",
    "1e3",
    "null",
    "~",
    "12:30",
    "0x1f",
    "2001-01-01",
    "a: b",
    "#x",
    'q"\\',
    "<&>",
    "{{ .Values }}",
    "é\n",
]

ARTICLE: dict[str, Any] = {
    "replicaCount": 2,
    "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 3},
    "service": {"type": "LoadBalancer", "loadBalancerIP": "35.232.98.249"},
    "env": {
        "AMBASSADOR_ID": "ambassador",
        "AES_LOG_LEVEL": "error",
        "DOGSTATSD": True,
        "STATSD_ENABLED": True,
    },
    "envRaw": "- name: STATSD_HOST\n  valueFrom:\n    fieldRef:\n      fieldPath: status.hostIP\n",
    "module": {
        "diagnostics": {"enabled": False, "allow_non_local": True},
        "keepalive": {"time": 100, "interval": 10, "probes": 5},
        "cluster_request_timeout_ms": 120000,
    },
    "resolvers": {"endpoint": {"create": True, "name": "my-resolver"}},
    "canary": {"enabled": False},
    "agent": {"enabled": False},
}


@pytest.fixture
def run_helm(helm: Path, tmp_path: Path) -> Helm:
    return Helm(helm, tmp_path)


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    (found,) = deployment["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def identities(manifests: list[dict[str, Any]], namespaced: bool) -> set[tuple[str, str, str]]:
    return {
        (manifest["kind"], manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"])
        for manifest in manifests
        if namespaced or "namespace" not in manifest["metadata"]
    }


@pytest.mark.parametrize("name", NAMES)
def test_lints_and_is_what_its_package_is(run_helm: Helm, tmp_path: Path, name: str) -> None:
    chart = chart_folder(name)
    packed = tmp_path / package_name(chart)
    packed.write_bytes(package(chart))

    for form in (chart, packed):
        linted = run_helm.lint(form, {})
        assert linted.returncode == 0, linted.stdout + linted.stderr
        assert "[WARNING]" not in linted.stdout
    assert run_helm.template(packed) == run_helm.template(chart)
    shown = run_helm.run("show", "chart", packed).stdout
    assert packed.name == f"{name}-{shown.split('version: ')[-1].split()[0]}.tgz"


def test_a_package_holds_what_helm_itself_packages(run_helm: Helm, tmp_path: Path) -> None:
    chart = tmp_path / "chart"
    shutil.copytree(CONFIG, chart)
    rules = "/top\nsub/*.txt\ndrop/\n[a-c]?.md\n\\#literal\n*.swp\n# comment\n"
    (chart / ".helmignore").write_text(rules)
    for path in (
        *("top", "sub/top", "sub/a.txt", "sub/deep/a.txt", "drop/x", "sub/drop/y", "a1.md", "d1.md", "abc.md"),
        *("#literal", "x.swp", "templates/.hidden.yaml", "templates/.d/x.yaml", "files/.hidden", "drop.txt"),
        *("README.md", "charts/sub/Chart.yaml", "charts/sub/templates/x.yaml"),
    ):
        (chart / path).parent.mkdir(parents=True, exist_ok=True)
        (chart / path).write_text("apiVersion: v2\nname: sub\nversion: 1.0.0\n")

    done = run_helm.run("package", chart, "--destination", tmp_path)

    assert done.returncode == 0, done.stderr
    (theirs,) = tmp_path.glob("*.tgz")
    with tarfile.open(theirs) as archive, tarfile.open(fileobj=io.BytesIO(package(chart))) as ours:
        assert set(ours.getnames()) == set(archive.getnames())


def test_crds_are_kept_and_serve_one_closed_version(run_helm: Helm) -> None:
    crds = run_helm.template(CRDS)

    assert {crd["spec"]["names"]["kind"] for crd in crds} == set(KINDS.values())
    for crd in crds:
        assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert crd["metadata"]["name"] == f"{crd['spec']['names']['plural']}.getambassador.io"
        (version,) = crd["spec"]["versions"]
        assert (version["name"], version["served"], version["storage"]) == ("v3alpha1", True, True)
        assert "conversion" not in crd["spec"]


def test_ingress_with_the_values_of_the_article(run_helm: Helm) -> None:
    manifests = run_helm.template(INGRESS, ARTICLE, release="emissary-ingress")

    assert sorted(manifest["kind"] for manifest in manifests) == [
        "ClusterRole",
        "ClusterRoleBinding",
        "Deployment",
        "HorizontalPodAutoscaler",
        "IngressClass",
        "KubernetesEndpointResolver",
        "Module",
        "Service",
        "Service",
        "ServiceAccount",
    ]
    deployment, hpa = only(manifests, "Deployment"), only(manifests, "HorizontalPodAutoscaler")
    assert "replicas" not in deployment["spec"]
    assert hpa["apiVersion"] == "autoscaling/v2"
    assert (hpa["spec"]["minReplicas"], hpa["spec"]["maxReplicas"]) == (2, 3)
    assert hpa["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"] == "emissary-ingress"

    env = {entry["name"]: entry.get("value") for entry in container(deployment)["env"]}
    assert env["AMBASSADOR_ID"] == "ambassador"
    assert env["AES_LOG_LEVEL"] == "error"
    assert env["DOGSTATSD"] == env["STATSD_ENABLED"] == "true"
    statsd = next(entry for entry in container(deployment)["env"] if entry["name"] == "STATSD_HOST")
    assert statsd["valueFrom"] == {"fieldRef": {"fieldPath": "status.hostIP"}}

    module = only(manifests, "Module")
    assert module["metadata"]["name"] == "ambassador"
    assert module["spec"] == {"ambassador_id": ["ambassador"], "config": ARTICLE["module"]}
    assert only(manifests, "KubernetesEndpointResolver")["metadata"]["name"] == "my-resolver"


def test_ingress_services_send_to_ports_the_pod_listens_on(run_helm: Helm) -> None:
    manifests = run_helm.template(INGRESS, {"service": {"ports": [{"name": "web", "port": 80, "targetPort": 9000}]}})

    ports = container(only(manifests, "Deployment"))["ports"]
    known = {port["name"] for port in ports} | {port["containerPort"] for port in ports}
    front, admin = by_kind(manifests, "Service")
    if front["metadata"]["name"].endswith("-admin"):
        front, admin = admin, front
    assert [port["targetPort"] for port in front["spec"]["ports"]] == [9000]
    assert {9000, "admin", 8877} <= known
    assert admin["spec"]["type"] == "ClusterIP"
    labels = only(manifests, "Deployment")["spec"]["template"]["metadata"]["labels"]
    for service in (front, admin):
        assert service["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize(
    ("release", "name"),
    [("emissary-ingress", "emissary-ingress"), ("private", "private-emissary-ingress")],
)
def test_ingress_names(run_helm: Helm, release: str, name: str) -> None:
    manifests = run_helm.template(INGRESS, release=release)

    assert only(manifests, "Deployment")["metadata"]["name"] == name
    assert {service["metadata"]["name"] for service in by_kind(manifests, "Service")} == {name, f"{name}-admin"}
    assert only(manifests, "Deployment")["spec"]["replicas"] == 3


def test_two_installs_share_no_name(run_helm: Helm) -> None:
    def install(release: str, namespace: str) -> list[dict[str, Any]]:
        values = {**ARTICLE, "ingressClassResource": {"name": namespace}, "rbac": {"nameOverride": namespace}}
        return run_helm.template(INGRESS, values, release=release, namespace=namespace)

    public, private = install("emissary-ingress", "public"), install("emissary-ingress", "private")

    assert identities(public, namespaced=True).isdisjoint(identities(private, namespaced=True))
    assert {kind for kind, _, _ in identities(public, namespaced=False)} == {
        "ClusterRole",
        "ClusterRoleBinding",
        "IngressClass",
    }
    binding = only(private, "ClusterRoleBinding")
    assert binding["roleRef"]["name"] == only(private, "ClusterRole")["metadata"]["name"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "emissary-ingress", "namespace": "private"}]


def test_single_namespace_takes_the_reading_of_secrets_out_of_the_cluster_role(run_helm: Helm) -> None:
    wide = run_helm.template(INGRESS)
    narrow = run_helm.template(INGRESS, {"scope": {"singleNamespace": True}})

    def resources(manifests: list[dict[str, Any]], kind: str) -> set[str]:
        return {name for role in by_kind(manifests, kind) for rule in role["rules"] for name in rule["resources"]}

    assert {"secrets", "services"} <= resources(wide, "ClusterRole")
    assert not by_kind(wide, "Role")
    assert resources(narrow, "ClusterRole") == {"customresourcedefinitions"}
    assert {"secrets", "services"} <= resources(narrow, "Role")
    assert only(narrow, "RoleBinding")["roleRef"]["kind"] == "Role"
    environment = {entry["name"] for entry in container(only(narrow, "Deployment"))["env"]}
    assert "AMBASSADOR_SINGLE_NAMESPACE" in environment
    for role in [*by_kind(narrow, "Role"), *by_kind(wide, "ClusterRole")]:
        for rule in role["rules"]:
            writes = not {"get", "list", "watch"}.issuperset(rule["verbs"])
            assert all(name.endswith("/status") for name in rule["resources"]) or not writes


def test_canary_pods_get_traffic_of_the_main_service_only_if_mixed(run_helm: Helm) -> None:
    canary = {"enabled": True, "replicaCount": 1, "image": {"tag": "3.9.1"}}
    apart = run_helm.template(INGRESS, {"canary": canary, "service": {"loadBalancerIP": "10.0.0.1"}})
    mixed = run_helm.template(INGRESS, {"canary": {**canary, "mixPods": True}})

    main, second = sorted(by_kind(apart, "Deployment"), key=lambda each: len(each["metadata"]["name"]))
    assert container(second)["image"] == "docker.io/emissaryingress/emissary:3.9.1"
    assert second["spec"]["replicas"] == 1
    assert main["spec"]["selector"] != second["spec"]["selector"]
    services = {each["metadata"]["name"]: each["spec"] for each in by_kind(apart, "Service")}
    assert services["r-emissary-ingress"]["selector"]["profile"] == "main"
    assert services["r-emissary-ingress-canary"]["selector"]["profile"] == "canary"
    assert "loadBalancerIP" not in services["r-emissary-ingress-canary"]
    one = {each["metadata"]["name"]: each["spec"] for each in by_kind(mixed, "Service")}
    assert "profile" not in one["r-emissary-ingress"]["selector"]
    assert "r-emissary-ingress-canary" not in one


def test_every_value_of_ingress_arrives(run_helm: Helm) -> None:
    values = {
        "service": {
            "annotations": {"a/b": "on"},
            "externalTrafficPolicy": "Local",
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 5}},
            "externalIPs": ["1.2.3.4"],
            "loadBalancerSourceRanges": ["10.0.0.0/8"],
            "nameOverride": "front",
        },
        "adminService": {"annotations": {"x": "1"}},
        "nodeSelector": {"pool": "0123"},
        "tolerations": [{"key": "k", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {"x": 1}},
        "topologySpreadConstraints": [{"maxSkew": 1}],
        "imagePullSecrets": [{"name": "s"}],
        "volumes": [{"name": "v", "emptyDir": {}}],
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
        "priorityClassName": "high",
        "terminationGracePeriodSeconds": 90,
        "podLabels": {"l": "on"},
        "podAnnotations": {"n": "1"},
        "deploymentLabels": {"d": "2"},
        "deploymentAnnotations": {"e": "3"},
        "podDisruptionBudget": {"minAvailable": 1},
        "serviceAccount": {"create": False, "name": "other"},
        "resolvers": {"consul": {"create": True, "name": "c", "spec": {"address": "c:8500", "datacenter": "d"}}},
        "createDefaultListeners": True,
        "ingressClassResource": {"default": True},
        "env": {"AMBASSADOR_ID": "x"},
    }
    manifests = run_helm.template(INGRESS, values)

    deployment = only(manifests, "Deployment")
    assert deployment["metadata"]["labels"]["d"] == "2"
    assert deployment["metadata"]["annotations"] == {"e": "3"}
    template = deployment["spec"]["template"]
    assert template["metadata"]["labels"]["l"] == "on"
    assert template["metadata"]["annotations"] == {"n": "1"}
    pod = template["spec"]
    for key in ("nodeSelector", "tolerations", "affinity", "topologySpreadConstraints", "imagePullSecrets"):
        assert pod[key] == values[key]
    assert (pod["priorityClassName"], pod["terminationGracePeriodSeconds"]) == ("high", 90)
    assert pod["serviceAccountName"] == "other"
    assert {"name": "v", "emptyDir": {}} in pod["volumes"]
    assert {"name": "v", "mountPath": "/v"} in container(deployment)["volumeMounts"]
    front = next(each for each in by_kind(manifests, "Service") if each["metadata"]["name"] == "front")
    assert front["metadata"]["annotations"] == {"a/b": "on"}
    assert front["spec"]["loadBalancerSourceRanges"] == ["10.0.0.0/8"]
    assert front["spec"]["externalIPs"] == ["1.2.3.4"]
    assert (front["spec"]["externalTrafficPolicy"], front["spec"]["sessionAffinity"]) == ("Local", "ClientIP")
    assert front["spec"]["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 5}}
    budget = only(manifests, "PodDisruptionBudget")["spec"]
    assert budget["minAvailable"] == 1
    assert budget["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert not by_kind(manifests, "ServiceAccount")
    consul = only(manifests, "ConsulResolver")["spec"]
    assert consul == {"ambassador_id": ["x"], "address": "c:8500", "datacenter": "d"}
    listeners = by_kind(manifests, "Listener")
    assert {each["spec"]["port"] for each in listeners} == {8080, 8443}
    annotations = only(manifests, "IngressClass")["metadata"]["annotations"]
    assert annotations == {
        "getambassador.io/ambassador-id": "x",
        "ingressclass.kubernetes.io/is-default-class": "true",
    }


@pytest.mark.parametrize("text", NASTY)
def test_no_text_is_retyped(run_helm: Helm, text: str) -> None:
    ingress = run_helm.template(
        INGRESS,
        {
            "env": {"AMBASSADOR_ID": text},
            "resolvers": {"endpoint": {"create": True}},
            "module": {"server_name": text},
            "service": {"annotations": {"note": text}},
        },
    )
    config = run_helm.template(
        CONFIG,
        {
            "env": {"AMBASSADOR_ID": text},
            "listeners": {"enabled": True},
            "hosts": [{"name": "h", "labels": {"l": text}, "spec": {"hostname": text}}],
            "mappings": [
                {"name": "m", "spec": {"prefix": text, "service": text, "add_request_headers": {text: {"value": text}}}}
            ],
        },
    )

    env = {entry["name"]: entry.get("value") for entry in container(only(ingress, "Deployment"))["env"]}
    assert env["AMBASSADOR_ID"] == text
    module = only(ingress, "Module")
    assert module["spec"] == {"ambassador_id": [text], "config": {**module["spec"]["config"], "server_name": text}}
    assert only(ingress, "KubernetesEndpointResolver")["spec"]["ambassador_id"] == [text]
    assert any(each["metadata"].get("annotations") == {"note": text} for each in by_kind(ingress, "Service"))
    for manifest in config:
        assert manifest["spec"]["ambassador_id"] == [text]
    host = only(config, "Host")
    assert host["spec"]["hostname"] == host["metadata"]["labels"]["l"] == text
    mapping = only(config, "Mapping")["spec"]
    assert mapping["prefix"] == mapping["service"] == text
    assert mapping["add_request_headers"] == {text: {"value": text}}


def test_config_makes_the_two_listeners(run_helm: Helm) -> None:
    listeners = run_helm.template(CONFIG, {"env": {"AMBASSADOR_ID": "a"}, "listeners": {"enabled": True, "l7Depth": 1}})

    common = {
        "ambassador_id": ["a"],
        "securityModel": "XFP",
        "l7Depth": 1,
        "hostBinding": {"namespace": {"from": "SELF"}},
    }
    assert {each["metadata"]["name"]: each["spec"] for each in listeners} == {
        "http-listener": {**common, "port": 8080, "protocol": "HTTP"},
        "https-listener": {**common, "port": 8443, "protocol": "HTTPS"},
    }


def test_config_with_nothing_makes_nothing(run_helm: Helm) -> None:
    assert run_helm.template(CONFIG) == []


def test_config_listeners_without_an_id_are_refused(run_helm: Helm) -> None:
    assert "env.AMBASSADOR_ID is required" in run_helm.refusal(CONFIG, {"listeners": {"enabled": True}})


def test_config_own_listeners_take_the_place_of_the_two(run_helm: Helm) -> None:
    spec = {
        "port": 9000,
        "protocol": "HTTPS",
        "securityModel": "XFP",
        "hostBinding": {"namespace": {"from": "ALL"}},
    }
    listener = only(
        run_helm.template(
            CONFIG,
            {"env": {"AMBASSADOR_ID": "a"}, "listeners": {"enabled": True, "items": [{"name": "l", "spec": spec}]}},
        ),
        "Listener",
    )

    assert listener["spec"] == {**spec, "ambassador_id": ["a"]}


def test_config_every_list_and_every_kind(run_helm: Helm) -> None:
    item = {"name": "x", "namespace": "apps", "labels": {"team": "web"}}
    route = {"prefix": "/", "service": "s"}
    required: dict[str, dict[str, Any]] = {
        "AuthService": {"auth_service": "a"},
        "Listener": {"port": 1, "securityModel": "XFP", "hostBinding": {}},
        "Mapping": route,
        "Module": {"config": {"any": {"thing": [1, 2.5, None]}}},
        "RateLimitService": {"service": "r"},
        "TCPMapping": {"port": 1, "service": "s"},
        "TracingService": {"driver": "zipkin", "service": "z"},
    }
    values = {
        "hosts": [{**item, "spec": {"ambassador_id": ["own"]}}],
        "tlscontexts": [{**item, "spec": {"hosts": ["*"], "min_tls_version": "v1.2"}}],
        "mappings": [{**item, "spec": {**route, "timeout_ms": 120000, "weight": 0}}],
        "tcpmappings": [{**item, "spec": required["TCPMapping"]}],
        "modules": [{**item, "spec": required["Module"]}],
        "resolvers": [{**item, "kind": "KubernetesEndpointResolver", "spec": {}}],
        "resources": [
            {"kind": kind, "name": f"r-{kind.lower()}", "spec": required.get(kind, {})} for kind in KINDS.values()
        ],
        "env": {"AMBASSADOR_ID": "install"},
    }
    manifests = run_helm.template(CONFIG, values)

    named = {manifest["kind"]: manifest for manifest in manifests if manifest["metadata"]["name"] == "x"}
    assert set(named) == {"Host", "TLSContext", "Mapping", "TCPMapping", "Module", "KubernetesEndpointResolver"}
    for manifest in named.values():
        assert manifest["apiVersion"] == "getambassador.io/v3alpha1"
        assert manifest["metadata"]["namespace"] == "apps"
        assert manifest["metadata"]["labels"]["team"] == "web"
    assert named["Host"]["spec"]["ambassador_id"] == ["own"]
    assert named["Mapping"]["spec"] == {**route, "timeout_ms": 120000, "weight": 0, "ambassador_id": ["install"]}
    assert named["Module"]["spec"]["config"] == required["Module"]["config"]
    others = [manifest for manifest in manifests if manifest["metadata"]["name"] != "x"]
    assert sorted(manifest["kind"] for manifest in others) == sorted(KINDS.values())
    assert {manifest["metadata"]["namespace"] for manifest in others} == {"emissary"}


@pytest.mark.parametrize(
    ("chart", "values", "named"),
    [
        (CRDS, {"crds": True}, "crds"),
        (INGRESS, {"replicaCnt": 1}, "replicaCnt"),
        (INGRESS, {"replicaCount": "2"}, "replicaCount"),
        (INGRESS, {"autoscaling": {"enable": True}}, "enable"),
        (INGRESS, {"service": {"loadBalancerIp": "1.2.3.4"}}, "loadBalancerIp"),
        (INGRESS, {"service": {"loadBalancerSourceRanges": ["10.0.0.0"]}}, "loadBalancerSourceRanges"),
        (INGRESS, {"env": {"AMBASSADOR_ID": True}}, "AMBASSADOR_ID"),
        (INGRESS, {"agent": {"enabled": True}}, "agent"),
        (INGRESS, {"service": {"ports": [{"name": "h", "port": 70000}]}}, "port"),
        (CONFIG, {"host": []}, "host"),
        (CONFIG, {"env": {"AMBASSADOR_ID": 123}}, "AMBASSADOR_ID"),
        (CONFIG, {"hosts": [{"spec": {}}]}, "name"),
        (CONFIG, {"hosts": [{"name": "h"}]}, "spec"),
        (CONFIG, {"hosts": [{"name": "h", "spec": {"tlsSecret": {"nmespace": "s"}}}]}, "nmespace"),
        (CONFIG, {"mappings": [{"name": "m", "spec": {"prefix": "/"}}]}, "service"),
        (
            CONFIG,
            {"mappings": [{"name": "m", "spec": {"prefix": "/", "service": "s", "timeout_ms": "1"}}]},
            "timeout_ms",
        ),
        (CONFIG, {"tlscontexts": [{"name": "t", "spec": {"min_tls_version": "1.2"}}]}, "min_tls_version"),
        (CONFIG, {"listeners": {"items": [{"name": "l", "spec": {"port": 1}}]}}, "securityModel"),
        (CONFIG, {"resources": [{"kind": "Maping", "name": "x", "spec": {}}]}, "kind"),
        (CONFIG, {"resources": [{"kind": "LogService", "name": "x", "spec": {"driver": "udp"}}]}, "driver"),
        (CONFIG, {"resolvers": [{"kind": "Host", "name": "x", "spec": {}}]}, "kind"),
    ],
)
def test_the_schema_refuses(run_helm: Helm, chart: Path, values: dict[str, Any], named: str) -> None:
    said = run_helm.refusal(chart, values)

    assert "schema" in said
    assert named in said
