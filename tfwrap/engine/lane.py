"""One worker as tfwrap sees it: its process, its channel, its folder. Runs one command at a time.

Not tied to an event loop, since a command may use several. Never decides whether a command may run warm.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.engine.follow import Follower
from tfwrap.engine.launch import DATA_DIR, Process, launch
from tfwrap.engine.protocol import GOOD, Completed, Invocation

_LAST = 10.0  # seconds that Terraform may take to end without its providers
_SOON, _LATER = 0.05, 0.2  # seconds between two looks at the output: while Terraform talks, while it is quiet
_USUAL = 5  # protocol, until a provider has said what it speaks

# These change nothing that counts: when tfwrap is gone they are stopped, all others are finished.
_HARMLESS = ("init", "plan", "show", "output", "version", "get")


@dataclass(frozen=True)
class Flavor:
    """What a worker is for as long as it lives."""

    environment: tuple[tuple[str, str], ...]  # without TF_DATA_DIR
    providers: tuple[tuple[str, str], ...]  # source, program


def flavor_of(invocation: Invocation) -> Flavor:
    variables = sorted(item for item in invocation.environment.items() if item[0] != DATA_DIR)
    return Flavor(tuple(variables), tuple(sorted(invocation.warm or ())))


class LaneFault(Exception):
    """The worker cannot be started, or does not become ready."""


class Lane:
    """Starts at once; `ready` says when it can be used."""

    def __init__(
        self,
        flavor: Flavor,
        protocols: Mapping[str, int],
        *,
        library: Path | None,
        program: tuple[str, ...],
        patience: float,
        process: Process | None = None,
    ) -> None:
        """`process`: one that was started already, as exactly this."""
        self.flavor = flavor
        self.library = library
        self.program = program
        self.memory = 0  # resident bytes when it was last heard of
        self.protocols: dict[str, int] = {}
        self.spoilt = False  # not to be used again
        self._patience = patience
        self._buffer = b""
        self._job = 0
        self._interrupts = 0
        self._is_ready = False
        self._process = process or launch(
            dict(flavor.environment),
            library=str(library) if library else None,
            program=program,
            providers={source: (path, protocols.get(path, _USUAL)) for source, path in flavor.providers},
            patience=patience,
        )
        self.folder = Path(self._process.folder)
        self._channel = self._process.channel

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> None:
        """LaneFault if the worker or a provider of it does not start."""
        if self._is_ready:
            return
        words = await self._hear(self._patience * 1.5)
        if not words or "failed" in words:
            raise LaneFault((words or {}).get("failed", "the worker did not start"))
        self.protocols, self.memory = words["protocols"], words["memory"]
        self._is_ready = True

    async def work(self, invocation: Invocation, on_line: Callable[[str], None] | None, grace: float) -> Completed:
        """Run one command to its end, as Processes.run does with a process of its own."""
        started = time.monotonic()
        invocation.stdout.parent.mkdir(parents=True, exist_ok=True)
        for path in _outputs(invocation):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        if self._interrupts:
            return Completed(-signal.SIGINT, 0.0)  # it came before anything had begun
        self._job += 1
        follower = Follower(invocation.stdout, on_line) if on_line else None
        try:
            self._send(_job(self._job, invocation))
            words = await self._answer(invocation, follower, started)
            timed_out = words is None and not self.spoilt
            if timed_out:
                words = await self._end(follower, grace)
            if follower:
                follower.finish()
        except BaseException:
            await self._end_uncancelled(grace)
            raise
        finally:
            if follower:
                follower.close()
        seconds = time.monotonic() - started
        if words is None:  # the worker has died, or was killed
            self.spoilt = True
            status = await self._gone()
            return Completed(status if status < 0 else 1, seconds, timed_out, lost="Terraform's worker ended early")
        if "refused" in words:
            return Completed(1, seconds, lost=words["refused"])
        self.memory = words["memory"]
        lost = ", ".join(words["lost"])
        self.spoilt = self.spoilt or timed_out or words["worn"] or bool(lost) or self._interrupts > 0
        why = f"{lost} stopped answering" if lost else None
        return Completed(words["status"], seconds, timed_out, why, words["then"])

    def interrupt(self) -> None:
        self._interrupts += 1
        if self._job:
            self._send({"interrupt": self._job})

    def kill(self) -> None:
        """The worker and everything it started."""
        self.spoilt = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """After `kill`, or when the worker shall end by itself: nothing of it is left behind."""
        self._channel.close()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def let_go(self) -> None:
        """Leave it to itself: it finishes an apply, and ends."""
        self._channel.close()

    async def _answer(self, invocation: Invocation, follower: Follower | None, started: float) -> dict[str, Any] | None:
        """The worker's last word on the job; None after the timeout, or (spoilt) when it is gone or does not react."""
        deadline = None if invocation.timeout is None else started + invocation.timeout
        heard = time.monotonic()
        pause = _SOON
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return None
            words = await self._hear(pause if left is None else min(pause, left))
            now = time.monotonic()
            if words is None:
                self.spoilt = True
                return None
            if "id" in words:
                return words
            heard = now if words else heard
            if now - heard > self._patience and harmless(invocation):
                self.kill()
                return None
            pause = _LATER if follower is None else _SOON if follower.read() else min(pause * 1.5, _LATER)

    async def _end(self, follower: Follower | None, grace: float) -> dict[str, Any] | None:
        """SIGINT, some grace, SIGKILL: first to the providers, so that Terraform saves its state and lets go of it."""
        self.interrupt()
        words = await self._last_words(follower, grace)
        if words == {} and self.flavor.providers:
            self._send({"give_up": self._job})
            words = await self._last_words(follower, _LAST)
        if words == {}:
            self.kill()
            return None
        return words

    async def _last_words(self, follower: Follower | None, patience: float) -> dict[str, Any] | None:
        """The worker's last word on the job; {} if there is none in time, None when it is gone."""
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0:
            words = await self._hear(min(left, _LATER))
            if words is None or "id" in words:
                return words
            if follower:
                follower.read()
        return {}

    async def _end_uncancelled(self, grace: float) -> None:
        """A cancelled call waits for its command; a second cancellation kills it."""
        ending = asyncio.ensure_future(self._end(None, grace))
        while not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                self.kill()
        self.spoilt = True

    async def _gone(self) -> int:
        return await asyncio.to_thread(self._process.wait)

    def _send(self, words: dict[str, Any]) -> None:
        # A worker that is gone is noticed where its answer is awaited.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._channel.sendall(json.dumps(words).encode() + b"\n")

    async def _hear(self, patience: float) -> dict[str, Any] | None:
        """The next line; {} if there is none in time, None when the worker has ended."""
        deadline = time.monotonic() + patience
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not await _readable(self._channel, left):
                return {}
            try:
                part = self._channel.recv(1 << 16)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                part = b""
            if not part:
                return None
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\n")
        words: dict[str, Any] = json.loads(line)
        return words


def harmless(invocation: Invocation) -> bool:
    first, *rest = invocation.arguments
    return first in _HARMLESS or (first == "state" and rest[:1] in (["pull"], ["list"]))


def _outputs(invocation: Invocation) -> tuple[Path, ...]:
    own = (invocation.stdout, invocation.stderr)
    return own if invocation.then is None else own + _outputs(invocation.then)


def _job(number: int, invocation: Invocation) -> dict[str, Any]:
    then = invocation.then
    return {
        "job": number,
        **_command(invocation),
        "folder": str(invocation.folder),
        "then": None if then is None else {**_command(then), "after": GOOD},
        "data": invocation.environment.get(DATA_DIR, str(invocation.folder / ".terraform")),
        "finish": not harmless(invocation),
    }


def _command(invocation: Invocation) -> dict[str, Any]:
    return {
        "arguments": invocation.arguments,
        "stdout": str(invocation.stdout),
        "stderr": str(invocation.stderr),
    }


async def _readable(channel: socket.socket, patience: float) -> bool:
    loop = asyncio.get_running_loop()
    news = loop.create_future()

    def tell() -> None:
        if not news.done():
            news.set_result(None)

    loop.add_reader(channel.fileno(), tell)  # a number: of a socket, selectors would ask for all its particulars
    try:
        done, _ = await asyncio.wait((news,), timeout=patience)
    finally:
        loop.remove_reader(channel.fileno())
    return bool(done)
