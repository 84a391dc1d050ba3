"""Read a unit's state where it is kept. No provider is initialised for it: only the backend is needed."""

from __future__ import annotations

import shutil

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Failure, Problem
from tfwrap.engine import argv, wording
from tfwrap.engine.environment import child_environment
from tfwrap.engine.protocol import Invocation
from tfwrap.run.session import Session
from tfwrap.run.state import State, parse_state, read_local_state
from tfwrap.stacks.model import Unit
from tfwrap.workspace.render import render_backend


async def read_state(session: Session, unit: Unit) -> State:
    """The state as it is now; a local one is read as a file, any other through `terraform state pull`."""
    if unit.backend.local_path is not None:
        return read_local_state(unit.backend.local_path)
    return parse_state(await pull_state(session, unit), f"of {unit.name}")


async def pull_state(session: Session, unit: Unit) -> str:
    """The state's text, by way of a folder that holds nothing but the backend block."""
    folder = session.work(unit.name) / "backend"
    text = render_backend(unit)
    if not (folder / "backend.tf").exists() or (folder / "backend.tf").read_text() != text:
        shutil.rmtree(folder, ignore_errors=True)
        write_atomic(folder / "backend.tf", text)
    borrowed = {
        name: session.environ[source] for name, source in unit.backend.environment.items() if source in session.environ
    }
    environment, _ = child_environment(
        session.environ,
        pass_env=session.project.pass_env,
        data_dir=folder / "data",
        cli_config=None,
        extra={**unit.environment, **borrowed},
    )
    output = session.work(unit.name) / "state.out"
    error = output.with_suffix(".err")
    commands = [argv.state_pull()]
    if not (folder / "data" / "terraform.tfstate").exists():
        commands.insert(0, argv.init())
    try:
        for command in commands:
            done = await session.engine.run(Invocation(command, folder, environment, output, error, unit.timeout))
            if done.status != 0:
                said = wording.first_error(error.read_text(errors="replace")) or "Terraform gave no reason"
                raise Failure(
                    Problem(
                        "E512",
                        f"{unit.name}: the state cannot be read: {session.secrets.mask(said)}",
                        unit.location,
                        "are the backend's address and your credentials right? is it reachable?",
                    )
                )
        return output.read_text(encoding="utf-8")
    finally:
        output.unlink(missing_ok=True)  # a state holds secrets
