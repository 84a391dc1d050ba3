"""A dry run: the steps of every unit in their order, as a run would take them. Starts nothing, reads no state.

What only a run can find out is not in it: whether a unit is initialised already, has changes, or must wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tfwrap.engine import argv
from tfwrap.engine.protocol import Completed, Invocation
from tfwrap.run.arguments import apply_arguments, init_arguments, plan_arguments, variables_file
from tfwrap.run.bundle import Bundle
from tfwrap.run.plan import Mode
from tfwrap.run.planning import execution_order
from tfwrap.run.session import Session
from tfwrap.stacks.model import Unit


class NoEngine:
    """Stands where a session wants an engine. `name` is the program whose commands are shown."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = ""
        self.reason = "a dry run starts none"

    async def run(self, invocation: Invocation, on_line: Callable[[str], None] | None = None) -> Completed:
        raise AssertionError(self.reason, invocation.arguments, on_line)

    def interrupt(self) -> None:
        """There is nothing to interrupt."""

    def kill(self) -> None:
        """There is nothing to kill."""


@dataclass(frozen=True)
class Step:
    """One command and the folder it would run in. Values that are secret now are masked."""

    name: str
    argv: tuple[str, ...]
    folder: Path


@dataclass(frozen=True)
class DryUnit:
    name: str
    after: tuple[str, ...]
    excluded: str | None  # why, if so
    steps: tuple[Step, ...]


def dry_plan(session: Session, mode: Mode, out: Path, *, apply: bool = False) -> list[DryUnit]:
    """Planning the selected units into the bundle `out`; with `apply` applying them as well."""

    def steps(unit: Unit) -> Iterator[Step]:
        plan = out / "units" / unit.name / "plan.bin"
        yield from _plan(session, unit, mode, plan)
        if apply:
            yield from _apply(session, unit, plan, destroy=mode == "destroy")

    destroy = mode == "destroy"
    return _in_order(session, steps, lambda name: session.left_out(name, destroy=destroy), destroy=destroy)


def dry_apply(session: Session, bundle: Bundle) -> list[DryUnit]:
    """Applying what the bundle says would change."""
    destroy = bundle.manifest.mode == "destroy"

    def steps(unit: Unit) -> Iterator[Step]:
        if bundle.manifest.units[unit.name].plan_sha256 and bundle.manifest.units[unit.name].result == "changed":
            yield _terraform(session, unit, "init", init_arguments(session))
            yield from _apply(session, unit, bundle.plan_file(unit.name), destroy=destroy)

    def left_out(name: str) -> str | None:
        planned = bundle.manifest.units[name]
        return planned.reason if planned.result == "excluded" else None

    return _in_order(session, steps, left_out, destroy=destroy)


def _in_order(
    session: Session,
    steps: Callable[[Unit], Iterable[Step]],
    left_out: Callable[[str], str | None],
    *,
    destroy: bool,
) -> list[DryUnit]:
    order, dependencies = execution_order(session, destroy=destroy)
    rows = []
    for name in order:
        excluded = left_out(name)
        found = () if excluded else tuple(steps(session.units[name]))
        rows.append(DryUnit(name, dependencies[name], excluded, found))
    return rows


def _plan(session: Session, unit: Unit, mode: Mode, plan: Path) -> Iterator[Step]:
    if unit.backend.local_path is None:
        yield _terraform(session, unit, "state", argv.state_pull(), session.work(unit.name) / "backend")
    yield _terraform(session, unit, "init", init_arguments(session))
    yield from _hooks(session, unit, "before_plan")
    arguments = plan_arguments(session, unit, plan, variables_file(session, unit), mode=mode)
    yield _terraform(session, unit, "plan", arguments)
    yield _terraform(session, unit, "show", argv.show(plan))
    yield from _hooks(session, unit, "after_plan")


def _apply(session: Session, unit: Unit, plan: Path, *, destroy: bool) -> Iterator[Step]:
    step = "destroy" if destroy else "apply"
    yield from _hooks(session, unit, f"before_{step}")
    yield _terraform(session, unit, step, apply_arguments(session, unit, plan, variables_file(session, unit)))
    yield from _hooks(session, unit, f"after_{step}")


def _hooks(session: Session, unit: Unit, name: str) -> Iterator[Step]:
    for command in unit.hooks.get(name, ()):
        yield _step(session, name, command, session.folder(unit.name))


def _terraform(session: Session, unit: Unit, name: str, arguments: argv.Arguments, folder: Path | None = None) -> Step:
    return _step(session, name, (session.engine.name, *arguments), folder or session.folder(unit.name))


def _step(session: Session, name: str, command: tuple[str, ...], folder: Path) -> Step:
    return Step(name, tuple(session.secrets.mask(word) for word in command), folder)


def learn_secrets(session: Session) -> None:
    """What units take from the environment: a hook may have been given the same value in the clear."""
    for unit in session.stack.units:
        names = [*(value.name for value in unit.environment_values), *unit.backend.environment.values()]
        session.secrets.learn([session.environ[name] for name in names if name in session.environ])
