"""Before a destroy: units that would be left standing on what goes away."""

from __future__ import annotations

from tfwrap.base.problems import Failure, Problem
from tfwrap.run.read_state import read_states
from tfwrap.run.session import Session


async def standing_dependents(session: Session) -> tuple[str, ...]:
    """Units that need a selected one, hold resources, and would not be destroyed with it; in graph order."""
    going = _going(session)
    needing = session.dag.descendants(*going)
    outside = [name for name in session.dag.order() if name in needing and name not in going]
    states = await read_states(session, outside)
    return tuple(name for name in outside if states[name].resources)


async def check_dependents(session: Session) -> None:
    """Failure E531 naming those that stand, and the selector that takes them along."""
    faults = []
    for name in await standing_dependents(session):
        unit = session.units[name]
        needed = [one for one in _going(session) if one in session.dag.ancestors(name)]
        message = f"{name} still has resources and needs {', '.join(needed)}, which would be destroyed"
        again = f"destroy it too: tfwrap destroy {session.environment} {' '.join(f'-u {one}+' for one in needed)}"
        disabled = "it is disabled: set enabled: true, then destroy it too"
        faults.append(Problem("E531", message, unit.location, again if unit.enabled else disabled))
    if faults:
        raise Failure(faults)


def _going(session: Session) -> list[str]:
    return [name for name in session.selected if session.left_out(name, destroy=True) is None]
