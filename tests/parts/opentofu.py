"""An OpenTofu program: from PATH, else built from the tools module of this repository, once per machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from parts.store import keep, on_path, run
from parts.wheels import go

TOOLS = Path(__file__).parents[2] / "tools" / "opentofu"
_PACKAGE = "github.com/opentofu/opentofu"


def opentofu(tools: Path = TOOLS) -> Path:
    """The first build on a machine takes five minutes of one core."""
    if found := on_path("tofu"):
        return found
    pins = b"".join((tools / name).read_bytes() for name in ("go.mod", "go.sum"))
    key = hashlib.sha256(pins).hexdigest()[:12]

    def build(folder: Path) -> None:
        flags = ["-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", f"-s -w -X {_PACKAGE}/version.dev=no"]
        run([go(), "build", *flags, "-o", folder / "tofu", f"{_PACKAGE}/cmd/tofu"], tools)

    return keep(f"opentofu-{key}", build) / "tofu"
