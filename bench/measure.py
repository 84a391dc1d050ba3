"""Runs a command and says how long it took, or how much memory all its processes had at most."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MARK = "TFWRAP_BENCH_MARK"
_OFTEN = 0.1  # seconds


@dataclass(frozen=True)
class Measured:
    seconds: float
    memory: int = 0  # bytes: PSS of all processes, at most


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str], *, memory: bool = False) -> Measured:
    """RuntimeError if the command fails: nothing is gained by timing that."""
    mark = uuid.uuid4().hex
    started = time.monotonic()
    with (folder / "bench.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, _MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        most = 0
        while memory and process.poll() is None:
            most = max(most, _pss(mark.encode()))
            time.sleep(_OFTEN)
        status = process.wait()
    seconds = time.monotonic() - started
    if status != 0:
        said = (folder / "bench.log").read_text(errors="replace")
        raise RuntimeError(f"{' '.join(command)} ended with {status}\n{said[-4000:]}")
    return Measured(seconds, most)


def _pss(mark: bytes) -> int:
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if mark in (entry / "environ").read_bytes():
                fields = dict(line.split(":", 1) for line in (entry / "smaps_rollup").read_text().splitlines()[1:])
                total += int(fields["Pss"].split()[0]) << 10
        except OSError:
            continue
    return total


def clean_environment() -> dict[str, str]:
    """As a user has it, without what would change what Terraform does."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "TG_", "TFWRAP_"))}
