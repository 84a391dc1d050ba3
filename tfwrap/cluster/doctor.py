"""Whether the cluster is ready for an Emissary environment: reached, allowed, CRDs, namespaces, secrets, addresses.

Reads only, and prints no value of a Secret. Every check that fails says what to do.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tfwrap.base.brief import some
from tfwrap.base.certificate import judge
from tfwrap.base.problems import Failure
from tfwrap.cluster.check import Check, failed
from tfwrap.cluster.client import Client, Refused
from tfwrap.cluster.kubeconfig import gke_context, read_access
from tfwrap.stacks.emissary.checks.view import View, secret_name, tls_secret
from tfwrap.stacks.emissary.crds import GROUP, KINDS, VERSION
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.emissary.units import CRDS, CRDS_NAMESPACE, ingress_unit_name

# What Helm does for the bundled charts, by who may say yes: the cluster, or a namespace.
_CLUSTER_WIDE = (
    "namespaces",
    "customresourcedefinitions.apiextensions.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "ingressclasses.networking.k8s.io",
)
_IN_NAMESPACE = (
    "secrets",
    "services",
    "serviceaccounts",
    "deployments.apps",
    "horizontalpodautoscalers.autoscaling",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    f"hosts.{GROUP}",
    f"mappings.{GROUP}",
    f"listeners.{GROUP}",
    f"tlscontexts.{GROUP}",
    f"modules.{GROUP}",
)
_READABLE_TYPES = ("kubernetes.io/tls", "Opaque", "istio.io/key-and-cert")


def connect(settings: EmissarySettings, environ: Mapping[str, str]) -> Client:
    """A client for the environment's cluster; `environ` holds what Terraform would get too. Failure E646."""
    context = None
    if settings.cluster.access == "gke":
        context = gke_context(settings.project_id, settings.cluster.region, settings.cluster.name)
    return Client(read_access(environ, context), environ)


def check_cluster(view: View, client: Client) -> Iterator[Check]:
    try:
        version = client.get("/version")
    except Failure as failure:
        yield failed("cluster", failure)
        return
    except Refused as refused:
        yield Check("cluster", False, f"{client.access.server}: {refused.message}", "fetch the credentials again")
        return
    yield _version(view, client, version)
    for name, checks in (
        ("permissions", _permissions(view, client)),
        ("crds", _crds(view, client)),
        ("namespaces", _namespaces(view, client)),
        ("secrets", _secrets(view, client)),
        ("addresses", _addresses(view, client)),
    ):
        try:
            yield from checks
        except Failure as failure:
            yield failed(name, failure)
        except Refused as refused:
            yield Check(name, False, refused.message, f"let {client.access.context} read it, or use another context")


def _version(view: View, client: Client, answer: Mapping[str, Any]) -> Check:
    found = str(answer.get("gitVersion", "")).lstrip("v")
    message = f"Kubernetes {found} at {client.access.server} (context {client.access.context})"
    said = view.settings.kubernetes_version
    if said and found.split(".")[:2] != said.split(".")[:2]:
        fix = f'write kubernetes_version: "{".".join(found.split(".")[:2])}", so that checks are about this cluster'
        return Check("cluster", False, f"{message}, but env.yaml says {said}", fix)
    return Check("cluster", True, message)


def _permissions(view: View, client: Client) -> Iterator[Check]:
    namespaces = dict.fromkeys(install.settings.namespace for install in view.installs)
    wanted = [(None, _CLUSTER_WIDE), *((namespace, _IN_NAMESPACE) for namespace in namespaces)]
    everything = client.may("*", "*.*")  # most often so, and then one question is enough
    for namespace, resources in wanted:
        name = f"permissions in {namespace}" if namespace else "permissions"
        missing = [
            f"{verb} {resource}"
            for resource in resources
            for verb in ("get", "create", "patch", "delete")
            if not everything and not client.may(verb, resource, namespace)
        ]
        place = f"in namespace {namespace}" if namespace else "in the whole cluster"
        if missing:
            fix = "grant them to the user of the kubeconfig, say by a ClusterRoleBinding to cluster-admin"
            yield Check(name, False, f"not allowed {place}: {some(missing, 4)}", fix)
        else:
            yield Check(name, True, f"all that the charts need {place}")


def _crds(view: View, client: Client) -> Iterator[Check]:
    group = client.find(f"/apis/{GROUP}")
    if group is None:
        yield Check("crds", True, f"none yet: unit {CRDS} installs them")
        return
    served = [one["version"] for one in group.get("versions", ())]
    if VERSION not in served:
        fix = f"update the CRDs: tfwrap apply ENV -u {CRDS}"
        yield Check("crds", False, f"{GROUP} is served as {', '.join(served)}, Emissary 3 needs {VERSION}", fix)
        return
    listed = client.get(f"/apis/{GROUP}/{VERSION}")["resources"]
    missing = sorted(set(KINDS.values()) - {one["kind"] for one in listed})
    if missing:
        fix = f"tfwrap apply ENV -u {CRDS}"
        yield Check("crds", False, f"{', '.join(missing)} of {GROUP}/{VERSION} are missing", fix)
        return
    yield Check("crds", True, f"{len(KINDS)} kinds of {GROUP}/{VERSION}")
    if view.settings.method == "helm":
        yield _owner(client)


def _owner(client: Client) -> Check:
    """Helm takes over what the same release has left behind, and nothing else."""
    crd = client.find(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/hosts.{GROUP}") or {}
    notes = crd.get("metadata", {}).get("annotations", {})
    owner = notes.get("meta.helm.sh/release-namespace"), notes.get("meta.helm.sh/release-name")
    if owner == (CRDS_NAMESPACE, CRDS):
        return Check("crds owner", True, f"release {CRDS}")
    who = f"release {owner[0]}/{owner[1]}" if owner[1] else "something else than Helm"
    fix = (
        f"hand them over: kubectl annotate --overwrite crd -l app.kubernetes.io/part-of=emissary "
        f"meta.helm.sh/release-name={CRDS} meta.helm.sh/release-namespace={CRDS_NAMESPACE}, "
        "and label them app.kubernetes.io/managed-by=Helm"
    )
    return Check("crds owner", False, f"they were installed by {who}: Helm will not take them over", fix)


def _namespaces(view: View, client: Client) -> Iterator[Check]:
    for name in dict.fromkeys((CRDS_NAMESPACE, *(install.settings.namespace for install in view.installs))):
        found = client.find(f"/api/v1/namespaces/{name}")
        if found is None:
            yield Check(f"namespace {name}", True, "not there yet: its release makes it")
        elif found.get("status", {}).get("phase") == "Terminating":
            fix = "wait for it, or look what holds it: kubectl get namespace -o yaml"
            yield Check(f"namespace {name}", False, "it is being deleted", fix)
        else:
            yield Check(f"namespace {name}", True, "there")


def _secrets(view: View, client: Client) -> Iterator[Check]:
    """Every Secret that a Host needs or that is declared, with the names it is for."""
    wanted: dict[tuple[str, str], list[str]] = {name: [] for name in view.secrets}
    for install in view.installs:
        for host in install.hosts:
            reference = tls_secret(host)
            if reference:
                wanted.setdefault(secret_name(host, reference), []).append(host.spec.hostname or "*")
    for (namespace, name), hostnames in wanted.items():
        declared = view.secrets.get((namespace, name))
        kind = declared[1].type if declared else "kubernetes.io/tls"
        yield _secret(client, namespace, name, kind, hostnames)


def _secret(client: Client, namespace: str, name: str, kind: str, hostnames: Iterable[str]) -> Check:
    title = f"secret {namespace}/{name}"
    make = f"kubectl create secret tls -n {namespace} {name} --cert tls.crt --key tls.key"
    found = client.find(f"/api/v1/namespaces/{namespace}/secrets/{name}")
    hostnames = list(dict.fromkeys(hostnames))
    if found is None:
        lost = f": Emissary drops the Hosts of {', '.join(hostnames)}, maybe to clear text" if hostnames else ""
        return Check(title, False, f"there is no such Secret{lost}", make)
    if found.get("type") != kind:
        return Check(title, False, f"its type is {found.get('type')}, env.yaml says {kind}", f"make it anew: {make}")
    if not hostnames and kind != "kubernetes.io/tls":
        return Check(title, True, f"there, {kind}")
    if kind not in _READABLE_TYPES:
        return Check(title, False, f"Emissary does not read a Secret of type {kind}", f"make it anew: {make}")
    return _judge(title, found.get("data") or {}, hostnames, make)


def _judge(title: str, data: Mapping[str, str], hostnames: list[str], make: str) -> Check:
    missing = [key for key in ("tls.crt", "tls.key") if not data.get(key)]
    if missing:
        return Check(title, False, f"it has no {' and no '.join(missing)}", f"make it anew: {make}")
    try:
        certificate, key = (base64.b64decode(data[name], validate=True) for name in ("tls.crt", "tls.key"))
    except binascii.Error:
        return Check(title, False, "its data is not base64", f"make it anew: {make}")
    now = datetime.now(UTC)
    verdict = judge(certificate, key, now)
    faults = [f"the {fault.part} {fault.words}" for fault in verdict.faults]
    if verdict.until and (uncovered := verdict.uncovered(hostnames)):
        faults.append(f"it is for {verdict.purpose}, not for {', '.join(uncovered)}")
    if faults:
        return Check(title, False, "; ".join(faults), f"get a certificate that fits, and {make}")
    until = f"valid until {verdict.until:%Y-%m-%d}" if verdict.until else ""
    soon = ", which is soon: renew it" if verdict.expires_soon(now) else ""
    names = f" for {', '.join(hostnames)}" if hostnames else ""
    return Check(title, True, f"certificate and key fit{names}, {until}{soon}")


def _addresses(view: View, client: Client) -> Iterator[Check]:
    """A static address can be the load balancer of one Service only."""
    wanted = {
        install.settings.load_balancer.ip: install for install in view.installs if install.settings.load_balancer.ip
    }
    if not wanted:
        return
    services = client.get("/api/v1/services")["items"]
    for address, install in wanted.items():
        own = ingress_unit_name(install.name), install.settings.namespace
        others = [
            f"{one['metadata']['namespace']}/{one['metadata']['name']}"
            for one in services
            if address in _taken(one) and _release(one) != own
        ]
        name = f"address {address}"
        if others:
            fix = f"give install {install.name} another address, or delete the other Service"
            yield Check(name, False, f"Service {', '.join(others)} has it already", fix)
        else:
            yield Check(name, True, f"no other Service has it (install {install.name})")


def _taken(service: Mapping[str, Any]) -> set[str]:
    if service["spec"].get("type") != "LoadBalancer":
        return set()
    balancers = service.get("status", {}).get("loadBalancer", {}).get("ingress") or ()
    return {str(service["spec"].get("loadBalancerIP")), *(str(one.get("ip")) for one in balancers)}


def _release(service: Mapping[str, Any]) -> tuple[str | None, str | None]:
    notes = service["metadata"].get("annotations") or {}
    return notes.get("meta.helm.sh/release-name"), notes.get("meta.helm.sh/release-namespace")
