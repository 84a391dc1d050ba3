"""The kustomize overlays of an Emissary environment, as text: kustomization.yaml and the files it names.

From the same models as the helm method, so that both make the same resources. Pure; nothing is built or read here.
Never a name prefix or suffix: Emissary reads only the Module named `ambassador`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tfwrap.stacks.emissary.config import config_values, default_listeners
from tfwrap.stacks.emissary.crds import GROUP, VERSION
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.module_values import module_values
from tfwrap.stacks.emissary.yaml_text import yaml_document

Manifest = dict[str, Any]
Files = dict[str, str]

_NAME = "emissary-ingress"  # of everything in the base
_PART_OF = "app.kubernetes.io/part-of"
_RBAC = "rbac.authorization.k8s.io"
# Every cluster has them before anything is installed.
_BUILT_IN_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_LISTS = {"hosts": "Host", "tlscontexts": "TLSContext", "mappings": "Mapping"}
_METRICS = [
    {"type": "Resource", "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": 60}}}
    for name in ("cpu", "memory")
]


def crds_overlay(bases: Iterable[str]) -> Files:
    """The CRDs and the roles: what all installs share is owned once."""
    return {"kustomization.yaml": _kustomization(resources=list(bases))}


def ingress_overlay(name: str, install: Install, base: str) -> Files:
    """Emissary itself. `name` is the install's, `base` the path of its base from the unit's folder."""
    unit = f"{name}-ingress"
    own: dict[str, Manifest] = {}
    if install.namespace not in _BUILT_IN_NAMESPACES:
        own["namespace.yaml"] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": install.namespace}}
    own["module.yaml"] = _emissary("Module", "ambassador", name, install, {"config": module_values(install)})
    if install.resolver:
        own["resolver.yaml"] = _emissary("KubernetesEndpointResolver", install.resolver.name, name, install, {})
    if install.replicas.autoscaling:
        own["autoscaler.yaml"] = _autoscaler(install)
    if install.single_namespace:
        own["role-binding.yaml"] = _role_binding()
    patches: dict[str, tuple[Any, Manifest | None]] = {
        "deployment.yaml": (_deployment(install), None),
        "service.yaml": (_service(install), None),
        "cluster-role-binding.yaml": (_renamed_binding(unit, install), {"kind": "ClusterRoleBinding"}),
        "ingress-class.yaml": (_renamed_class(name, install), {"kind": "IngressClass"}),
    }
    kept = {file: (patch, target) for file, (patch, target) in patches.items() if patch}
    kustomization = _kustomization(
        namespace=install.namespace,
        resources=[base, *own],
        patches=[{"path": file, **({"target": target} if target else {})} for file, (_, target) in kept.items()],
    )
    return {
        "kustomization.yaml": kustomization,
        **{file: yaml_document(manifest) for file, manifest in own.items()},
        **{file: yaml_document(patch) for file, (patch, _) in kept.items()},
    }


def config_overlay(name: str, install: Install) -> Files:
    """Listeners, Hosts, TLSContexts, Mappings and the rest, each in the namespace it says."""
    values = config_values(install, install.ambassador_id)
    listeners: Sequence[Mapping[str, Any]] = (values.get("listeners") or {}).get("items") or [
        one.model_dump(by_alias=True, exclude_none=True) for one in default_listeners(install)
    ]
    found = {"listeners.yaml": [_item("Listener", one, name, install) for one in listeners]}
    for key, kind in _LISTS.items():
        found[f"{key}.yaml"] = [_item(kind, one, name, install) for one in values[key]]
    found["resources.yaml"] = [_item(one["kind"], one, name, install) for one in values.get("resources", ())]
    files = {file: "---\n".join(map(yaml_document, manifests)) for file, manifests in found.items() if manifests}
    return {"kustomization.yaml": _kustomization(resources=list(files)), **files}


def _kustomization(**fields: Any) -> str:
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    return yaml_document({**head, **{key: value for key, value in fields.items() if value}})


def _item(kind: str, item: Mapping[str, Any], name: str, install: Install) -> Manifest:
    return _emissary(
        kind,
        item["name"],
        name,
        install,
        item["spec"],
        namespace=item.get("namespace"),
        labels=item.get("labels"),
    )


def _emissary(
    kind: str,
    resource: str,
    name: str,
    install: Install,
    spec: Mapping[str, Any],
    *,
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Manifest:
    """One of Emissary's own resources, with the install's ambassador_id if it has none."""
    metadata = {
        "name": resource,
        "namespace": namespace or install.namespace,
        "labels": {**(labels or {}), _PART_OF: name},
    }
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": kind,
        "metadata": metadata,
        "spec": {"ambassador_id": [install.ambassador_id], **spec},
    }


def _deployment(install: Install) -> Manifest:
    variables = {"AMBASSADOR_ID": install.ambassador_id, "AES_LOG_LEVEL": install.log_level}
    if install.single_namespace:
        variables["AMBASSADOR_SINGLE_NAMESPACE"] = "YES"
    container = {"name": _NAME, "env": [{"name": key, "value": value} for key, value in variables.items()]}
    # The autoscaler's number would be fought over.
    number = {} if install.replicas.autoscaling else {"replicas": install.replicas.count}
    spec = {**number, "template": {"spec": {"containers": [container]}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": _NAME}, "spec": spec}


def _service(install: Install) -> Manifest | None:
    spec: Manifest = {}
    if install.load_balancer.ip is not None:
        spec["loadBalancerIP"] = install.load_balancer.ip
    if install.load_balancer.source_ranges:
        # Local keeps the client's address, which ip_allow looks at once more.
        spec |= {
            "externalTrafficPolicy": "Local",
            "loadBalancerSourceRanges": list(install.load_balancer.source_ranges),
        }
    if not spec:
        return None
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": _NAME}, "spec": spec}


def _autoscaler(install: Install) -> Manifest:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": _NAME}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": _NAME},
        "spec": {
            "scaleTargetRef": target,
            "minReplicas": install.replicas.min,
            "maxReplicas": install.replicas.max,
            "metrics": _METRICS,
        },
    }


def _role_binding() -> Manifest:
    """The rules of the shared role, in the install's own namespace only."""
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": _NAME},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": _NAME},
        "subjects": [{"kind": "ServiceAccount", "name": _NAME}],
    }


def _renamed_binding(unit: str, install: Install) -> list[Manifest]:
    """A name of its own: the base's would be one for the whole cluster."""
    patch: list[Manifest] = [
        {"op": "replace", "path": "/metadata/name", "value": unit},
        {"op": "add", "path": "/subjects/0/namespace", "value": install.namespace},
    ]
    if install.single_namespace:
        patch.append({"op": "replace", "path": "/roleRef/name", "value": f"{_NAME}-crds"})
    return patch


def _renamed_class(name: str, install: Install) -> list[Manifest]:
    annotations = {"getambassador.io/ambassador-id": install.ambassador_id}
    return [
        {"op": "replace", "path": "/metadata/name", "value": name},
        {"op": "add", "path": "/metadata/annotations", "value": annotations},
    ]
