"""Builds a provider from its Go source, for machines that no provider registry answers.

A build is pinned by its tools module (go.mod with a `toolchain` line, go.sum) and says nothing of the machine it
ran on, so that the hash in a committed lock file holds everywhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from tfwrap.base.problems import Failure, Problem
from tfwrap.engine.golang import find_go
from tfwrap.engine.mirror import short_source
from tfwrap.engine.process import Processes

_FLAGS = ("-trimpath", "-buildvcs=false")
_TOOLCHAIN = re.compile(r"^toolchain\s+(go\S+)\s*$", re.MULTILINE)
# How this machine reaches modules; whatever else a user has set for Go would change the binary.
_REACH = (
    "GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS",
    "GOCACHE", "GOMODCACHE", "GOPATH",
)  # fmt: skip


class SourceBuild(Protocol):
    """As in the project's settings: a tools module, the package of the program, the version it is."""

    @property
    def dir(self) -> Path: ...
    @property
    def package(self) -> str: ...
    @property
    def version(self) -> str: ...


def build_key(build: SourceBuild) -> str:
    """Of everything that decides what the binary is; a folder that is not there has a key too."""
    content = hashlib.sha256(f"{build.package} {build.version} {_FLAGS}".encode())
    for name in ("go.mod", "go.sum"):
        file = build.dir / name
        content.update(hashlib.sha256(file.read_bytes() if file.is_file() else b"").digest())
    return content.hexdigest()


async def build_provider(
    source: str,
    build: SourceBuild,
    *,
    cache: Path,
    environ: Mapping[str, str],
    work: Path,
    processes: Processes,
    say: Callable[[str], None],
    platform: str | None = None,
) -> Path:
    """Build into a folder below the empty folder `work`, for this machine or another platform.

    Failure E412 names the log and its first useful line.
    """
    toolchain = _toolchain(build)
    go = await find_go(cache, environ, work, processes, say)
    environment = await _environment(go, toolchain, environ, work, processes) | _target(platform)
    name, system = source.rpartition("/")[2], environment.get("GOOS")
    ending = ".exe" if system == "windows" else ""
    program = work / "package" / f"terraform-provider-{name}_v{build.version}{ending}"
    program.parent.mkdir()
    log = cache / "logs" / f"build-{name}-{build.version}{f'-{platform}' if platform else ''}.log"
    what = f"{short_source(source)} {build.version}{f' for {platform}' if platform else ''}"
    say(f"building {what} from source (about 2 minutes, once per machine)")
    command = (str(go), "build", *_FLAGS, "-o", str(program), build.package)
    done = await processes.run(command, build.dir, environment, stdout=log, stderr=log)
    if done.status != 0 or not program.is_file():
        reason = _first_useful(log) or f"go ended with {done.status}"
        raise Failure(
            Problem(
                "E412",
                f"building {what} from source failed: {reason}",
                hint=f"the whole story: {log}",
            )
        )
    program.chmod(0o755)
    return program.parent


def _target(platform: str | None) -> dict[str, str]:
    """`darwin_arm64` as Go's variables: without C a program for any platform is built on any other."""
    system, _, machine = (platform or "").partition("_")
    return {"GOOS": system, "GOARCH": machine} if platform else {}


def _toolchain(build: SourceBuild) -> str:
    file = build.dir / "go.mod"
    match = _TOOLCHAIN.search(file.read_text()) if file.is_file() else None
    if match is None:
        what = "has no `toolchain` line" if file.is_file() else "does not exist"
        raise Failure(
            Problem(
                "E412",
                f"{file} {what}",
                hint="a source build needs a Go tools module that pins its toolchain, say `toolchain go1.26.8`",
            )
        )
    return match[1]


async def _environment(
    go: Path, toolchain: str, environ: Mapping[str, str], work: Path, processes: Processes
) -> dict[str, str]:
    """No Go setting of the user's, except how modules are reached: that also from `go env -w`."""
    answer = work / "go-env.json"
    asked = await processes.run(
        (str(go), "env", "-json", *_REACH),
        work,
        {**environ, "GOTOOLCHAIN": "local"},
        stdout=answer,
        stderr=work / "go-env.log",
    )
    content = await asyncio.to_thread(answer.read_text) if asked.status == 0 else "{}"
    reach = {name: value for name, value in json.loads(content).items() if value}
    plain = {name: value for name, value in environ.items() if not name.startswith(("GO", "CGO_"))}
    return {
        **plain,
        **reach,
        "GOENV": "off",
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOTOOLCHAIN": toolchain,
        "GOWORK": "off",
        "GOAMD64": "v1",
        "GOARM64": "v8.0",
        "CGO_ENABLED": "0",
    }


def _first_useful(log: Path) -> str | None:
    """Go's first line that is not about its own progress or only names the package."""
    lines = (line.strip() for line in log.read_text(errors="replace").splitlines())
    return next((line for line in lines if line and not line.startswith(("go: downloading", "#"))), None)
