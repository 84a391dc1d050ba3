"""A provider mirror with hashicorp/helm 1.3.2, built from the tools module of this repository."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from parts.store import keep, run
from parts.wheels import go

TOOLS = Path(__file__).parents[2] / "tools" / "terraform-provider-helm"
_VERSION = "1.3.2"


def helm_provider(tools: Path = TOOLS) -> Path:
    """The mirror folder. The first build on a machine takes two minutes."""
    said = json.loads(run([go(), "env", "-json", "GOVERSION", "GOOS", "GOARCH"], tools))
    pins = b"".join((tools / name).read_bytes() for name in ("go.mod", "go.sum"))
    key = hashlib.sha256(pins + said["GOVERSION"].encode()).hexdigest()[:12]

    def build(folder: Path) -> None:
        place = f"registry.terraform.io/hashicorp/helm/{_VERSION}/{said['GOOS']}_{said['GOARCH']}"
        program = folder / place / f"terraform-provider-helm_v{_VERSION}"
        program.parent.mkdir(parents=True)
        command: list[str | Path] = [go(), "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-o", program]
        run([*command, "github.com/hashicorp/terraform-provider-helm"], tools, {"CGO_ENABLED": "0"})

    return keep(f"helm-provider-{_VERSION}-{key}", build)
