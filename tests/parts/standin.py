"""Stands in for the controllers of a cluster without nodes: Deployments become ready, load balancers get an address.

Helm's `wait` looks at the newest ReplicaSet of each Deployment and at the address of each load balancer. A real
kube-controller-manager would need nodes, a scheduler and a cloud besides; the API server is what these tests are about.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_LOOK = 0.25  # seconds
_CONFLICT = 409


class StandIn:
    def __init__(self, server: str, token: str, ca: Path) -> None:
        self._server, self._token = server, token
        self._context = ssl.create_default_context(cafile=str(ca))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(_LOOK):
            try:
                for service in self._send("GET", "/api/v1/services")["items"]:
                    self._give_address(service)
                for deployment in self._send("GET", "/apis/apps/v1/deployments")["items"]:
                    self._make_ready(deployment)
                for namespace in self._send("GET", "/api/v1/namespaces")["items"]:
                    self._let_go(namespace)
            except (OSError, urllib.error.HTTPError):
                continue  # changed or deleted meanwhile: looked at again

    def _give_address(self, service: dict[str, Any]) -> None:
        if service["spec"]["type"] == "LoadBalancer" and not service["status"]["loadBalancer"]:
            address = service["spec"].get("loadBalancerIP", "192.0.2.1")
            self._patch("/api/v1", "services", service, {"loadBalancer": {"ingress": [{"ip": address}]}})

    def _let_go(self, namespace: dict[str, Any]) -> None:
        """A namespace that was deleted goes when its controller says so."""
        metadata = namespace["metadata"]
        if metadata.get("deletionTimestamp") and namespace["spec"].get("finalizers"):
            namespace["spec"] = {"finalizers": []}
            self._send("PUT", f"/api/v1/namespaces/{metadata['name']}/finalize", namespace)

    def _make_ready(self, deployment: dict[str, Any]) -> None:
        generation = deployment["metadata"]["generation"]
        if deployment["status"].get("observedGeneration") == generation:
            return
        metadata, spec = deployment["metadata"], deployment["spec"]
        ready = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas"), spec["replicas"])
        owner = {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}
        set_: dict[str, Any] = {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{metadata['name']}-{metadata['uid'][:8]}-{_digest(spec['template'])}",
                "namespace": metadata["namespace"],
                "labels": spec["template"]["metadata"]["labels"],
                "ownerReferences": [{**owner, "name": metadata["name"], "uid": metadata["uid"]}],
            },
            "spec": {key: spec[key] for key in ("replicas", "selector", "template")},
        }
        try:
            self._send("POST", f"/apis/apps/v1/namespaces/{metadata['namespace']}/replicasets", set_)
        except urllib.error.HTTPError as error:
            with error:
                if error.code != _CONFLICT:
                    raise
        self._patch("/apis/apps/v1", "replicasets", set_, {**ready, "observedGeneration": 1})
        self._patch("/apis/apps/v1", "deployments", deployment, {**ready, "observedGeneration": generation})

    def _patch(self, group: str, plural: str, item: dict[str, Any], status: dict[str, Any]) -> None:
        metadata = item["metadata"]
        path = f"{group}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}/status"
        self._send("PATCH", path, {"status": status})

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._server + path, data, headers, method=method)  # noqa: S310 (https)
        with urllib.request.urlopen(request, context=self._context, timeout=10) as response:  # noqa: S310
            answer: dict[str, Any] = json.loads(response.read())
            return answer


def _digest(template: dict[str, Any]) -> str:
    """A Deployment that is only scaled keeps its ReplicaSet: Helm looks at the oldest one with the same template."""
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:8]
