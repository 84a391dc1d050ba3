"""The plan step: units planned over what the plans of this pull request say, kept for the apply step.

A unit that waits for one that is not applied is `deferred`: it fails nothing, and cannot be applied.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tfwrap.atlantis.contract import PlanArguments, Step
from tfwrap.atlantis.plan_file import (
    NOTES,
    Kind,
    PlanFile,
    bundle_folder,
    describe_plan,
    read_plan_file,
    sibling,
    write_plan_file,
)
from tfwrap.atlantis.target import Target
from tfwrap.base.problems import NeedsPlanFailure
from tfwrap.engine.protocol import Completed, Engine, Invocation
from tfwrap.plan.model import Plan
from tfwrap.run.bundle import Bundle, BundleWriter
from tfwrap.run.dependents import check_dependents
from tfwrap.run.disk import on_disk
from tfwrap.run.manifest import describe
from tfwrap.run.outcome import conclude
from tfwrap.run.plan import Mode, Planner
from tfwrap.run.planning import plan_all, timed
from tfwrap.run.preflight import protected_deletes
from tfwrap.run.record import RunRecord, UnitRecord
from tfwrap.run.session import Session
from tfwrap.run.stop import Stop


@dataclass
class TargetedEngine:
    """An engine whose plans get `-target=…` and `-replace=…` from the comment."""

    inner: Engine
    extra: tuple[str, ...]

    def __post_init__(self) -> None:
        self.name, self.version, self.reason = self.inner.name, self.inner.version, self.inner.reason

    async def run(self, invocation: Invocation, on_line: Callable[[str], None] | None = None) -> Completed:
        command, *rest = invocation.arguments
        if command == "plan":
            invocation = replace(invocation, arguments=(command, *self.extra, *rest))
        return await self.inner.run(invocation, on_line)

    def interrupt(self) -> None:
        self.inner.interrupt()

    def kill(self) -> None:
        self.inner.kill()


def forget_plan(step: Step, own: Path) -> None:
    """A plan that is about to be made anew must not be applied if that fails."""
    step.plan_file.unlink(missing_ok=True)
    shutil.rmtree(bundle_folder(own, step.project), ignore_errors=True)


async def plan_project(session: Session, step: Step, target: Target, arguments: PlanArguments) -> RunRecord:
    """Plan the selected units into the project's bundle. Nothing is written to $PLANFILE yet."""
    out = bundle_folder(session.own_folder, step.project)
    mode: Mode = "destroy" if arguments.destroy else "apply"
    stop = Stop(session)
    if mode == "destroy":
        await check_dependents(session)
    with on_disk():
        bundle = BundleWriter(out)
    planner = Planner(session, stop, bundle, mode)
    for name, plan in pending_plans(session, step, target):
        planner.resolver.planned(name, plan)  # not selected, but this pull request is going to change it
    record = session.record
    with timed(session), stop.listening(), on_disk():
        try:
            await plan_all(planner)
            if not stop.requested:
                record.bundle_id = bundle.finish(describe(planner))
                record.bundle = out
        finally:
            bundle.discard()
    record.exit_code = conclude(record, stopped=stop.exit, needs_plan=False, detailed=False)
    return record


def pending_plans(session: Session, step: Step, target: Target) -> Iterator[tuple[str, Plan | None]]:
    """What this pull request has planned for the units above, and not applied yet: their changes are coming."""
    if target.unit is None:
        return
    root = session.project.root
    above = session.dag.ancestors(target.unit)
    for name in (name for name in session.dag.order() if name in above):
        found = _plan_of(session, step, target, name)
        if found is not None and found.kind != "unchanged":
            yield name, None if found.kind == "deferred" else Bundle(root / found.bundle).plan(name)


def _plan_of(session: Session, step: Step, target: Target, unit: str) -> PlanFile | None:
    project = f"{target.environment}/{unit}"
    folder = Path(step.relative_folder).parent / unit
    path = sibling(step, project, folder.as_posix())
    if path is None or not path.is_file():
        return None
    other = Step(path, step.folder, project, folder.as_posix(), step.head_commit, (), step.limit)
    with suppress(NeedsPlanFailure):  # of another commit, or half written: not pending any more
        found = read_plan_file(path, other)
        return found if Bundle(session.project.root / found.bundle).id == found.id else None
    return None


def keep_plan(session: Session, step: Step, record: RunRecord, arguments: PlanArguments, *, keep: bool) -> PlanFile:
    """Write what the next steps read. `keep`: $PLANFILE also where nothing changes (Atlantis merges by itself)."""
    bundle = Bundle(bundle_folder(session.own_folder, step.project))
    content = describe_plan(step, session.project.root, bundle, _kind(record), _notes(session, step, record, arguments))
    write_plan_file(bundle.folder / NOTES, content)
    if content.kind != "unchanged" or keep:
        write_plan_file(step.plan_file, content)
    return content


def _kind(record: RunRecord) -> Kind:
    changed = any(unit.result == "changed" and unit.plan_class != "preview" for unit in record.units)
    waiting = any(_waits(unit) for unit in record.units)
    return "plan" if changed else "deferred" if waiting else "unchanged"


def _waits(unit: UnitRecord) -> bool:
    return unit.result == "deferred" or unit.plan_class == "preview"


def _notes(session: Session, step: Step, record: RunRecord, arguments: PlanArguments) -> Iterator[str]:
    for unit in record.units:
        if _waits(unit):
            yield f"DEFERRED: {unit.name} {unit.reason}. Once that is done, comment: {step.plan_again}"
        if unit.plan is not None:
            yield from (problem.message for problem in protected_deletes(session, unit.name, unit.plan))
    if arguments.extra:
        yield f"only a part was planned: {' '.join(arguments.extra)}"
    if arguments.destroy:
        yield "planned with -destroy: applying it destroys the unit"
