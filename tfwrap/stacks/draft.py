"""The units of an env.yaml half-way: modules found, inputs read, nothing checked against each other yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfwrap.base.problems import Problem
from tfwrap.hcl.nodes import Value
from tfwrap.hcl.read import Module
from tfwrap.settings.environment import Environment
from tfwrap.stacks.model import CdkModule, LocalModule, Reference, RemoteModule
from tfwrap.stacks.modules import Modules, find_module
from tfwrap.stacks.references import Inputs
from tfwrap.stacks.secrets import sensitive_outputs
from tfwrap.stacks.units_settings import UnitSettings, UnitsSettings


@dataclass(frozen=True)
class Draft:
    environment: Environment
    settings: UnitsSettings
    modules: Modules
    places: dict[str, LocalModule | RemoteModule | None] = field(default_factory=dict)  # None: not found
    inputs: dict[str, Inputs] = field(default_factory=dict)
    arguments: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    read: dict[str, dict[str, None]] = field(default_factory=dict)  # unit -> its outputs that others read
    problems: list[Problem] = field(default_factory=list)
    sensitive: set[tuple[str, str]] = field(default_factory=set)  # (unit, output)

    def module(self, unit: str) -> Module | None:
        """The interface of the unit's module, as far as it is known here."""
        place = self.places.get(unit)
        if not isinstance(place, LocalModule) or isinstance(place, CdkModule):
            return None
        return self.modules.read(place.path, self.environment.document.location(("units", unit, "module")))

    def first_references(self, unit: str) -> dict[str, Reference]:
        """The units it reads from, each with its first reference."""
        found: dict[str, Reference] = {}
        for reference in self.inputs[unit].references.values():
            found.setdefault(reference.unit, reference)
        return found


def _place(environment: Environment, name: str, unit: UnitSettings) -> LocalModule | RemoteModule | Problem:
    if unit.cdk is not None:
        return CdkModule(environment.folder / name / "cdk", unit.cdk.stack)
    return find_module(environment.document, name, unit.module or "")


def make_draft(environment: Environment, settings: UnitsSettings) -> Draft:
    draft = Draft(environment, settings, Modules(environment.project.root))
    for name, unit in settings.units.items():
        place = _place(environment, name, unit)
        if isinstance(place, Problem):
            draft.problems.append(place)
        draft.places[name] = None if isinstance(place, Problem) else place

    # What a remote module marks is not known here: Terraform itself refuses to pass such a value on unmarked.
    draft.sensitive.update(
        sensitive_outputs({name: unit.inputs for name, unit in settings.units.items()}, draft.module)
    )

    def is_sensitive(unit: str, output: str) -> bool:
        return (unit, output) in draft.sensitive

    for name, unit in settings.units.items():
        reader = Inputs(environment.document, is_sensitive)
        path = ("units", name, "inputs")
        draft.arguments[name] = {key: reader.read(value, (*path, key)) for key, value in unit.inputs.items()}
        draft.inputs[name] = reader
        draft.problems.extend(reader.problems)
        for reference in reader.references.values():
            draft.read.setdefault(reference.unit, {})[reference.output] = None
    return draft
