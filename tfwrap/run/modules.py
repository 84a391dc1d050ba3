"""What a local module is made of, as one digest: its Terraform files and those of the local modules it calls."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tfwrap.hcl.read import ModuleCall, read_module


def module_digest(folder: Path, cache: Path) -> bytes:
    key = hashlib.sha256()
    for part in sorted(module_folders(folder, cache)):
        for file in sorted([*part.glob("*.tf"), *part.glob("*.tf.json")]):
            content = file.read_bytes()
            key.update(f"{file.name} {len(content)}\n".encode() + content)
    return key.digest()


def module_folders(folder: Path, cache: Path) -> set[Path]:
    """`folder` and every local module it calls, however deep."""
    found: set[Path] = set()
    waiting = [folder.resolve()]
    while waiting:
        current = waiting.pop()
        if current in found or not current.is_dir():
            continue
        found.add(current)
        calls = read_module(current, cache).calls
        waiting += [(current / call.source).resolve() for call in calls if call.source is not None and is_local(call)]
    return found


def installed_folders(root: Path, data: Path) -> set[Path]:
    """Every module below the root module in `root`, wherever from: as Terraform's init has noted it in `data`."""
    noted = json.loads((data / "modules" / "modules.json").read_bytes())
    return {(root / entry["Dir"]).resolve() for entry in noted["Modules"] if entry["Key"]}


def is_local(call: ModuleCall) -> bool:
    return call.source is not None and call.source.startswith(("./", "../"))
