"""One unit of a bundle at a time: is its saved plan still good, and if so, apply it.

A unit that has to be planned anew is left (`refuse`), or planned with the real inputs of now and applied if that
plan has the addresses and actions that were approved (`same`), else `agree` is asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

from tfwrap.base.problems import Failure
from tfwrap.plan.model import Plan
from tfwrap.plan.secrets import sensitive_strings
from tfwrap.run.attempt import attempt
from tfwrap.run.bundle import Bundle, ManifestUnit
from tfwrap.run.disk import disk_problem
from tfwrap.run.inputs import Input, input_digests
from tfwrap.run.journal import Journal, Step
from tfwrap.run.planning import skip
from tfwrap.run.preflight import may_apply, protected_deletes
from tfwrap.run.record import UnitRecord
from tfwrap.run.rename import carry_out, find_move, rehearse
from tfwrap.run.resolve import NotYet, Resolver
from tfwrap.run.session import Session
from tfwrap.run.stop import Stop
from tfwrap.run.terraform import StepFailed, UnitTerraform
from tfwrap.run.variables import write_variables
from tfwrap.stacks.model import Unit

Replan = Literal["refuse", "same", "agree"]
Agree = Callable[[UnitRecord, Plan], Awaitable[bool]]
_WAITING = ("preview", "deferred")


async def refuse(_record: UnitRecord, _plan: Plan) -> bool:
    """Nobody is there to agree."""
    return False


class Applier:
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
        """Give a unit that never ran its row; one that was never ready to be applied says so itself."""
        planned, record = self.bundle.manifest.units[name], self.session.record.unit(name)
        record.plan, record.plan_class = self.bundle.plan(name), planned.plan_class
        waits = planned.plan_class in _WAITING and self.replan == "refuse"
        if waits and cause is not None and not self.stop.requested:
            _leave(record, planned.reason or "was not planned with real inputs")
            self.session.listener.finished(record)
            return
        skip(self.session, self.stop, name, cause)

    async def work(self, name: str) -> bool:
        record = self.session.record.unit(name)
        await attempt(self.session, self.stop, record, lambda: self._apply(self.session.units[name], record))
        if record.result == "failed" or self.journal.steps.get(name) == "started":
            self._note(record, "failed")
        if record.result in ("applied", "unchanged"):
            self.resolver.settled(name)
        return record.result in ("applied", "destroyed", "unchanged", "excluded")

    async def _apply(self, unit: Unit, record: UnitRecord) -> None:
        planned = self.bundle.manifest.units[unit.name]
        record.plan, record.plan_class = self.bundle.plan(unit.name), planned.plan_class
        if record.plan:
            record.outputs = tuple(change.name for change in record.plan.changed_outputs)
            self.session.secrets.learn(sensitive_strings(record.plan))
        if self._settled(planned, record):
            return
        try:
            if not self.destroy:
                await self.resolver.check_order(unit)
            inputs = await self.resolver.inputs(unit, real_only=self.destroy)
        except NotYet as waiting:
            _leave(record, str(waiting))
            return
        moved = await self._moved(unit, inputs)
        if moved is not None and self.replan == "refuse":
            _leave(record, moved)
        elif planned.renamed_from or (moved is not None and unit.renamed_from and await find_move(self.session, unit)):
            await self._rename(unit, record, inputs, moved)
        elif moved is not None:
            await self._replan(unit, record, inputs, moved)
        elif planned.result == "unchanged":
            record.result = "unchanged"
        else:
            await self._run(unit, record, self.bundle.plan_file(unit.name), inputs)

    def _settled(self, planned: ManifestUnit, record: UnitRecord) -> bool:
        """Whether there is nothing to do for the unit, or nothing that may be done."""
        step = self.journal.steps.get(record.name)
        if planned.result == "excluded":
            record.result, record.reason = "excluded", planned.reason
        elif step == "applied":
            record.result, record.reason = "unchanged", "applied before the interruption"
        elif step is not None:
            _leave(record, "was cut off or failed in the apply before")
        elif planned.plan_class in _WAITING and self.replan == "refuse":
            _leave(record, planned.reason or "was not planned with real inputs")
        return record.result is not None

    async def _moved(self, unit: Unit, inputs: dict[str, Input]) -> str | None:
        """Why the saved plan is not good any more, or None if it is."""
        planned = self.bundle.manifest.units[unit.name]
        if not may_apply(planned.plan_class):
            return planned.reason or "was not planned with real inputs"
        live = input_digests(self.bundle.key, inputs)
        for name, item in planned.inputs.items():
            if live.get(name) != item.digest:
                source = f"{item.producer}.{item.output}" if item.producer else "its value from the environment"
                return f"{source} is not what the plan was made with"
        if planned.result != "changed":
            return None
        if planned.renamed_from:
            move = await find_move(self.session, unit)
            state, whose = (move.state, f"{planned.renamed_from}'s") if move else (None, "")
        else:
            state, whose = await self.resolver.state(unit.name), "its"
        if state is None:
            return f"{planned.renamed_from} has no state any more that could be taken over"
        if (state.lineage, state.serial) != (planned.lineage, planned.serial):
            return f"{whose} state moved from serial {planned.serial} to {state.serial} since the plan"
        return None

    async def _rename(self, unit: Unit, record: UnitRecord, inputs: dict[str, Input], moved: str | None) -> None:
        move = await find_move(self.session, unit)
        if move is None:
            _leave(record, moved or "its state has moved already")
            return
        record.plan, _ = await rehearse(self.session, unit, record, move, inputs)
        self.stop.check()
        self._note(record, "started")
        await carry_out(self.session, unit, move)
        self.resolver.applied(unit.name)
        self._note(record, "applied")
        record.result, record.reason = "applied", f"took over the state of {move.former.name}"

    async def _replan(self, unit: Unit, record: UnitRecord, inputs: dict[str, Input], why: str) -> None:
        """Plan with the inputs of now; go on if that is what was approved, or if somebody agrees."""
        terraform = UnitTerraform(self.session, unit, record)
        file = self.session.work(unit.name) / "replan.bin"
        variables = write_variables(self.session.work(unit.name) / "values.tfvars.json", inputs)
        try:
            await terraform.init()
            await terraform.hooks("before_plan")
            data = await terraform.plan(file, variables, mode="destroy" if self.destroy else "apply")
            plan = Plan.from_json(data)
            self.session.secrets.learn(sensitive_strings(plan))
            terraform.mask_logs()
            await self._after(terraform, record, "after_plan")
            approved, record.plan = record.plan, plan
            record.outputs = tuple(change.name for change in plan.changed_outputs)
            if faults := protected_deletes(self.session, unit.name, plan):
                raise Failure(faults)
            if not plan.has_changes:
                record.result = "unchanged"
                return
            same = approved is not None and _actions(plan) == _actions(approved)
            agreed = same or (self.replan == "agree" and await self.agree(record, plan))
            self.stop.check()
            if not agreed:
                _leave(record, f"{why}; its new plan is not the one that was shown")
                return
            await self._run(unit, record, file, inputs)
        finally:
            variables.unlink(missing_ok=True)
            file.unlink(missing_ok=True)

    async def _run(self, unit: Unit, record: UnitRecord, plan: Path, inputs: dict[str, Input]) -> None:
        terraform = UnitTerraform(self.session, unit, record)
        step: Literal["destroy", "apply"] = "destroy" if self.destroy else "apply"
        variables = write_variables(self.session.work(unit.name) / "values.tfvars.json", inputs)
        try:
            await terraform.init()
            await terraform.hooks(f"before_{step}")
            self.stop.check()
            if plan.is_relative_to(self.bundle.folder) and (faults := self.bundle.damages_of(unit.name)):
                _leave(record, faults[0].message)  # exchanged after the whole bundle was looked at
                return
            self.journal.note(unit.name, "started")
            try:
                await terraform.apply(plan, variables, destroy=self.destroy)
            except StepFailed:
                if not (self.destroy and await self._nothing_left(terraform, variables)):
                    raise
        finally:
            variables.unlink(missing_ok=True)
            self.resolver.applied(unit.name)
        record.result = "destroyed" if self.destroy else "applied"
        self._note(record, "applied")
        await self._learn_outputs(unit, terraform)
        await self._after(terraform, record, f"after_{step}")

    async def _nothing_left(self, terraform: UnitTerraform, variables: Path) -> bool:
        """Whether a destroy that failed did its work all the same.

        Helm provider 1.x reports a chart's kept resources (the CRDs are) as an error after the release is gone.
        Looking again tells: a refreshed plan that finds nothing to destroy, and is applied so that the state says so.
        """
        self.stop.check()
        file = self.session.work(terraform.unit.name) / "replan.bin"
        try:
            if Plan.from_json(await terraform.plan(file, variables, mode="destroy")).counts.destroy:
                return False
            await terraform.apply(file, variables, destroy=True)
        except StepFailed:
            return False
        finally:
            file.unlink(missing_ok=True)
        return True

    async def _learn_outputs(self, unit: Unit, terraform: UnitTerraform) -> None:
        """Sensitive outputs that did not exist before the apply are masked in what it said."""
        if any(output.sensitive for output in unit.outputs):
            await self.resolver.state(unit.name)
        terraform.mask_logs()

    async def _after(self, terraform: UnitTerraform, record: UnitRecord, hooks: str) -> None:
        """What was done is done, whatever these hooks say; but the run is not good."""
        try:
            await terraform.hooks(hooks)
        except StepFailed as failed:
            record.problems.append(failed.problem)
        terraform.mask_logs()

    def _note(self, record: UnitRecord, step: Step) -> None:
        """Into the journal, once something was done: a disk that refuses does not undo it."""
        try:
            self.journal.note(record.name, step)
        except OSError as error:
            record.problems.append(disk_problem(error))


def _leave(record: UnitRecord, reason: str) -> None:
    record.result, record.reason = "needs_replan", reason


def _actions(plan: Plan) -> set[tuple[str, str]]:
    return {(change.address, change.action) for change in plan.changes if change.changes}
