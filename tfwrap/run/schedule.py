"""Walk a graph in parallel. Knows names and callables; nothing of Terraform, files or people."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Mapping, Sequence

Work = Callable[[str], Awaitable[bool]]
Skip = Callable[[str, str | None], None]


async def walk(
    order: Sequence[str],
    dependencies: Mapping[str, Sequence[str]],
    work: Work,
    skip: Skip,
    *,
    parallelism: int,
    halted: Callable[[], bool],
) -> None:
    """Run `work(name)` for each name once all of its dependencies (those in `order`) are done.

    `work` returns whether dependents may go on. Of the names that are ready, the one first in `order` starts
    first. After a False, `skip(name, cause)` is called for each transitive dependent, `cause` being the name
    that failed itself. While `halted()` is true nothing new starts; what never started is skipped with None.
    An exception in `work` is a bug: what runs is awaited, then it is raised.
    """
    await _Walk(order, dependencies, work, skip).run(parallelism, halted)


class _Walk:
    def __init__(self, order: Sequence[str], dependencies: Mapping[str, Sequence[str]], work: Work, skip: Skip) -> None:
        self._order = order
        self._work = work
        self._skip = skip
        self._position = {name: index for index, name in enumerate(order)}
        self._waiting = {name: {d for d in dependencies.get(name, ()) if d in self._position} for name in order}
        self._dependents: dict[str, list[str]] = {name: [] for name in order}
        for name in order:
            for dependency in self._waiting[name]:
                self._dependents[dependency].append(name)
        self._ready = [self._position[name] for name in order if not self._waiting[name]]  # sorted: a heap
        self._running: dict[asyncio.Task[bool], str] = {}
        self._settled: set[str] = set()
        self._crash: BaseException | None = None

    async def run(self, parallelism: int, halted: Callable[[], bool]) -> None:
        while True:
            while self._ready and len(self._running) < parallelism and not halted() and self._crash is None:
                name = self._order[heapq.heappop(self._ready)]
                if name not in self._settled:
                    self._running[asyncio.ensure_future(self._call(name))] = name
            if not self._running:
                break
            done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=lambda task: self._position[self._running[task]]):
                self._settle(task)
        if self._crash is not None:
            raise self._crash
        for name in self._order:
            if name not in self._settled:
                self._skip(name, None)

    async def _call(self, name: str) -> bool:
        return await self._work(name)

    def _settle(self, task: asyncio.Task[bool]) -> None:
        name = self._running.pop(task)
        self._settled.add(name)
        crash = asyncio.CancelledError() if task.cancelled() else task.exception()
        if crash is not None:
            self._crash = self._crash or crash
        elif task.result():
            self._release(name)
        else:
            self._block(name)

    def _release(self, name: str) -> None:
        for dependent in self._dependents[name]:
            self._waiting[dependent].discard(name)
            if not self._waiting[dependent] and dependent not in self._settled:
                heapq.heappush(self._ready, self._position[dependent])

    def _block(self, cause: str) -> None:
        stack = [cause]
        while stack:
            for dependent in self._dependents[stack.pop()]:
                if dependent not in self._settled:
                    self._settled.add(dependent)
                    self._skip(dependent, cause)
                    stack.append(dependent)
