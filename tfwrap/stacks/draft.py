"""The units of an env.yaml half-way: modules found, inputs read, nothing checked against each other yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfwrap.base.problems import Problem
from tfwrap.hcl.nodes import Value
from tfwrap.hcl.read import Module
from tfwrap.settings.environment import Environment
from tfwrap.stacks.model import LocalModule, Reference, RemoteModule
from tfwrap.stacks.modules import Modules, find_module
from tfwrap.stacks.references import Inputs
from tfwrap.stacks.units_settings import UnitsSettings


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

    def module(self, unit: str) -> Module | None:
        """The interface of the unit's module, as far as it is known here."""
        place = self.places.get(unit)
        return self.modules.read(place.path) if isinstance(place, LocalModule) else None

    def first_references(self, unit: str) -> dict[str, Reference]:
        """The units it reads from, each with its first reference."""
        found: dict[str, Reference] = {}
        for reference in self.inputs[unit].references.values():
            found.setdefault(reference.unit, reference)
        return found


def make_draft(environment: Environment, settings: UnitsSettings) -> Draft:
    draft = Draft(environment, settings, Modules(environment.project.root))
    for name, unit in settings.units.items():
        place = find_module(environment.document, name, unit.module)
        if isinstance(place, Problem):
            draft.problems.append(place)
        draft.places[name] = None if isinstance(place, Problem) else place

    def is_sensitive(unit: str, output: str) -> bool:
        # What a remote module marks is not known here: Terraform itself refuses to pass such a value on unmarked.
        module = draft.module(unit)
        return module is not None and output in module.outputs and module.outputs[output].sensitive

    for name, unit in settings.units.items():
        reader = Inputs(environment.document, is_sensitive)
        path = ("units", name, "inputs")
        draft.arguments[name] = {key: reader.read(value, (*path, key)) for key, value in unit.inputs.items()}
        draft.inputs[name] = reader
        draft.problems.extend(reader.problems)
        for reference in reader.references.values():
            draft.read.setdefault(reference.unit, {})[reference.output] = None
    return draft
