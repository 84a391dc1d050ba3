"""Reads `.terraform.lock.hcl` and computes the hashes that stand in it. Terraform itself writes the file."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfwrap.base.problems import Failure, Location, Problem
from tfwrap.engine.cache import Memo

NAME = ".terraform.lock.hcl"

# The file is written by Terraform in one fixed form, so that three patterns read it: no HCL parser, which is slow.
_PROVIDER = re.compile(r'^provider\s+"([^"]+)"\s*\{(.*?)^\}', re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(r'^\s*(version|constraints)\s*=\s*"([^"]*)"', re.MULTILINE)
_HASH = re.compile(r'"((?:h1|zh):[^"]+)"')


@dataclass(frozen=True)
class Locked:
    version: str
    constraints: str
    hashes: tuple[str, ...]


def read_lock(path: Path) -> Mapping[str, Locked]:
    """Locked providers by full source address (`registry.terraform.io/hashicorp/helm`); none without a file."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return {}
    locked = {}
    for block in _PROVIDER.finditer(text):
        source, body = block.groups()
        attributes = dict(_ATTRIBUTE.findall(body))
        if "version" not in attributes:
            line = text.count("\n", 0, block.start()) + 1
            raise Failure(
                Problem(
                    "E414",
                    f"the lock file has no version for {source}",
                    Location(path, line, 1),
                    hint="restore the file, or delete it and write it anew: tfwrap providers lock",
                )
            )
        locked[source] = Locked(attributes["version"], attributes.get("constraints", ""), tuple(_HASH.findall(body)))
    return locked


def package_hash(folder: Path, memo: Memo) -> str:
    """The `h1:` hash of an unpacked package, as Terraform computes it; remembered while its files stay as they are."""
    files = sorted((file.relative_to(folder).as_posix(), file) for file in folder.rglob("*") if file.is_file())
    facts = " ".join(f"{name}:{_facts(file)}" for name, file in files)
    known = memo.recall(str(folder), facts)
    if isinstance(known, str):
        return known
    listing = hashlib.sha256()
    for name, file in files:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        listing.update(f"{digest}  {name}\n".encode())
    answer = "h1:" + base64.b64encode(listing.digest()).decode()
    memo.keep(str(folder), facts, answer)
    return answer


def _facts(file: Path) -> str:
    status: os.stat_result = file.stat()
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
