"""A provider of our own that misbehaves when told to (probe_provider/main.go), built once per machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from parts.store import keep, run
from parts.wheels import go

from tfwrap.engine.mirror import package_folder

SOURCE = "registry.terraform.io/test/probe"
VERSION = "1.0.0"
_CODE = Path(__file__).with_name("probe_provider")
_FLAGS = ("-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags=-s -w")


def probe_provider() -> Path:
    """A mirror folder with test/probe 1.0.0. The first build on a machine takes a minute."""
    text = b"".join((_CODE / name).read_bytes() for name in ("go.mod", "go.sum", "main.go"))
    key = hashlib.sha256(text).hexdigest()[:12]

    def build(folder: Path) -> None:
        program = package_folder(folder, SOURCE, VERSION) / f"terraform-provider-probe_v{VERSION}"
        program.parent.mkdir(parents=True)
        run([go(), "build", *_FLAGS, "-o", program, "."], _CODE, {"CGO_ENABLED": "0", "GOFLAGS": ""})

    return keep(f"probe-provider-{key}", build)
