"""Warm workers for whoever asks: found idle, started, thrown away. As many as there are commands at a time.

A worker is never shared by two commands at the same time, and never used again after something went wrong in it.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from tfwrap.engine.cache import Memo
from tfwrap.engine.lane import Flavor, Lane, LaneFault, flavor_of
from tfwrap.engine.launch import PATIENCE
from tfwrap.engine.protocol import Completed, Invocation

GROWTH = 96 << 20  # bytes a worker may grow before another takes its place
_EACH = 256 << 20  # bytes that a worker with its providers may need


def supported() -> bool:
    """Whether providers can be kept running here (plugin.py)."""
    return sys.platform == "linux" and os.uname().machine in ("x86_64", "aarch64")


class Pool:
    """`library` for the embedded engine, else `program`; `protocols` remembers what each provider speaks."""

    def __init__(
        self,
        protocols: Memo,
        *,
        library: Path | None = None,
        program: tuple[str, ...] = (),
        patience: float = PATIENCE,
        growth: int = GROWTH,
    ) -> None:
        self._protocols = protocols
        self._library = library
        self._program = program
        self._patience = patience
        self._growth = growth
        self._idle: list[Lane] = []
        self._busy: list[Lane] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._first_memory: dict[int, int] = {}
        self._refused: set[Flavor] = set()
        self._known = False
        self._most = 0
        self._interrupts = 0

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return (*self._busy, *self._idle)

    def adopt(self, lanes: Sequence[Lane]) -> None:
        """Workers that somebody has started already."""
        self._idle += lanes
        if lanes:
            self._close_at_exit()

    async def run(
        self, invocation: Invocation, on_line: Callable[[str], None] | None, grace: float
    ) -> Completed | None:
        """Run a command in a worker; None if none can be had for it: nothing has happened then."""
        flavor = flavor_of(invocation)
        if flavor in self._refused:
            return None
        before = self._interrupts
        try:
            lane = await self._take(flavor)
        except LaneFault:
            self._refused.add(flavor)
            return None
        try:
            await lane.ready()
            self._learn(lane)
            if self._interrupts > before:
                lane.interrupt()
            return await lane.work(invocation, on_line, grace)
        except LaneFault:
            self._refused.add(flavor)
            lane.spoilt = True
            return None
        except BaseException:
            lane.spoilt = True
            raise
        finally:
            self._give_back(lane)

    def interrupt(self) -> None:
        self._interrupts += 1
        for lane in self._busy:
            lane.interrupt()

    def kill(self) -> None:
        for lane in self._busy:
            lane.kill()

    def close(self) -> None:
        """End what is idle; whoever is at work is left to finish, and ends by itself."""
        for lane in self._idle:
            lane.kill()
        for lane in self._idle:
            lane.close()
        for lane in self._busy:
            lane.let_go()
        self._idle.clear()
        self._busy.clear()

    async def _take(self, flavor: Flavor) -> Lane:
        self._most = self._most or max(1, _available_memory() // _EACH)
        while len(self._busy) >= self._most:
            await self._turn()
        lane = next((lane for lane in reversed(self._idle) if lane.flavor == flavor), None)
        if lane is not None:
            self._idle.remove(lane)
        else:
            if len(self.lanes) >= self._most:
                self._throw_away(self._idle.pop(0))
            try:
                lane = self._start(flavor)
            except OSError as error:
                self._wake()
                raise LaneFault(str(error)) from error
        self._busy.append(lane)
        return lane

    async def _turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had come: the next one's now
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break

    def _give_back(self, lane: Lane) -> None:
        self._busy.remove(lane)
        first = self._first_memory.setdefault(id(lane), lane.memory)
        if lane.spoilt or lane.memory - first > self._growth:
            self._throw_away(lane)
        else:
            self._idle.append(lane)
        self._wake()

    def _start(self, flavor: Flavor) -> Lane:
        self._close_at_exit()
        protocols = {}
        for _, program in flavor.providers:
            known = self._protocols.recall(program, _facts(program))
            if isinstance(known, int):
                protocols[program] = known
        return Lane(flavor, protocols, library=self._library, program=self._program, patience=self._patience)

    def _close_at_exit(self) -> None:
        if not self._known:
            atexit.register(self.close)
            self._known = True

    def _learn(self, lane: Lane) -> None:
        for source, program in lane.flavor.providers:
            spoken = lane.protocols[source]
            if self._protocols.recall(program, _facts(program)) != spoken:
                self._protocols.keep(program, _facts(program), spoken)

    def _throw_away(self, lane: Lane) -> None:
        self._first_memory.pop(id(lane), None)
        lane.kill()
        lane.close()


def _facts(program: str) -> str:
    try:
        status = Path(program).stat()
    except OSError:
        return ""
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


def _available_memory() -> int:
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return _EACH
    fields = dict(line.split(":", 1) for line in text.splitlines())
    return int(fields["MemAvailable"].split()[0]) << 10
