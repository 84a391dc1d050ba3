"""`renamed_from`: a unit takes over the state of its former name, if a plan over that state is empty.

The state is written to its new place first and emptied in the old one last: cut off between the two, both hold
it, and the next run ends the work. Never applies anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Failure, Problem
from tfwrap.plan.model import Plan
from tfwrap.plan.summary import in_words, losses_first, short_address
from tfwrap.run.inputs import Input
from tfwrap.run.read_state import read_state, state_text, write_state
from tfwrap.run.record import UnitRecord
from tfwrap.run.scratch import plan_scratch
from tfwrap.run.session import Session
from tfwrap.run.state import State, parse_state
from tfwrap.settings.backend import Backend
from tfwrap.stacks.model import Unit
from tfwrap.workspace.removed import forget_unit, removed_units

_SHOWN = 3


@dataclass(frozen=True)
class Move:
    """A state that has to move: `text` and `state` are the former unit's."""

    former: Unit
    text: str
    state: State


async def find_move(session: Session, unit: Unit) -> Move | None:
    """The move that `renamed_from` asks for, or None if there is nothing (any more) to move."""
    if unit.renamed_from is None:
        return None
    gone = {one.name: one for one in removed_units(session.project, session.environment)}
    former = gone.get(unit.renamed_from)
    if former is None:
        return None
    text = await state_text(session, former)
    state = parse_state(text, f"of {former.name}")
    if not state.resources:
        return None
    own = await read_state(session, unit)
    if own.resources and own.lineage != state.lineage:
        message = f"{unit.name} and {former.name}, its former name, both have resources of their own"
        hint = f"take renamed_from away, or destroy the old ones: tfwrap destroy {session.environment} -u {former.name}"
        raise Failure(Problem("E532", message, unit.location, hint))
    return Move(former, text, state)


async def rehearse(
    session: Session, unit: Unit, record: UnitRecord, move: Move, inputs: Mapping[str, Input]
) -> tuple[Plan, dict[str, object]]:
    """Plan the unit over a copy of the state as if it had moved; Failure E532 unless that plan is empty."""
    copy = session.work(unit.name) / "renamed.tfstate"
    write_atomic(copy, move.text, 0o600)
    try:
        moved = replace(unit, backend=Backend("local", {}, copy.as_posix(), local_path=copy))
        plan, data = await plan_scratch(session, moved, record, {}, inputs)
    finally:
        copy.unlink(missing_ok=True)
    if plan.has_changes:
        raise Failure(_not_empty(unit, move, plan))
    return plan, data


async def carry_out(session: Session, unit: Unit, move: Move) -> None:
    """Move the state; afterwards the former unit has none, and its files go."""
    own = await read_state(session, unit)
    if not own.resources:
        await write_state(session, unit, move.text)
    emptied = json.loads(move.text) | {"serial": move.state.serial + 1, "resources": [], "outputs": {}}
    emptied.pop("check_results", None)
    await write_state(session, move.former, json.dumps(emptied))
    forget_unit(session.project, session.environment, move.former.name)


def _not_empty(unit: Unit, move: Move, plan: Plan) -> Problem:
    changes = losses_first(plan.changes)
    shown = ", ".join(f"{change.action} {short_address(change.address)}" for change in changes[:_SHOWN])
    message = f"{unit.name} cannot take over the state of {move.former.name}: it would have {in_words(plan)}"
    hint = f"rename it and nothing else; make other changes before or after ({shown or 'outputs'})"
    return Problem("E532", message, unit.location, hint)
