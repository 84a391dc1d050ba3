"""The engine that drives a Terraform or OpenTofu program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tfwrap.engine.process import GRACE, Processes
from tfwrap.engine.protocol import Completed, Invocation


class ProgramEngine:
    """`command` is what stands before Terraform's arguments: the program, or what acts as one."""

    def __init__(self, command: tuple[str, ...], *, name: str, version: str, reason: str, grace: float = GRACE) -> None:
        self.command = command
        self.name = name
        self.version = version
        self.reason = reason
        self._processes = Processes(grace)

    @property
    def path(self) -> Path:
        return Path(self.command[0])

    async def run(self, invocation: Invocation, on_line: Callable[[str], None] | None = None) -> Completed:
        return await self._processes.run(
            (*self.command, *invocation.arguments),
            invocation.folder,
            invocation.environment,
            stdout=invocation.stdout,
            stderr=invocation.stderr,
            timeout=invocation.timeout,
            on_line=on_line,
        )

    def interrupt(self) -> None:
        self._processes.interrupt()

    def kill(self) -> None:
        self._processes.kill()
