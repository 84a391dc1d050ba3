"""Runs what settings ask for beside Terraform: argv lists, never a shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tfwrap.base.files import write_atomic
from tfwrap.engine.process import Processes
from tfwrap.engine.protocol import Completed

CANNOT_START = 127  # as a shell says it


async def run_hook(
    argv: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    *,
    timeout: float | None = None,
    processes: Processes | None = None,
) -> Completed:
    """Run one hook, its output in `log`. A program that cannot be started is status 127 and says so there.

    Hooks that should hear of signals share a `processes` with whoever passes them on.
    """
    runner = processes or Processes()
    try:
        return await runner.run(argv, folder, environment, stdout=log, stderr=log, timeout=timeout)
    except OSError as error:
        write_atomic(log, f"{argv[0]}: {error.strerror}\n", 0o600)
        return Completed(CANNOT_START, 0.0)
