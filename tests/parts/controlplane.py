"""A real Kubernetes control plane on loopback: etcd and kube-apiserver with tokens and RBAC, for one test module.

What the API server decides is real: schemas, admission, permissions, versions. There are no nodes; what controllers
would do before an install counts as ready is done by a stand-in (standin.py).
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parts import kubernetes, leash
from parts.apiserver import etcd, kube_apiserver
from parts.standin import StandIn

_PATIENCE = 60.0  # seconds until it is ready; four on a quiet machine
_USERS = {"admin": "system:masters", "reader": ""}


@dataclass(frozen=True)
class ControlPlane:
    folder: Path
    server: str

    def kubeconfig(self, user: str = "admin") -> Path:
        """A kubeconfig for `admin`, who may everything, or `reader`, who may nothing but ask who he is."""
        file = self.folder / f"{user}.kubeconfig"
        cluster = {"server": self.server, "certificate-authority": str(self.folder / "apiserver.crt")}
        parts: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": user,
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": f"token-of-{user}"}}],
            "contexts": [{"name": user, "context": {"cluster": "test", "user": user}}],
        }
        file.write_text(json.dumps(parts))
        return file

    def kubectl(
        self, *arguments: str, stdin: str | None = None, user: str = "admin"
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(kubernetes.kubectl()), *arguments],
            env={"KUBECONFIG": str(self.kubeconfig(user)), "HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def objects(self, kind: str, namespace: str | None = None) -> dict[str, dict[str, Any]]:
        """By name."""
        place = ("-n", namespace) if namespace else ("-A",)
        done = self.kubectl("get", kind, *place, "-o", "json")
        assert done.returncode == 0, done.stderr
        return {one["metadata"]["name"]: one for one in json.loads(done.stdout)["items"]}

    def apply(self, *manifests: dict[str, Any], dry_run: bool = False) -> subprocess.CompletedProcess[str]:
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        flags = ("--dry-run=server", "--validate=strict") if dry_run else ()
        return self.kubectl("apply", "-f", "-", *flags, stdin=text)


@contextmanager
def control_plane(folder: Path) -> Iterator[ControlPlane]:
    """Running and ready, in an empty `folder`; gone afterwards, also when the tests are killed."""
    folder.mkdir(parents=True, exist_ok=True)
    client, peer, secure = _free_ports(3)
    _write_secrets(folder)
    with (folder / "log").open("wb") as log:
        commands = json.dumps([_etcd(folder, client, peer), _apiserver(folder, client, secure)])
        holder = subprocess.Popen(
            [sys.executable, leash.__file__, commands], stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    assert holder.stdin is not None
    try:
        plane = ControlPlane(folder, f"https://127.0.0.1:{secure}")
        _wait(plane, holder)
        with StandIn(plane.server, "token-of-admin", folder / "apiserver.crt"):
            yield plane
    finally:
        holder.stdin.close()
        holder.wait(30)


def _etcd(folder: Path, client: int, peer: int) -> list[str]:
    urls = (f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}")
    return [
        str(etcd()),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={urls[0]}",
        f"--advertise-client-urls={urls[0]}",
        f"--listen-peer-urls={urls[1]}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _apiserver(folder: Path, client: int, secure: int) -> list[str]:
    return [
        str(kube_apiserver()),
        f"--etcd-servers=http://127.0.0.1:{client}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={secure}",
        f"--cert-dir={folder}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
        f"--service-account-key-file={folder / 'accounts.pem'}",
        f"--service-account-signing-key-file={folder / 'accounts.pem'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.0.0.0/16",
    ]


def _write_secrets(folder: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "accounts.pem").write_bytes(pem)
    lines = [f"token-of-{name},{name},{name}{',' + group if group else ''}\n" for name, group in _USERS.items()]
    (folder / "tokens.csv").write_text("".join(lines))


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait(plane: ControlPlane, holder: subprocess.Popen[bytes]) -> None:
    """Ready is more than answering: its own roles have to be there."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and holder.poll() is None:
        with suppress(OSError, urllib.error.URLError, ssl.SSLError):
            context = ssl.create_default_context(cafile=str(plane.folder / "apiserver.crt"))
            headers = {"Authorization": "Bearer token-of-admin"}
            request = urllib.request.Request(f"{plane.server}/readyz", headers=headers)  # noqa: S310 (https)
            with urllib.request.urlopen(request, context=context, timeout=5):  # noqa: S310
                return
        time.sleep(0.1)
    raise RuntimeError(f"no control plane: {(plane.folder / 'log').read_text(errors='replace')[-3000:]}")
