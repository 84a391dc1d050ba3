"""Apply a bundle, unit by unit in order: only what was planned, and only if its inputs are still what they were.

A unit that has to be planned anew is left (`refuse`), or planned with the real inputs of now and applied if that
plan has the addresses and actions that were approved (`same`), else `agree` is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from tfwrap.base.problems import Failure
from tfwrap.plan.model import Plan
from tfwrap.run.bundle import Bundle
from tfwrap.run.inputs import Input, input_digests
from tfwrap.run.journal import Journal
from tfwrap.run.locks import hold
from tfwrap.run.outcome import conclude
from tfwrap.run.planning import execution_order, halted, skip, timed
from tfwrap.run.preflight import check_bundle, may_apply, protected_deletes
from tfwrap.run.record import RunRecord, UnitRecord
from tfwrap.run.resolve import NotYet, Resolver
from tfwrap.run.schedule import walk
from tfwrap.run.session import Session
from tfwrap.run.stop import Stop
from tfwrap.run.terraform import StepFailed, UnitTerraform
from tfwrap.run.variables import write_variables
from tfwrap.stacks.model import Unit

Replan = Literal["refuse", "same", "agree"]
Agree = Callable[[UnitRecord, Plan], bool]


async def apply_bundle(
    session: Session,
    bundle: Bundle,
    *,
    replan: Replan,
    resume: bool = False,
    detailed: bool = False,
    agree: Agree = lambda _record, _plan: False,
) -> RunRecord:
    """Apply what was approved. `agree` is asked for a later plan that differs from the one shown."""
    journal = Journal(bundle.folder)
    check_bundle(session, bundle, journal, resume=resume)
    journal.save()
    stop = Stop(session)
    applier = _Applier(session, stop, bundle, journal, replan, agree)
    destroy = bundle.manifest.mode == "destroy"
    order, dependencies = execution_order(session, destroy=destroy)
    say = session.listener.note
    timeout = session.project.lock_timeout
    with timed(session), stop.listening():
        async with hold(session.own_folder / "work" / session.environment / "lock", session.environment, timeout, say):
            await walk(
                order,
                dependencies,
                applier.work,
                applier.skip,
                parallelism=session.options.parallelism,
                halted=lambda: halted(session, stop),
            )
    record = session.record
    record.bundle, record.bundle_id = bundle.folder, bundle.id
    record.exit_code = conclude(record, stopped=stop.exit, needs_plan=False, detailed=detailed)
    return record


class _Applier:
    def __init__(
        self, session: Session, stop: Stop, bundle: Bundle, journal: Journal, replan: Replan, agree: Agree
    ) -> None:
        self.session = session
        self.stop = stop
        self.bundle = bundle
        self.journal = journal
        self.replan = replan
        self.agree = agree
        self.destroy = bundle.manifest.mode == "destroy"
        self.resolver = Resolver(session)

    def skip(self, name: str, cause: str | None) -> None:
        planned = self.bundle.manifest.units[name]
        if cause is not None and self.replan == "refuse" and not self.stop.requested and _waits(planned.plan_class):
            self._leave(self.session.record.unit(name), planned.reason or "was not planned with real inputs")
            self.session.listener.finished(self.session.record.unit(name))
            return
        skip(self.session, self.stop, name, cause)

    async def work(self, name: str) -> bool:
        session, unit, record = self.session, self.session.units[name], self.session.record.unit(name)
        started = time.monotonic()
        self.stop.running[name] = None
        try:
            async with hold(session.work(name) / "lock", name, session.project.lock_timeout, session.listener.note):
                await self._apply(unit, record)
        except StepFailed as failed:
            record.result = "interrupted" if self.stop.requested else "failed"
            record.reason, record.log = failed.problem.message, failed.log
            record.problems.append(failed.problem)
        except Failure as failure:
            record.result, record.reason = "failed", failure.problems[0].message
            record.problems.extend(failure.problems)
        finally:
            del self.stop.running[name]
        if record.result in ("failed", "interrupted"):
            self.journal.note(name, "failed")
        record.seconds["total"] = time.monotonic() - started
        session.listener.finished(record)
        return record.result in ("applied", "destroyed", "unchanged", "excluded")

    async def _apply(self, unit: Unit, record: UnitRecord) -> None:
        planned = self.bundle.manifest.units[unit.name]
        record.plan, record.plan_class = self.bundle.plan(unit.name), planned.plan_class
        record.outputs = tuple(c.name for c in record.plan.changed_outputs) if record.plan else ()
        if planned.result == "excluded":
            record.result, record.reason = "excluded", planned.reason
            return
        step = self.journal.steps.get(unit.name)
        if step == "applied":
            record.result, record.reason = "unchanged", "applied before the interruption"
            return
        if step is not None:
            self._leave(record, "was cut off or failed in the apply before")
            return
        if _waits(planned.plan_class) and self.replan == "refuse":
            self._leave(record, planned.reason or "was not planned with real inputs")
            return
        try:
            inputs = await self.resolver.inputs(unit, real_only=self.destroy)
        except NotYet as waiting:
            self._leave(record, str(waiting))
            return
        moved = await self._moved(unit, inputs)
        if moved is None and planned.result == "unchanged":
            record.result = "unchanged"
            return
        if moved is None:
            await self._run(unit, record, self.bundle.plan_file(unit.name), inputs)
        elif self.replan == "refuse":
            self._leave(record, moved)
        else:
            await self._replan(unit, record, inputs, moved)

    async def _moved(self, unit: Unit, inputs: dict[str, Input]) -> str | None:
        """Why the saved plan is not good any more, or None if it is."""
        planned = self.bundle.manifest.units[unit.name]
        if not may_apply(planned.plan_class):
            return planned.reason or "was not planned with real inputs"
        live = input_digests(self.bundle.key, inputs)
        for name, item in planned.inputs.items():
            if live.get(name) != item.digest:
                return f"{item.producer}.{item.output} is not what the plan was made with"
        state = await self.resolver.state(unit.name)
        if planned.result == "changed" and (state.lineage, state.serial) != (planned.lineage, planned.serial):
            return f"its state moved from serial {planned.serial} to {state.serial} since the plan"
        return None

    async def _replan(self, unit: Unit, record: UnitRecord, inputs: dict[str, Input], why: str) -> None:
        """Plan with the inputs of now; go on if that is what was approved, or if somebody agrees."""
        terraform = UnitTerraform(self.session, unit, record)
        file = self.session.work(unit.name) / "replan.bin"
        variables = write_variables(self.session.work(unit.name) / "values.tfvars.json", inputs)
        try:
            await terraform.init()
            await terraform.plan(file, variables, mode="destroy" if self.destroy else "apply")
            plan = Plan.from_json(await terraform.show(file))
            approved, record.plan = record.plan, plan
            record.outputs = tuple(change.name for change in plan.changed_outputs)
            if faults := protected_deletes(self.session, unit.name, plan):
                raise Failure(faults)
            if not plan.has_changes:
                record.result = "unchanged"
                return
            same = approved is not None and _actions(plan) == _actions(approved)
            if not same and not (self.replan == "agree" and self.agree(record, plan)):
                self._leave(record, f"{why}; its new plan is not the one that was shown")
                return
            await self._run(unit, record, file, inputs)
        finally:
            variables.unlink(missing_ok=True)
            file.unlink(missing_ok=True)

    async def _run(self, unit: Unit, record: UnitRecord, plan: Path, inputs: dict[str, Input]) -> None:
        terraform = UnitTerraform(self.session, unit, record)
        step = "destroy" if self.destroy else "apply"
        variables = write_variables(self.session.work(unit.name) / "values.tfvars.json", inputs)
        try:
            await terraform.init()
            await terraform.hooks(f"before_{step}")
            self.journal.note(unit.name, "started")
            await terraform.apply(plan, variables, destroy=self.destroy)
            self.journal.note(unit.name, "applied")
        finally:
            variables.unlink(missing_ok=True)
            self.resolver.applied(unit.name)
        record.result = "destroyed" if self.destroy else "applied"
        try:
            await terraform.hooks(f"after_{step}")
        except StepFailed as failed:  # the unit is applied all the same; the run is not good
            record.problems.append(failed.problem)

    @staticmethod
    def _leave(record: UnitRecord, reason: str) -> None:
        record.result, record.reason = "needs_replan", reason


def _waits(plan_class: str | None) -> bool:
    return plan_class in ("preview", "deferred")


def _actions(plan: Plan) -> set[tuple[str, str]]:
    return {(change.address, change.action) for change in plan.changes if change.changes}
