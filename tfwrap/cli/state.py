"""`output`, `state`, `exec`, `unlock`: everyday work on states."""

from __future__ import annotations

import asyncio
import json
import subprocess
from dataclasses import replace
from typing import Any

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, NoUnitsFailure, Problem, UsageFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.cli.complete import complete_unit
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json
from tfwrap.cli.signals import passing_on
from tfwrap.run.session import Session
from tfwrap.run.state import State


@click.command()
@environment_argument
@click.argument("wanted", metavar="[UNIT[.NAME]]", required=False, shell_complete=complete_unit)
@click.option("--show-sensitive", is_flag=True, help="Print sensitive values too.")
@common
def output(options: Options, environment: str, wanted: str | None, show_sensitive: bool) -> int:
    """Outputs of ENV from its states; UNIT.NAME prints the bare value."""
    session = _session(options, environment, "output")
    unit, _, name = (wanted or "").partition(".")
    names = (_unit(session, unit),) if wanted else tuple(n for n in session.selected if session.units[n].enabled)
    states = asyncio.run(_states(session, names))
    if name:
        found = states[unit].outputs.get(name)
        if found is None:
            raise _no_output(unit, name, states[unit])
        if found.sensitive and not show_sensitive:
            raise Failure(
                Problem("E606", f"{unit}.{name} is sensitive", hint="print it all the same: --show-sensitive")
            )
        say(found.value if isinstance(found.value, str) and not options.json else json.dumps(found.value))
        return Exit.OK
    rows = {
        name: {
            key: {
                "value": value.value if show_sensitive or not value.sensitive else None,
                "type": value.type,
                "sensitive": value.sensitive,
            }
            for key, value in states[name].outputs.items()
        }
        for name in names
    }
    if options.json:
        say_json({"version": 1, "env": environment, "units": rows})
    else:
        _show_outputs(rows, states)
    return Exit.OK


@click.command()
@environment_argument
@common
def state(options: Options, environment: str) -> int:
    """What the states of ENV hold."""
    session = _session(options, environment, "state")
    states = asyncio.run(_states(session, session.selected))
    if options.json:
        rows = [
            {"name": name, "serial": found.serial, "lineage": found.lineage, "resources": list(found.resources)}
            for name, found in states.items()
        ]
        say_json({"version": 1, "env": environment, "units": rows})
        return Exit.OK
    width = max(map(len, states), default=0)
    for name, found in states.items():
        say(f"{name:{width}}  {'serial ' + str(found.serial) if found.applied else 'not applied'}")
        for address in found.resources:
            say(f"  {address}")
    return Exit.OK


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@environment_argument
@click.argument("unit", shell_complete=complete_unit)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@common
def exec_(options: Options, environment: str, unit: str, command: tuple[str, ...]) -> int:
    """Run a command in the folder of UNIT with the environment Terraform gets; its exit status is ours."""
    from tfwrap.cli.generating import write_files
    from tfwrap.run.prepare import prepare
    from tfwrap.run.terraform import UnitTerraform

    command = command[1:] if command[0] == "--" else command
    if not command:
        raise UsageFailure(Problem("E607", "there is no command to run", hint="tfwrap exec ENV UNIT -- COMMAND …"))
    session = _session(options, environment, "exec")
    write_files(session)
    _unit(session, unit)
    session.selected = (unit,)
    terraform = UnitTerraform(session, session.units[unit], session.record.unit(unit))

    async def ready() -> dict[str, str]:
        await prepare(session)
        await terraform.init()
        return terraform.environment()

    environ = asyncio.run(ready())
    try:
        process = subprocess.Popen(command, cwd=session.folder(unit), env=environ)
    except OSError as error:
        raise Failure(Problem("E607", f"{command[0]} cannot be started: {error.strerror}")) from error
    with passing_on(process.pid):
        status = process.wait()
    return status if status >= 0 else 128 - status


@click.command()
@environment_argument
@click.argument("unit", shell_complete=complete_unit)
@click.argument("lock_id", metavar="ID")
@common
def unlock(options: Options, environment: str, unit: str, lock_id: str) -> int:
    """Release a state lock that a killed run left behind. Make sure first that nobody works on it."""
    from tfwrap.cli.generating import write_files
    from tfwrap.run.prepare import prepare
    from tfwrap.run.state_locks import unlock_local
    from tfwrap.run.terraform import StepFailed, UnitTerraform
    from tfwrap.workspace.removed import with_removed

    session = _session(options, environment, "unlock")
    write_files(session)
    # A destroy of one that was taken out of env.yaml may have been killed as well.
    session = replace(session, stack=with_removed(session.project, environment, session.stack))
    _unit(session, unit)
    if session.units[unit].backend.local_path is not None:
        unlock_local(session.units[unit], lock_id)  # Terraform itself cannot
        return _say_unlocked(options, session, unit)
    session.selected = (unit,)
    terraform = UnitTerraform(session, session.units[unit], session.record.unit(unit))

    async def release() -> None:
        await prepare(session)
        await terraform.init()
        await terraform.unlock(lock_id)

    try:
        asyncio.run(release())
    except StepFailed as failed:
        raise Failure(failed.problem) from failed
    return _say_unlocked(options, session, unit)


def _say_unlocked(options: Options, session: Session, unit: str) -> int:
    if options.json:
        say_json({"version": 1, "env": session.environment, "unlocked": unit})
    else:
        say(f"{unit} is unlocked")
    return Exit.OK


def _session(options: Options, environment: str, command: str) -> Session:
    from tfwrap.cli.session import make_session

    return make_session(options, environment, command)


def _unit(session: Session, name: str) -> str:
    if name not in session.units:
        hint = did_you_mean(name, session.units) or f"known: {', '.join(session.units)}"
        raise NoUnitsFailure(Problem("E320", f"{session.environment} has no unit {name}", hint=hint))
    return name


async def _states(session: Session, names: tuple[str, ...]) -> dict[str, State]:
    from tfwrap.run.read_state import read_states

    return await read_states(session, names)


def _no_output(unit: str, name: str, found: State) -> Failure:
    if not found.applied:
        return Failure(Problem("E606", f"{unit} is not applied, so it has no output {name}"))
    hint = did_you_mean(name, found.outputs) or f"it has: {', '.join(found.outputs) or 'none'}"
    return Failure(Problem("E606", f"{unit} has no output {name}", hint=hint))


def _show_outputs(rows: dict[str, dict[str, dict[str, Any]]], states: dict[str, State]) -> None:
    width = max((len(unit) for unit, outputs in rows.items() if not outputs), default=0)
    for unit, outputs in rows.items():
        if not outputs:
            say(f"{unit:{width}}  {'no outputs' if states[unit].applied else 'not applied'}")
        for name, found in outputs.items():
            value = "(sensitive value)" if found["sensitive"] and found["value"] is None else json.dumps(found["value"])
            say(f"{unit}.{name} = {value}")
