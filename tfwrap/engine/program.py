"""The engine that drives a Terraform or OpenTofu program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tfwrap.engine.pool import Pool
from tfwrap.engine.process import GRACE, Processes
from tfwrap.engine.protocol import GOOD, Completed, Invocation


class ProgramEngine:
    """`command` is what stands before Terraform's arguments: the program, or what acts as one."""

    def __init__(
        self,
        command: tuple[str, ...],
        *,
        name: str,
        version: str,
        reason: str,
        grace: float = GRACE,
        pool: Pool | None = None,
    ) -> None:
        self.command = command
        self.name = name
        self.version = version
        self.reason = reason
        self.pool = pool
        self._grace = grace
        self._processes = Processes(grace)

    @property
    def path(self) -> Path:
        return Path(self.command[0])

    async def run(self, invocation: Invocation, on_line: Callable[[str], None] | None = None) -> Completed:
        if self.pool is not None and self._gains(invocation):
            completed = await self.pool.run(invocation, on_line, self._grace)
            if completed is not None:
                return completed
        completed = await self._start(invocation, on_line)
        if invocation.then is None or completed.status not in GOOD:
            return completed
        then = await self._start(invocation.then, None)
        return replace(completed, then=then.status, timed_out=then.timed_out)

    def interrupt(self) -> None:
        self._processes.interrupt()
        if self.pool is not None:
            self.pool.interrupt()

    def kill(self) -> None:
        self._processes.kill()
        if self.pool is not None:
            self.pool.kill()

    async def _start(self, invocation: Invocation, on_line: Callable[[str], None] | None) -> Completed:
        return await self._processes.run(
            (*self.command, *invocation.arguments),
            invocation.folder,
            invocation.environment,
            stdout=invocation.stdout,
            stderr=invocation.stderr,
            timeout=invocation.timeout,
            on_line=on_line,
        )

    def _gains(self, invocation: Invocation) -> bool:
        """A program is started anew each time: only running providers make it faster."""
        return bool(invocation.warm)
