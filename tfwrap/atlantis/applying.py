"""The apply step: exactly what was planned and reviewed, or nothing. Says what became of it in any case."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from tfwrap.atlantis.contract import Step
from tfwrap.atlantis.plan_file import PlanFile
from tfwrap.base.problems import NeedsPlanFailure, Problem
from tfwrap.run.apply import apply_bundle
from tfwrap.run.bundle import Bundle
from tfwrap.run.journal import Journal
from tfwrap.run.record import RunRecord
from tfwrap.run.session import Session

_DONE = ("applied", "destroyed", "unchanged", "excluded")


def open_bundle(session: Session, step: Step, content: PlanFile) -> Bundle:
    """The bundle that $PLANFILE is about; NeedsPlanFailure if it is gone, another one, or not to be applied."""
    if content.kind == "deferred":
        raise NeedsPlanFailure(
            Problem(
                "E716",
                "; ".join(note for note in content.notes if note.startswith("DEFERRED"))[:1000] or "deferred",
                hint=f"when what it waits for is applied, comment: {step.plan_again}",
            )
        )
    bundle = Bundle(session.project.root / content.bundle)
    if bundle.id != content.id:
        message = f"the saved plan of {step.project} is not the one that was shown"
        raise NeedsPlanFailure(Problem("E714", message, hint=f"comment: {step.plan_again}"))
    return bundle


async def apply_project(session: Session, step: Step, bundle: Bundle) -> RunRecord:
    """Apply; afterwards the plan is gone if all of it is done, and there again if not."""
    resume = Journal(bundle.folder).used
    with _taken(step):
        record = await apply_bundle(session, bundle, replan="refuse", resume=resume)
    if all(unit.result in _DONE for unit in record.units):
        step.plan_file.unlink(missing_ok=True)
        shutil.rmtree(bundle.folder, ignore_errors=True)
    return record


def next_step(step: Step, record: RunRecord) -> list[str]:
    """What to write into the pull request, where something is left to do."""
    left = [unit.name for unit in record.units if unit.result not in _DONE]
    return [f"not all is applied ({', '.join(left)}); comment: {step.plan_again}"] if left else []


@contextmanager
def _taken(step: Step) -> Iterator[None]:
    """Without $PLANFILE while Terraform works: whoever is killed then has to plan again, which is right.

    Terraform works in the same folder, whose files are part of what was planned.
    """
    content = step.plan_file.read_bytes()
    step.plan_file.unlink()
    try:
        yield
    finally:
        step.plan_file.write_bytes(content)
        step.plan_file.chmod(0o600)
