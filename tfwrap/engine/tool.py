"""Short commands of other programs, run to their end: helm, the login helper that a kubeconfig names.

Never used for Terraform, hooks or anything that changes something: those may take long and must survive tfwrap.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CANNOT_START = 127  # as a shell says it
TOOK_TOO_LONG = 124  # as timeout(1) says it


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


def find_tool(name: str, environ: Mapping[str, str]) -> Path | None:
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    return Path(found) if found else None


def ask(argv: Sequence[str], folder: Path, environ: Mapping[str, str], *, timeout: float) -> Said:
    """Run a program without stdin; one that cannot be started or takes too long says so on its stderr."""
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        return Said(CANNOT_START, "", f"{argv[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        return Said(TOOK_TOO_LONG, "", f"{argv[0]}: took longer than {timeout:.0f} s")
    return Said(done.returncode, done.stdout, done.stderr)
