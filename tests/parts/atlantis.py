"""A real Atlantis, built from the tools module of this repository."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from parts.store import keep, run
from parts.wheels import go

TOOLS = Path(__file__).parents[2] / "tools" / "atlantis"


def atlantis() -> Path:
    """The program. The first build on a machine takes three minutes."""
    said = json.loads(run([go(), "env", "-json", "GOVERSION"], TOOLS))
    pins = b"".join((TOOLS / name).read_bytes() for name in ("go.mod", "go.sum"))
    key = hashlib.sha256(pins + said["GOVERSION"].encode()).hexdigest()[:12]

    def build(folder: Path) -> None:
        command: list[str | Path] = [go(), "build", "-p", "1", "-trimpath", "-buildvcs=false", "-mod=readonly", "-o"]
        run([*command, folder / "atlantis", "github.com/runatlantis/atlantis"], TOOLS, {"CGO_ENABLED": "0"})

    return keep(f"atlantis-{key}", build) / "atlantis"
