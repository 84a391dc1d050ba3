"""Generated files brought up to date before anything runs, and units that are gone from env.yaml looked after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tfwrap.run.read_state import read_state
from tfwrap.run.session import Session
from tfwrap.stacks.model import Unit
from tfwrap.workspace.generate import plan_generation
from tfwrap.workspace.sync import SyncPlan, apply_sync


def plan_files(session: Session, *, reuse: bool = False) -> SyncPlan:
    """What generation would do; the states of units taken out of env.yaml are looked into."""
    return plan_generation(session.project, session.environment, session.stack, holds_resources(session), reuse=reuse)


def write_files(session: Session) -> bool:
    """False if something had to be written, or waits to be destroyed."""
    plan = plan_files(session, reuse=True)
    apply_sync(plan)
    return plan.up_to_date and not plan.removed


def holds_resources(session: Session) -> Callable[[Unit], bool]:
    def holds(unit: Unit) -> bool:
        return bool(asyncio.run(read_state(session, unit)).resources)

    return holds
