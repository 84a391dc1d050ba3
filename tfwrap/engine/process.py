"""The only starter of child processes that live for a while: Terraform, hooks, Go.

A child gets a session of its own (a terminal's Ctrl-C reaches tfwrap only), no stdin, and files for its
output: if tfwrap is killed, no pipe breaks and a running apply goes on to its end. Never looks at what is said.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from tfwrap.engine.follow import Follower
from tfwrap.engine.protocol import Completed

GRACE = 30.0  # seconds between SIGINT and SIGKILL, after a timeout or a cancellation
_LAST = 10.0  # seconds that Terraform may take to end without its providers
_PROVIDER = "terraform-provider-"
_SOON, _LATER = 0.02, 0.2  # seconds between two looks at a child's output: while it talks, while it is quiet


class Processes:
    """Starts children and knows the ones that live, so that a signal can be passed on to all of them."""

    def __init__(self, grace: float = GRACE) -> None:
        self._grace = grace
        self._live: set[asyncio.subprocess.Process] = set()
        self._interrupts = 0
        self._kills = 0

    def interrupt(self) -> None:
        """SIGINT once to every child itself, not to what it started: Terraform looks after its own."""
        self._interrupts += 1
        for process in tuple(self._live):
            _send(process, signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL to every child and all it started."""
        self._kills += 1
        for process in tuple(self._live):
            _kill_group(process)

    async def run(
        self,
        argv: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        *,
        stdout: Path,
        stderr: Path,
        timeout: float | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        """Run a child to its end. After `timeout`: SIGINT, some grace, SIGKILL to its group.

        Output files are emptied first; both may be one file. A cancelled call interrupts the child and waits
        for it as a timeout does; a second cancellation kills it. OSError if the program cannot be started.
        """
        started = time.monotonic()
        before = self._interrupts, self._kills
        process = await _start(argv, folder, environment, stdout, stderr)
        self._live.add(process)
        follower = Follower(stdout, on_line) if on_line else None
        # What was asked for while the child was being started is meant for it too.
        if self._kills > before[1]:
            _kill_group(process)
        elif self._interrupts > before[0]:
            _send(process, signal.SIGINT)
        try:
            timed_out = not await _wait(process, timeout, follower)
            if timed_out:
                await self._end(process, follower)
            elif self._interrupts > before[0]:
                _kill_group(process)  # Terraform ends the shell of a provisioner, not what that has started
        except BaseException:
            await self._end_uncancelled(process)
            raise
        finally:
            self._live.discard(process)
            if follower:
                follower.close()
        status = process.returncode
        assert status is not None  # noqa: S101 (waited for above)
        return Completed(status, time.monotonic() - started, timed_out)

    async def _end(self, process: asyncio.subprocess.Process, follower: Follower | None) -> None:
        _send(process, signal.SIGINT)
        ended = await _wait(process, self._grace, follower)
        if not ended and _kill_providers(process):
            # Without providers that hang, Terraform ends by itself: it saves its state and lets go of it.
            ended = await _wait(process, min(_LAST, self._grace), follower)
        if not ended:
            _kill_group(process)
            await _wait(process, None, follower)
        _kill_group(process)  # what it left behind: a shell's child gets no SIGINT

    async def _end_uncancelled(self, process: asyncio.subprocess.Process) -> None:
        ending = asyncio.ensure_future(self._end(process, None))
        while not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                _kill_group(process)


async def _start(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], stdout: Path, stderr: Path
) -> asyncio.subprocess.Process:
    with ExitStack() as files:
        out = _open(stdout, files)
        error = out if stdout == stderr else _open(stderr, files)
        return await asyncio.create_subprocess_exec(
            *argv,
            cwd=folder,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=error,
            start_new_session=True,
        )


def _open(path: Path, files: ExitStack) -> int:
    """For the owner only: Terraform's own words may hold secrets. Appending, for two to share it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
    files.callback(os.close, handle)
    return handle


async def _wait(process: asyncio.subprocess.Process, limit: float | None, follower: Follower | None) -> bool:
    """Wait for the end, passing lines on meanwhile; False if time is up first."""
    deadline = None if limit is None else time.monotonic() + limit
    pause = _SOON
    ended = asyncio.ensure_future(process.wait())
    try:
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0 and not ended.done():
                return False
            look = left if follower is None else min(pause, pause if left is None else left)
            await asyncio.wait((ended,), timeout=look)
            if ended.done():
                if follower:
                    follower.finish()
                return True
            if follower:
                pause = _SOON if follower.read() else min(pause * 1.5, _LATER)
    finally:
        if not ended.done():
            ended.cancel()
            with suppress(asyncio.CancelledError):
                await ended


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    # Not `process.send_signal`: older ones may reap the child behind asyncio's back and lose its status.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _kill_group(process: asyncio.subprocess.Process) -> None:
    """The child leads its group: its id is the group's, also when it has ended itself."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _kill_providers(process: asyncio.subprocess.Process) -> bool:
    """Whether there were any: programs in the child's session that are named as providers have to be."""
    found = False
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            number = int(entry.name)
            if os.getsid(number) == process.pid and (entry / "exe").readlink().name.startswith(_PROVIDER):
                os.kill(number, signal.SIGKILL)
                found = True
    return found
