"""Terraform's own state locks: who holds one, which was left behind by a killed run, and how to get rid of it.

The local backend locks with the operating system, so its lock ends with the process; only the file that says who
holds it is left. A remote lock stays until somebody takes it away.
"""

from __future__ import annotations

import fcntl
import json
import re
from dataclasses import dataclass
from pathlib import Path

from tfwrap.base.problems import Failure, Problem
from tfwrap.stacks.model import Unit

_FIELD = re.compile(r"^\s*(ID|Who|Operation|Created):\s+(.+?)\s*$", re.MULTILINE)
_REFUSED = "Error acquiring the state lock"
RECOVERED = "errored.tfstate"  # where Terraform puts a state that it could not save


@dataclass(frozen=True)
class HeldLock:
    """What Terraform says of the lock that it did not get."""

    id: str
    words: str


def locked_by(said: str) -> HeldLock | None:
    if _REFUSED not in said:
        return None
    fields = dict(_FIELD.findall(said))
    if "ID" not in fields:
        return None
    who = (
        f"{fields.get('Who', 'somebody')}, {fields.get('Operation', 'unknown operation').removeprefix('OperationType')}"
    )
    since = f" since {fields['Created']}" if "Created" in fields else ""
    return HeldLock(fields["ID"], f"the state is locked by {who}{since}")


def recovery_hint(environment: str, unit: Unit, folder: Path) -> str | None:
    """What to do about a state that Terraform could not save."""
    if not (folder / RECOVERED).exists():
        return None
    push = f"tfwrap exec {environment} {unit.name} -- terraform state push {RECOVERED}"
    return f"the new state could not be saved and is in {folder.name}/{RECOVERED}: mend what is wrong, then {push}"


def left_behind(environment: str, unit: Unit) -> Problem | None:
    """Names a unit that may hold its lock after its Terraform was killed, with the line to type."""
    left = left_lock(unit)
    if left is None and unit.backend.local_path is not None:
        return None
    message = f"{unit.name} was stopped hard and may have left its state locked"
    # A remote lock's id is told by whoever meets it next.
    line = f"tfwrap unlock {environment} {unit.name} {left or 'ID, which the next plan names'}"
    return Problem("E507", message, unit.location, f"make sure nothing works on it, then {line}")


def left_lock(unit: Unit) -> str | None:
    """Id of the lock that the local state's file of holders still tells of."""
    path = _info(unit)
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["ID"]) if path else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def unlock_local(unit: Unit, lock_id: str) -> None:
    """Take a left lock of a local state away; Failure E505 if it is another one, or if its holder lives."""
    path, state = _info(unit), unit.backend.local_path
    left = left_lock(unit)
    if path is None or state is None or left is None:
        raise Failure(Problem("E505", f"{unit.name} is not locked", unit.location))
    if left != lock_id:
        raise Failure(Problem("E505", f"{unit.name} is locked by {left}, not by {lock_id}", unit.location))
    if state.exists():  # else nobody can hold it
        _refuse_held(unit, state)
    path.unlink()


def _refuse_held(unit: Unit, state: Path) -> None:
    with state.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"{unit.name}: the run that holds its lock is still at work"
            raise Failure(Problem("E505", message, unit.location, "wait for it to end, or end it")) from error


def _info(unit: Unit) -> Path | None:
    state = unit.backend.local_path
    return state.with_name(f".{state.name}.lock.info") if state else None
