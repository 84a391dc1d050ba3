"""Starts workers before it is known that they are needed: as the last run of the same environment needed them.

While settings are read, Terraform and its providers load on another core. A guess that proves wrong costs a process
that is ended; a worker is only ever used for exactly what it was started as. Secrets are not remembered: a
variable that a backend borrows from the user's environment is remembered by the name it has there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tfwrap.base.files import write_atomic
from tfwrap.engine.environment import child_environment
from tfwrap.engine.lane import PATIENCE, Flavor, Lane
from tfwrap.engine.lock import read_lock

_CHOICE = "TFWRAP_ENGINE"
_early: list[Lane] = []  # of this process, until the engine is chosen


def start(root: Path, environment: str, environ: Mapping[str, str]) -> None:
    """Start what was remembered, if everything about it is as it was."""
    with suppress(OSError, ValueError, KeyError, TypeError):  # a cache, perhaps of another version of tfwrap
        data = json.loads(_file(root, environment).read_bytes())
        if data["version"] != 1 or data["choice"] != environ.get(_CHOICE) or not _vouched(data["providers"]):
            return
        flavor = Flavor(_restore(data["variables"], environ), tuple((one[0], one[1]) for one in data["providers"]))
        protocols = {program: protocol for _, program, protocol, *_ in data["providers"]}
        library = Path(data["library"]) if data["library"] else None
        program = tuple(data["program"])
        for _ in range(min(data["count"], os.cpu_count() or 1)):
            lane = Lane(flavor, protocols, library=library, program=program, patience=PATIENCE)
            _early.append(lane)


def take(library: Path | None, program: Sequence[str]) -> list[Lane]:
    """The workers of this engine that were started ahead; those of another one are ended."""
    taken = [lane for lane in _early if (lane.library, lane.program) == (library, tuple(program))]
    for lane in _early:
        if lane not in taken:
            lane.kill()
            lane.close()
    _early.clear()
    return taken


def remember(root: Path, environment: str, environ: Mapping[str, str], lanes: Sequence[Lane], locks: Path) -> None:
    """Keep what `lanes` are for the next run; `locks` is the folder below which lock files vouch for providers."""
    if not lanes:
        with suppress(OSError):
            _file(root, environment).unlink(missing_ok=True)
        return
    lane = lanes[-1]
    providers = [_facts(source, program, lane, locks) for source, program in lane.flavor.providers]
    if None in providers:
        return
    data = {
        "version": 1,
        "choice": environ.get(_CHOICE),
        "library": str(lane.library) if lane.library else None,
        "program": lane.program,
        "count": sum(other.flavor == lane.flavor for other in lanes),
        "variables": _describe(lane.flavor.environment, environ),
        "providers": providers,
    }
    text = json.dumps(data, indent=1) + "\n"
    file = _file(root, environment)
    with suppress(OSError):
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            write_atomic(file, text, 0o600, lasting=False)


def _describe(variables: Sequence[tuple[str, str]], environ: Mapping[str, str]) -> dict[str, Any]:
    """What differs from the user's environment: a plain value, or the name that it is borrowed from; null: dropped."""
    inherited = _inherited(environ)
    borrowed = {value: name for name, value in environ.items() if value}
    changed: dict[str, Any] = {
        name: [borrowed[value]] if value in borrowed else value
        for name, value in variables
        if inherited.get(name) != value
    }
    return {**changed, **dict.fromkeys(inherited.keys() - dict(variables).keys())}


def _restore(described: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    variables = dict(_inherited(environ))
    for name, what in described.items():
        if what is None:
            variables.pop(name, None)
        else:
            variables[name] = environ[what[0]] if isinstance(what, list) else what
    return tuple(sorted(variables.items()))


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    variables, _ = child_environment(environ, pass_env=(), data_dir=Path(), cli_config=None, extra={})
    del variables["TF_DATA_DIR"]
    return variables


def _facts(source: str, program: str, lane: Lane, locks: Path) -> list[Any] | None:
    """A provider with what must still be true when it is started ahead: the file, and a lock file that allows it."""
    for file in sorted(locks.glob("*/.terraform.lock.hcl")):
        if source in (known := read_lock(file)) and source in lane.protocols:
            return [source, program, lane.protocols[source], _stamp(program), str(file), list(known[source].hashes)]
    return None


def _vouched(providers: Sequence[Sequence[Any]]) -> bool:
    """The binary is the one whose hash was checked, and the lock file still has that hash."""
    return all(
        _stamp(program) == stamp and list(read_lock(Path(file))[source].hashes) == hashes
        for source, program, _, stamp, file, hashes in providers
    )


def _stamp(program: str) -> list[int]:
    status = Path(program).stat()
    return [status.st_ino, status.st_size, status.st_mtime_ns]


def _file(root: Path, environment: str) -> Path:
    return root / ".tfwrap" / "cache" / "ahead" / f"{environment}.json"
