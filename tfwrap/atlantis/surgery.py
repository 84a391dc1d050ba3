"""`atlantis import` and `atlantis state rm`: one Terraform command on one unit's state."""

from __future__ import annotations

from pathlib import Path

from tfwrap.base.problems import Failure, Problem
from tfwrap.engine import argv, wording
from tfwrap.engine.protocol import Invocation
from tfwrap.run.inputs import Input
from tfwrap.run.locks import hold
from tfwrap.run.resolve import NotYet, Resolver
from tfwrap.run.session import Session
from tfwrap.run.stop import Stop
from tfwrap.run.terraform import UnitTerraform
from tfwrap.run.variables import write_variables
from tfwrap.stacks.model import Unit


async def import_object(session: Session, unit: Unit, address: str, identity: str) -> str:
    """Import, with the unit's real inputs; what Terraform said."""
    try:
        inputs = await Resolver(session).inputs(unit)
    except NotYet as waiting:
        raise Failure(Problem("E717", f"{unit.name} {waiting}", unit.location, "apply that unit first")) from None
    variables = session.work(unit.name) / "import.tfvars.json"
    files = (variables,) if inputs else ()
    command = argv.import_(address, identity, var_files=files, lock_timeout=session.project.lock_timeout)
    return await _run(session, unit, command, inputs, variables)


async def remove_from_state(session: Session, unit: Unit, addresses: tuple[str, ...]) -> str:
    command = argv.state_rm(addresses, lock_timeout=session.project.lock_timeout)
    return await _run(session, unit, command, {}, session.work(unit.name) / "import.tfvars.json")


async def _run(
    session: Session, unit: Unit, command: tuple[str, ...], inputs: dict[str, Input], variables: Path
) -> str:
    work = session.work(unit.name)
    terraform = UnitTerraform(session, unit, session.record.unit(unit.name))
    output, error = work / "state-command.out", work / "state-command.err"
    async with hold(session, work / "lock", unit.name, Stop(session)):
        await terraform.init()
        write_variables(variables, inputs)
        try:
            done = await session.engine.run(
                Invocation(command, session.folder(unit.name), terraform.environment(), output, error, unit.timeout)
            )
            said = session.secrets.mask(output.read_text(errors="replace"))
            wrong = session.secrets.mask(error.read_text(errors="replace"))
        finally:
            for path in (variables, output, error):
                path.unlink(missing_ok=True)
    if done.status != 0:
        first = wording.first_error(wrong) or wording.first_error(said) or f"ended with status {done.status}"
        raise Failure(Problem("E717", f"{unit.name}: {' '.join(command[:1])} failed: {first}", unit.location))
    return said.strip()
