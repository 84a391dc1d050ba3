"""Which unit, or which environment, a project of Atlantis stands for; held against the folder that Atlantis chose."""

from __future__ import annotations

from dataclasses import dataclass

from tfwrap.atlantis.contract import Step
from tfwrap.base.problems import Problem, UsageFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.project import Project
from tfwrap.stacks.model import Stack


@dataclass(frozen=True)
class Target:
    """`unit` is None for a whole environment."""

    environment: str
    unit: str | None

    def units(self, stack: Stack) -> tuple[str, ...]:
        return (self.unit,) if self.unit else tuple(unit.name for unit in stack.units)


def find_target(project: Project, step: Step) -> Target:
    environment, _, unit = step.project.partition("/")
    known = project.environments()
    if environment not in known:
        hint = did_you_mean(environment, known) or f"known: {', '.join(known)}"
        raise UsageFailure(Problem("E712", f"{step.project} is not a project of tfwrap", hint=hint))
    expected = project.live / environment / unit
    if step.folder.resolve() != expected.resolve():
        message = f"{step.project} belongs to another folder than the one Atlantis runs in"
        raise UsageFailure(Problem("E712", message, hint="tfwrap atlantis check says what is wrong in atlantis.yaml"))
    return Target(environment, unit or None)


def check_unit(target: Target, stack: Stack) -> None:
    names = [unit.name for unit in stack.units]
    if target.unit is not None and target.unit not in names:
        hint = did_you_mean(target.unit, names) or f"known: {', '.join(names)}"
        raise UsageFailure(Problem("E712", f"{target.environment} has no unit {target.unit}", hint=hint))
