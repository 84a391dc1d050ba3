"""Where inputs come from: states of applied units, plans made earlier in this run, the user's environment.

Each state is read once per run; units that are planned or applied in this run are asked first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from tfwrap.base.problems import Failure, Problem
from tfwrap.plan.model import Plan, PlannedOutput
from tfwrap.run.inputs import Input
from tfwrap.run.read_state import read_state
from tfwrap.run.session import Session
from tfwrap.run.state import State
from tfwrap.stacks.model import EnvironmentValue, Reference, Unit


class NotYet(Exception):
    """An input cannot be had in this run. `needs_plan`: its unit is neither applied nor selected."""

    def __init__(self, reason: str, *, needs_plan: bool = False) -> None:
        super().__init__(reason)
        self.needs_plan = needs_plan


@dataclass(frozen=True)
class Planned:
    """What this run's plan says of a unit: None while it cannot be planned. `stood_in`: it was made with stand-ins."""

    plan: Plan | None
    stood_in: bool = False

    @property
    def pending(self) -> bool:
        return self.plan is None or self.plan.has_changes


class Resolver:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._selected = frozenset(session.selected)
        self._planned: dict[str, Planned] = {}
        self._states: dict[str, asyncio.Task[State]] = {}
        self._settled: set[str] = set()
        self._reading = asyncio.Semaphore(session.options.parallelism)

    def planned(self, name: str, plan: Plan | None, *, stood_in: bool = False) -> None:
        """From now on, dependents of `name` see what its plan says; one made with stand-ins tells no value."""
        self._planned[name] = Planned(plan, stood_in)

    def applied(self, name: str) -> None:
        """From now on, dependents of `name` see its state, read anew."""
        self._planned.pop(name, None)
        self._states.pop(name, None)

    def settled(self, name: str) -> None:
        """From now on, an output that the state of `name` lacks is null: Terraform keeps all others there."""
        self._settled.add(name)

    def only_outputs(self, inputs: Mapping[str, Input]) -> tuple[str, ...]:
        """The planned inputs, as `network.id`, of units whose plans change nothing but outputs."""
        return tuple(
            f"{item.producer}.{item.output}"
            for item in inputs.values()
            if item.kind == "planned"
            and (planned := self._planned.get(item.producer or ""))
            and planned.plan
            and not any(change.changes for change in planned.plan.changes)
        )

    def pending(self, unit: Unit) -> tuple[str, ...]:
        """The dependencies of `unit`, direct or not, that this run would still change."""
        ancestors = self._session.dag.ancestors(unit.name)
        return tuple(name for name, planned in self._planned.items() if name in ancestors and planned.pending)

    async def check_order(self, unit: Unit) -> None:
        """NotYet if the unit comes after one that is neither applied nor part of this run."""
        for name in unit.after:
            enabled = self._session.units[name].enabled
            here = name in self._selected or name in self._planned
            if enabled and not here and not (await self.state(name)).applied:
                raise NotYet(f"comes after {name}; {self.unapplied(name)}", needs_plan=True)

    async def state(self, name: str) -> State:
        if name not in self._states:
            self._states[name] = asyncio.ensure_future(self._read(name))
        return await self._states[name]

    async def _read(self, name: str) -> State:
        async with self._reading:
            state = await read_state(self._session, self._session.units[name])
        for output in state.outputs.values():
            if output.sensitive:
                self._session.secrets.learn(output.value)
        return state

    async def inputs(self, unit: Unit, *, real_only: bool = False) -> dict[str, Input]:
        """Every root variable of the unit. `real_only`: values of states, null where there is none (destroy)."""
        producers = {reference.unit for reference in unit.references}
        await asyncio.gather(*(self.state(name) for name in producers if real_only or name not in self._planned))
        found = {value.variable: self._from_environment(value) for value in unit.environment_values}
        for reference in unit.references:
            planned = None if real_only else self._planned.get(reference.unit)
            if planned is None:
                item = self._from_state(reference, await self.state(reference.unit), real_only=real_only)
            else:
                item = _from_plan(reference, planned)
            found[reference.variable] = item
        for item in found.values():
            if item.sensitive:
                self._session.secrets.learn(item.value)
        return found

    def unapplied(self, producer: str) -> str:
        enabled = self._session.units[producer].enabled
        return f"{producer} is {'neither applied nor selected' if enabled else 'disabled and not applied'}"

    def _from_environment(self, value: EnvironmentValue) -> Input:
        text = self._session.environ.get(value.name)
        if text is None:
            raise Failure(
                Problem(
                    "E511",
                    f"the environment variable {value.name} is not set",
                    value.location,
                    f"export {value.name} before running tfwrap",
                )
            )
        return Input(value.variable, "real", text, sensitive=True)

    def _from_state(self, reference: Reference, state: State, *, real_only: bool) -> Input:
        producer, name = reference.unit, reference.output
        if name not in state.outputs:
            if real_only or producer in self._settled:
                return Input(reference.variable, "real", None, producer=producer, output=name)
            if not state.applied:
                reason = f"needs {producer}.{name}; {self.unapplied(producer)}"
            else:
                reason = f"needs {producer}.{name}; it is null, or {producer} was applied before it had this output"
            raise NotYet(reason, needs_plan=True)
        output = state.outputs[name]
        return Input(
            reference.variable,
            "real",
            output.value,
            sensitive=output.sensitive or reference.sensitive,
            producer=producer,
            output=name,
        )


def _from_plan(reference: Reference, planned: Planned) -> Input:
    producer, name, plan = reference.unit, reference.output, planned.plan
    if plan is None:
        raise NotYet(f"needs {producer}.{name}; {producer} is deferred itself")
    outputs: Mapping[str, PlannedOutput] = plan.planned_outputs()
    output = outputs.get(name, PlannedOutput(name, None, False, reference.sensitive))
    if planned.stood_in:
        output = PlannedOutput(name, None, True, output.sensitive)
    changed = {change.name for change in plan.changed_outputs}
    known = output.known
    return Input(
        reference.variable,
        "unknown" if not known else "planned" if name in changed else "real",
        output.value,
        output.unknown,
        sensitive=output.sensitive or reference.sensitive,
        producer=producer,
        output=name,
        waits_for=None if known else f"{producer}.{name}",
    )
