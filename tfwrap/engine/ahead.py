"""Remembers what workers a run had, so that the next one of the same environment can start them at once (early.py).

Secrets are not remembered: a variable that a backend borrows from the user's environment is remembered by the name it
has there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tfwrap.base.files import write_atomic
from tfwrap.engine import early
from tfwrap.engine.lane import Flavor, Lane
from tfwrap.engine.launch import PATIENCE
from tfwrap.engine.lock import read_lock


def take(library: Path | None, program: Sequence[str]) -> list[Lane]:
    """The workers of this engine that were started early; those of another one are ended."""
    taken = []
    for worker in early.started:
        flavor = Flavor(
            tuple(sorted(worker.environment.items())),
            tuple(sorted((source, path) for source, path, _ in worker.providers)),
        )
        own = Path(worker.library) if worker.library else None
        lane = Lane(flavor, {}, library=own, program=worker.program, patience=PATIENCE, process=worker.process)
        if (own, worker.program) == (library, tuple(program)):
            taken.append(lane)
        else:
            lane.kill()
            lane.close()
    early.started.clear()
    return taken


def remember(root: Path, environment: str, environ: Mapping[str, str], lanes: Sequence[Lane], locks: Path) -> None:
    """Keep what `lanes` are for the next run; `locks` is the folder below which lock files vouch for providers."""
    file = Path(early.file_of(str(root), environment, environ))
    if not lanes:
        with suppress(OSError):
            file.unlink(missing_ok=True)
        return
    lane = lanes[-1]
    stamps: dict[str, list[int]] = {}
    with suppress(OSError):
        for source, program in lane.flavor.providers:
            lock = _lock_of(source, locks)
            if lock is None or source not in lane.protocols:
                return
            stamps |= {program: early.stamp(program), str(lock): early.stamp(str(lock))}
        data = {
            "version": early.VERSION,
            "choice": environ.get("TFWRAP_ENGINE"),
            "library": str(lane.library) if lane.library else None,
            "program": lane.program,
            "count": sum(other.flavor == lane.flavor for other in lanes),
            "providers": [[source, path, lane.protocols[source]] for source, path in lane.flavor.providers],
            "stamps": stamps,
            **_describe(lane.flavor.environment, environ),
        }
        text = json.dumps(data, indent=1) + "\n"
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            write_atomic(file, text, 0o600, lasting=False)


def _describe(variables: Sequence[tuple[str, str]], environ: Mapping[str, str]) -> dict[str, Any]:
    """By where each value comes from: under its own name, under another one, or from nowhere in the environment."""
    names = {value: name for name, value in environ.items() if value}
    inherited = [name for name, value in variables if environ.get(name) == value]
    rest = [(name, value) for name, value in variables if environ.get(name) != value]
    borrowed = {name: names[value] for name, value in rest if value in names}
    return {
        "inherited": inherited,
        "borrowed": borrowed,
        "added": {name: value for name, value in rest if name not in borrowed},
    }


def _lock_of(source: str, locks: Path) -> Path | None:
    """A lock file that vouches for the provider."""
    return next((file for file in sorted(locks.glob("*/.terraform.lock.hcl")) if source in read_lock(file)), None)
