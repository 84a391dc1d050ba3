"""What a run's exit status is: the worst of what its record says (contract §5)."""

from __future__ import annotations

from tfwrap.base.exits import Exit
from tfwrap.run.record import RunRecord


def conclude(record: RunRecord, *, stopped: Exit | None, needs_plan: bool, detailed: bool) -> Exit:
    """A signal beats a failure, a failure beats a needed plan, that beats changes. Never 0 beside a failure."""
    results = {unit.result for unit in record.units}
    problems = [*record.problems, *(problem for unit in record.units for problem in unit.problems)]
    if stopped is not None:
        return stopped
    if results & {"failed", "interrupted"} or any(problem.severity == "error" for problem in problems):
        return Exit.FAILED
    if needs_plan or results & {"needs_replan", "blocked"}:
        return Exit.NEEDS_PLAN
    if detailed and results & {"changed", "deferred", "applied", "destroyed"}:
        return Exit.CHANGES
    return Exit.OK
