"""A real Envoy: found, started with a configuration, asked where it listens. The only file that knows the program."""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import json
import os
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Failure, Problem
from tfwrap.cluster.preview.services import Address
from tfwrap.engine.leash import REFUSED, leashed
from tfwrap.engine.process import Processes
from tfwrap.engine.tool import find_tool

_LOOK = 0.03  # seconds between two looks whether it is there
_READY_WITHIN = 60.0
_GRACE = 5.0
_TAKEN = re.compile(r"address already in use", re.IGNORECASE)
_USEFUL = re.compile(r"\[critical\]|error initializing configuration|\[error\]")
_PREFIX = re.compile(r"^\[[^\]]*\]\[\d+\]\[\w+\]\[\w+\] \[[^\]]*\] ")


class PortTakenError(Exception):
    """Another process has bound a port meanwhile."""


@dataclass(frozen=True)
class Running:
    bound: Mapping[str, Address]  # Listener -> where it listens
    ended: asyncio.Future[Any]  # done if Envoy ends by itself


def find_envoy(environ: Mapping[str, str], package: str | None = "envoy") -> Path:
    """The one in the Python package that the `preview` extra brings, else the one on PATH; Failure E671."""
    installed = importlib.util.find_spec(package) if package else None
    for folder in installed.submodule_search_locations or () if installed else ():
        program = Path(folder) / "_bin" / "envoy"
        if program.is_file():
            return program
    found = find_tool("envoy", environ)
    if found is None:
        raise Failure(Problem("E671", "there is no Envoy on this machine", hint="pip install 'tfwrap[preview]'"))
    return found


@asynccontextmanager
async def running_envoy(program: Path, config: Mapping[str, Any], folder: Path) -> AsyncIterator[Running]:
    """Envoy for as long as the block runs, and tfwrap lives. Failure E673 if it refuses the configuration."""
    admin = Path(config["admin"]["address"]["pipe"]["path"])
    file, log = folder / "envoy.json", folder / "envoy.log"
    _prepare(file, config, admin)
    processes = Processes(grace=_GRACE)
    argv = leashed(
        str(program), "--config-path", str(file), "--concurrency", "1", "--disable-hot-restart",
        "--log-level", "warning",
    )  # fmt: skip
    child = asyncio.ensure_future(processes.run(argv, folder, dict(os.environ), stdout=log, stderr=log))
    try:
        yield Running(await _bound(child, admin, log), child)
    finally:
        processes.interrupt()
        await _ended(child)


def _prepare(file: Path, config: Mapping[str, Any], admin: Path) -> None:
    file.write_text(json.dumps(config))
    admin.unlink(missing_ok=True)  # of an attempt before


async def _bound(child: asyncio.Future[Any], admin: Path, log: Path) -> dict[str, Address]:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _READY_WITHIN
    while loop.time() < deadline:
        if child.done():
            raise _refusal(child.result().status, log)
        if (listening := _listening(admin)) is not None:
            return listening
        await asyncio.sleep(_LOOK)
    raise Failure(Problem("E673", f"Envoy was not ready within {_READY_WITHIN:.0f} s", hint=_last_words(log)))


def _listening(admin: Path) -> dict[str, Address] | None:
    """None as long as it starts; the admin socket is there before the Listeners are."""
    try:
        if _ask(admin, "/ready")[0] != http.HTTPStatus.OK:
            return None
        _, text = _ask(admin, "/listeners?format=json")
    except OSError:
        return None
    bound: dict[str, Address] = {}
    for one in json.loads(text).get("listener_statuses", ()):
        address = one["local_address"]["socket_address"]
        bound[one["name"]] = (address["address"], address["port_value"])
    return bound


def _ask(admin: Path, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("envoy", timeout=5)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.settimeout(5)
        connection.sock.connect(str(admin))
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


async def _ended(child: asyncio.Future[Any]) -> None:
    """Wait for the end; what went wrong with it has been told already."""
    await asyncio.wait((child,))
    if not child.cancelled():
        child.exception()


def _refusal(status: int, log: Path) -> Exception:
    text = log.read_text(errors="replace")
    if status == REFUSED:
        return Failure(Problem("E671", text.strip(), hint="pip install 'tfwrap[preview]'"))
    if _TAKEN.search(text):
        return PortTakenError(_last_words(log))
    message = "Envoy refuses the configuration; Emissary's Envoy would refuse all of it too"
    return Failure(Problem("E673", message, hint=_last_words(log)))


def _last_words(log: Path) -> str | None:
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    useful = [line for line in lines if _USEFUL.search(line)] or lines[-1:]
    return _PREFIX.sub("", useful[0]) if useful else None
