"""Plan units in graph order, also those that depend on units never applied (design: plan classes).

A Planner plans one unit at a time, as `walk` asks for it, and remembers what dependents need to know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tfwrap.base.files import write_atomic
from tfwrap.hcl import write
from tfwrap.hcl.nodes import Body
from tfwrap.plan.model import Plan
from tfwrap.plan.secrets import sensitive_strings
from tfwrap.run.attempt import attempt
from tfwrap.run.bundle import PRIVATE_FILE, BundleWriter
from tfwrap.run.inputs import Input, unknown_value
from tfwrap.run.record import PlanClass, UnitRecord
from tfwrap.run.rename import Move, find_move, rehearse
from tfwrap.run.resolve import NotYet, Resolver
from tfwrap.run.scratch import plan_scratch
from tfwrap.run.session import Session
from tfwrap.run.state import State
from tfwrap.run.stop import Stop
from tfwrap.run.terraform import StepFailed, UnitTerraform
from tfwrap.run.variables import write_variables
from tfwrap.stacks.model import Unit

Mode = Literal["apply", "destroy", "drift"]
NOTHING = Plan()

# Terraform's and providers' words for "this hangs on something not known yet", or on a type that an upstream brings.
_WAITING = (
    "Invalid count argument",
    "Invalid for_each argument",
    "cannot be determined until apply",
    "known only after apply",
    "no matches for kind",
    "Failed to determine GroupVersionResource",
    "Invalid provider configuration",
)


@dataclass(frozen=True)
class Facts:
    """What a unit was planned from, for the manifest."""

    inputs: Mapping[str, Input]
    state: State
    saved: bool  # whether there is a plan file that may be applied
    renamed_from: str | None = None


class Planner:
    def __init__(self, session: Session, stop: Stop, bundle: BundleWriter, mode: Mode) -> None:
        self.session = session
        self.stop = stop
        self.bundle = bundle
        self.mode = mode
        self.resolver = Resolver(session)
        self.facts: dict[str, Facts] = {}
        self.needs_plan = False  # a unit waits for one that is neither applied nor selected

    async def work(self, name: str) -> bool:
        """Plan one unit; False if it failed, so that its dependents are blocked."""
        record = self.session.record.unit(name)
        await attempt(self.session, self.stop, record, lambda: self._plan(self.session.units[name], record))
        return record.result not in ("failed", "interrupted")

    async def _plan(self, unit: Unit, record: UnitRecord) -> None:
        if reason := await self._left_out(unit):
            record.result, record.reason = "excluded", reason
            return
        state = await self.resolver.state(unit.name)
        if self.mode != "apply" and not state.applied:
            self.facts[unit.name] = Facts({}, state, saved=False)
            self._settle(unit, record, NOTHING, "exact")
            return
        try:
            if self.mode == "apply":
                await self.resolver.check_order(unit)
            inputs = await self.resolver.inputs(unit, real_only=self.mode != "apply")
        except NotYet as waiting:
            self.needs_plan = self.needs_plan or waiting.needs_plan
            self._defer(unit, record, str(waiting), state)
            return
        if self.mode == "apply" and (move := await find_move(self.session, unit)):
            await self._plan_move(unit, record, inputs, move)
            return
        if any(item.kind == "unknown" for item in inputs.values()):
            await self._preview(unit, record, inputs, state)
            return
        try:
            plan = await self._save(unit, record, inputs)
        except StepFailed as failed:
            self._advise(unit, failed)
            pending = self.resolver.pending(unit)
            if not pending or not _waits(failed):
                raise
            self._defer(unit, record, f"waits for {', '.join(pending)}: {failed.problem.message}", state)
            return
        self.facts[unit.name] = Facts(inputs, state, saved=True)
        self._settle(unit, record, plan, _class_of(inputs))
        if plan.has_changes and (moved := self.resolver.only_outputs(inputs)):
            record.reason = f"affected by {', '.join(moved)}"

    async def _left_out(self, unit: Unit) -> str | None:
        """Why nothing is done with the unit, if so. Of one that holds nothing there is nothing to keep."""
        reason = self.session.left_out(unit.name, destroy=self.mode == "destroy")
        if reason and unit.enabled and not (await self.resolver.state(unit.name)).resources:
            return None
        return reason

    def _advise(self, unit: Unit, failed: StepFailed) -> None:
        """Whoever names a kept unit hears what is usually done."""
        if self.mode == "destroy" and unit.kept:
            hint = f"{unit.kept}; tfwrap destroy {self.session.environment} leaves it and destroys the rest"
            failed.problem = replace(failed.problem, hint=hint)

    async def _plan_move(self, unit: Unit, record: UnitRecord, inputs: Mapping[str, Input], move: Move) -> None:
        """Nothing but a state that moves: no plan file, since there is nothing to apply."""
        former = move.former.name
        if waits := [str(item.waits_for) for item in inputs.values() if item.kind == "unknown"]:
            reason = f"takes over the state of {former} once {', '.join(waits)} is known"
            self._defer(unit, record, reason, move.state)
            return
        plan, data = await rehearse(self.session, unit, record, move, inputs)
        self._keep(unit, data)
        self.facts[unit.name] = Facts(inputs, move.state, saved=False, renamed_from=former)
        self._settle(unit, record, plan, _class_of(inputs))
        record.result, record.reason = "changed", f"takes over the state of {former}; nothing else changes"

    async def _save(self, unit: Unit, record: UnitRecord, inputs: Mapping[str, Input]) -> Plan:
        """An ordinary plan in the generated folder, kept in the bundle with its JSON."""
        terraform = UnitTerraform(self.session, unit, record)
        folder = self.bundle.unit(unit.name)
        variables = write_variables(self.session.work(unit.name) / "values.tfvars.json", inputs)
        try:
            await terraform.init()
            await terraform.hooks("before_plan")
            data = await terraform.plan(folder / "plan.bin", variables, mode=self.mode)
        except StepFailed:
            (folder / "plan.bin").unlink(missing_ok=True)  # Terraform writes one also of a plan that failed
            raise
        finally:
            variables.unlink(missing_ok=True)
        try:
            await terraform.hooks("after_plan")
        except StepFailed as failed:  # the plan is good all the same; the run is not
            record.problems.append(failed.problem)
        return self._keep(unit, data)

    def _keep(self, unit: Unit, data: Mapping[str, object]) -> Plan:
        """The plan's JSON for the bundle; what it marks as sensitive is masked from now on, and in the logs."""
        write_atomic(self.bundle.unit(unit.name) / "plan.json", json.dumps(data), PRIVATE_FILE, lasting=False)
        plan = Plan.from_json(data)
        self.session.secrets.learn(sensitive_strings(plan))
        UnitTerraform(self.session, unit, self.session.record.unit(unit.name)).mask_logs()
        return plan

    async def _preview(self, unit: Unit, record: UnitRecord, inputs: Mapping[str, Input], state: State) -> None:
        """Plan a scratch copy with real unknowns; if Terraform cannot, with the producers' preview values."""
        unknown = {name: item for name, item in inputs.items() if item.kind == "unknown"}
        known = {name: item for name, item in inputs.items() if name not in unknown}
        producers = ", ".join(dict.fromkeys(str(item.producer) for item in unknown.values()))
        waits = ", ".join(dict.fromkeys(str(item.waits_for) for item in unknown.values()))
        reason = f"needs {waits}, known after {producers} is applied"
        planned = await self._plan_unknown(unit, record, unknown, known)
        stood_in = planned is None
        if planned is None:
            reason += f"; shown with the preview values of {producers}"
            planned = await self._plan_stand_ins(unit, record, unknown, known)
        if planned is None:
            self._defer(unit, record, reason.partition(";")[0], state)
            return
        plan = self._keep(unit, planned)
        self.facts[unit.name] = Facts(inputs, state, saved=False)
        record.reason = reason
        self._settle(unit, record, plan, "preview")
        self.resolver.planned(unit.name, plan, stood_in=stood_in)

    async def _plan_unknown(
        self, unit: Unit, record: UnitRecord, unknown: Mapping[str, Input], known: Mapping[str, Input]
    ) -> Mapping[str, object] | None:
        """The plan with real unknowns; None if something that must be known hangs on one of them."""
        if _configures_provider(unit, unknown):
            return None  # with an unknown address a provider would ask the wrong server, or none
        values = {name: unknown_value(item.value, item.unknown) for name, item in unknown.items()}
        try:
            _, data = await plan_scratch(self.session, unit, record, values, known)
        except StepFailed as failed:
            if not _waits(failed):
                raise
            return None
        return data

    async def _plan_stand_ins(
        self, unit: Unit, record: UnitRecord, unknown: Mapping[str, Input], known: Mapping[str, Input]
    ) -> Mapping[str, object] | None:
        stand_ins = self._stand_ins(unknown)
        if stand_ins is None:
            return None
        try:
            _, data = await plan_scratch(self.session, unit, record, {}, {**known, **stand_ins})
        except StepFailed:
            return None
        return data

    def _stand_ins(self, unknown: Mapping[str, Input]) -> dict[str, Input] | None:
        """`preview:` values of the producers for all that is unknown, or None if one has none."""
        found = {}
        for name, item in unknown.items():
            preview = self.session.units[str(item.producer)].preview
            if item.output is None or item.output not in preview:
                return None
            found[name] = replace(item, value=preview[item.output], unknown=False)
        return found

    def _defer(self, unit: Unit, record: UnitRecord, reason: str, state: State) -> None:
        record.result, record.plan_class, record.reason = "deferred", "deferred", reason
        self.facts[unit.name] = Facts({}, state, saved=False)
        self.resolver.planned(unit.name, None)

    def _settle(self, unit: Unit, record: UnitRecord, plan: Plan, plan_class: PlanClass) -> None:
        record.plan, record.plan_class = plan, plan_class
        record.outputs = tuple(change.name for change in plan.changed_outputs)
        moved = plan.has_drift if self.mode == "drift" else plan.has_changes
        record.result = "changed" if moved else "unchanged"
        self.resolver.planned(unit.name, plan)


def _class_of(inputs: Mapping[str, Input]) -> PlanClass:
    return "chained" if any(item.kind == "planned" for item in inputs.values()) else "exact"


def _configures_provider(unit: Unit, unknown: Mapping[str, Input]) -> bool:
    text = write.render(Body(unit.provider_blocks))
    return any(re.search(rf"(?<![\w.-])var\.{re.escape(name)}(?![\w-])", text) for name in unknown)


def _waits(failed: StepFailed) -> bool:
    return any(words in failed.details for words in _WAITING)
