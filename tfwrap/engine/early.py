"""Starts workers as the very first thing: as the last run of the same environment needed them.

While Python loads the rest and settings are read, Terraform and its providers load on another core. A guess that
proves wrong costs a process that is ended; a worker is only ever used for exactly what it was started as. What ahead.py
remembers is believed while everything it came from has the stamps it had. Imports next to nothing.
"""

from __future__ import annotations

import binascii
import json
import os

from tfwrap.engine.launch import PATIENCE, Process, launch

TYPE_CHECKING = False  # `typing` takes as long to load as all the rest
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

VERSION = 2
_CHOICE = "TFWRAP_ENGINE"
_NEVER = ("--cold", "--dry-run", "--help", "-h")


class Worker:
    """A worker that was started, and as what."""

    def __init__(self, data: dict[str, Any], environment: dict[str, str], process: Process) -> None:
        self.library: str | None = data["library"]
        self.program = tuple(data["program"])
        self.environment = environment
        self.providers: list[tuple[str, str, int]] = [tuple(one[:3]) for one in data["providers"]]
        self.process = process


started: list[Worker] = []  # by this process, until the engine is chosen


def start_for(words: Sequence[str], environ: Mapping[str, str]) -> None:
    """For a run of environment words[0], with further flags, in a project that has planned it before."""
    if any(word in _NEVER for word in words):
        return
    folder = os.getcwd()  # noqa: PTH109
    while not os.path.isdir(f"{folder}/.tfwrap"):  # noqa: PTH112
        if folder == (folder := os.path.dirname(folder)):  # noqa: PTH120
            return
    start(folder, words[0], environ)


def start(root: str, environment: str, environ: Mapping[str, str]) -> None:
    """Start what was remembered, if everything about it is as it was."""
    try:
        with open(file_of(root, environment, environ), "rb") as file:  # noqa: PTH123
            data = json.loads(file.read())
        if data["version"] != VERSION or data["choice"] != environ.get(_CHOICE):
            return
        if any(stamp(path) != was for path, was in data["stamps"].items()):
            return
        variables = _restore(data, environ)
        providers = {source: (program, protocol) for source, program, protocol in data["providers"]}
        for _ in range(min(data["count"], os.cpu_count() or 1)):
            process = launch(
                variables,
                library=data["library"],
                program=data["program"],
                providers=providers,
                patience=PATIENCE,
            )
            started.append(Worker(data, variables, process))
    except (OSError, ValueError, KeyError, TypeError):
        return  # a cache: of another version of tfwrap, or none


def file_of(root: str, environment: str, environ: Mapping[str, str]) -> str:
    """Where it is remembered: what may pass on of the user's environment hangs on the names in it."""
    names = binascii.crc32("\0".join(sorted(environ)).encode())
    return f"{root}/.tfwrap/cache/ahead/{environment}-{names:08x}.json"


def stamp(path: str) -> list[int]:
    """Changes with the file's content."""
    status = os.stat(path)  # noqa: PTH116
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _restore(data: dict[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """What was passed on, with the values of today; what was borrowed under another name; what was added."""
    variables = {name: environ[name] for name in data["inherited"]}
    variables |= {name: environ[source] for name, source in data["borrowed"].items()}
    return {**variables, **data["added"]}
