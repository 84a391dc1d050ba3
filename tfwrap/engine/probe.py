"""Asks an engine for its version, once: the answer is kept with the program's path, time and size."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfwrap.engine import argv
from tfwrap.engine.cache import Memo, cache_folder

_FIRST_LINE = re.compile(r"(Terraform|OpenTofu) v(\S+)")
_PATIENCE = 60.0  # seconds; a first start from a slow disk may take its time


@dataclass(frozen=True)
class Identity:
    name: str  # terraform or tofu
    version: str


def identify(command: Sequence[str], program: Path, environ: Mapping[str, str]) -> Identity | None:
    """What `command` is; `program` is the file that decides. None if it is neither Terraform nor OpenTofu."""
    status = program.resolve().stat()
    facts = f"{program.resolve()} {status.st_mtime_ns} {status.st_size}"
    memo = Memo(cache_folder(environ) / "versions.json")
    known = memo.recall(str(program), facts)
    if isinstance(known, list):
        return Identity(*known)
    identity = _ask(command, environ)
    if identity is not None:
        memo.keep(str(program), facts, [identity.name, identity.version])
    return identity


def _ask(command: Sequence[str], environ: Mapping[str, str]) -> Identity | None:
    child = {name: value for name, value in environ.items() if not name.startswith("TF_")}
    try:
        done = subprocess.run(
            [*command, *argv.version()],
            env={**child, "CHECKPOINT_DISABLE": "1"},
            cwd=os.sep,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _FIRST_LINE.match(done.stdout)
    if done.returncode != 0 or match is None:
        return None
    return Identity("terraform" if match[1] == "Terraform" else "tofu", match[2])
