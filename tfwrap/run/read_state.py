"""Read and write a unit's state where it is kept. No provider is initialised for it: only the backend is needed."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Failure, Problem
from tfwrap.engine import argv, wording
from tfwrap.engine.environment import child_environment
from tfwrap.engine.lane import harmless
from tfwrap.engine.pool import supported
from tfwrap.engine.protocol import Invocation
from tfwrap.run.session import Session
from tfwrap.run.state import State, parse_state, read_local_state
from tfwrap.run.wording import ending
from tfwrap.stacks.model import Unit
from tfwrap.workspace.render import render_backend

_PATIENCE = 300.0  # seconds; a backend that has not answered by then does not


async def read_state(session: Session, unit: Unit) -> State:
    """The state as it is now; a local one is read as a file, any other through `terraform state pull`."""
    if unit.backend.local_path is not None:
        return read_local_state(unit.backend.local_path)
    return parse_state(await state_text(session, unit), f"of {unit.name}")


async def read_states(session: Session, names: Iterable[str]) -> dict[str, State]:
    """All at once, as many at the same time as units may be at work."""
    limit = asyncio.Semaphore(session.options.parallelism)

    async def read(name: str) -> State:
        async with limit:
            return await read_state(session, session.units[name])

    wanted = tuple(names)
    return dict(zip(wanted, await asyncio.gather(*(read(name) for name in wanted)), strict=True))


async def state_text(session: Session, unit: Unit) -> str:
    """The state as Terraform writes it; empty if there is none."""
    if unit.backend.local_path is not None:
        path = unit.backend.local_path
        return path.read_text(encoding="utf-8") if path.exists() else ""
    return await _BackendFolder(session, unit).run(argv.state_pull(), "read")


async def write_state(session: Session, unit: Unit, text: str) -> None:
    """Put `text` in the place of the unit's state; Terraform locks it and refuses an older or a foreign one."""
    file = session.work(unit.name) / f"push-{os.getpid()}.tfstate"
    write_atomic(file, text, 0o600)
    try:
        await _BackendFolder(session, unit).run(
            argv.state_push(file, lock_timeout=session.project.lock_timeout), "written"
        )
    finally:
        file.unlink(missing_ok=True)  # a state holds secrets


class _BackendFolder:
    """A folder that holds nothing but the unit's backend block, and Terraform's commands in it."""

    def __init__(self, session: Session, unit: Unit) -> None:
        self._session = session
        self._unit = unit
        # What one engine initialised another does not take.
        engine = f"{session.engine.name}-{session.engine.version}"
        self._folder = session.work(unit.name) / "backend" / engine

    async def run(self, command: argv.Arguments, purpose: str) -> str:
        """What the command printed."""
        self._prepare()
        # Another run may read this state at the same moment: only a unit's own steps hold its lock.
        output = self._session.work(self._unit.name) / f"state-{os.getpid()}.out"
        error = output.with_suffix(".err")
        commands = [command]
        if not (self._folder / "data" / "terraform.tfstate").exists():
            commands.insert(0, argv.init())
        try:
            for one in commands:
                await self._call(one, output, error, purpose)
            return output.read_text(encoding="utf-8")
        finally:
            output.unlink(missing_ok=True)  # a state holds secrets
            error.unlink(missing_ok=True)

    def _prepare(self) -> None:
        text = render_backend(self._unit)
        place = self._folder / "backend.tf"
        if not place.exists() or place.read_text(encoding="utf-8") != text:
            shutil.rmtree(self._folder, ignore_errors=True)
            write_atomic(place, text)

    async def _call(self, command: argv.Arguments, output: Path, error: Path, purpose: str) -> None:
        session, unit = self._session, self._unit
        borrowed = {
            name: session.environ[source]
            for name, source in unit.backend.environment.items()
            if source in session.environ
        }
        environment, _ = child_environment(
            session.environ,
            pass_env=session.project.pass_env,
            data_dir=self._folder / "data",
            cli_config=session.cli_config,  # no provider is used, but a worker is for one environment only
            extra={**unit.environment, **borrowed},
        )
        timeout = unit.timeout or _PATIENCE
        cold = Invocation(command, self._folder, environment, output, error, timeout)
        done = await session.engine.run(replace(cold, warm=self._warm(cold)))
        if done.lost is not None and harmless(cold):
            done = await session.engine.run(cold)
        if done.status == 0 and not done.timed_out:
            return
        said = f"the backend did not answer within {timeout:g} s" if done.timed_out else _said(error) or ending(done)
        raise Failure(
            Problem(
                "E512",
                f"{unit.name}: the state cannot be {purpose}: {session.secrets.mask(said)}",
                unit.location,
                "are the backend's address and your credentials right? is it reachable?",
            )
        )

    def _warm(self, cold: Invocation) -> tuple[tuple[str, str], ...] | None:
        """The worker that plans the unit reads its state, too; what writes one is never tried again, so runs cold."""
        session = self._session
        if session.options.cold or not supported() or not harmless(cold):
            return None
        return session.warm.get(self._unit.name, next(iter(session.warm.values()), ()))


def _said(error: Path) -> str | None:
    return wording.first_error(error.read_text(encoding="utf-8", errors="replace"))
