"""What can be wrong between units: names that do not exist, circles, outputs a module does not have."""

from __future__ import annotations

from collections.abc import Iterator

from tfwrap.base.problems import Problem
from tfwrap.base.suggest import near_or_listed
from tfwrap.hcl.read import Module
from tfwrap.settings.faults import show_path
from tfwrap.stacks.cycles import find_cycles
from tfwrap.stacks.draft import Draft
from tfwrap.stacks.model import CdkModule, Reference, RemoteModule
from tfwrap.stacks.modules import check_inputs, check_names
from tfwrap.stacks.providers import find_unused

# What `${…}` begins with elsewhere, and is not the name of a unit here.
_ELSEWHERE = {
    "dependency": "write ${{{output}.OUTPUT}}",
    "local": "env.yaml has no locals: write the value, or ${{env:NAME}}",
    "var": "env.yaml has no variables: write the value, or ${{env:NAME}}",
}


def check_units(draft: Draft) -> Iterator[Problem]:
    """Every fault, in the order of the units; then the circles, then what is only suspicious."""
    for name in draft.settings.units:
        yield from _check_order(draft, name)
        for reference in draft.inputs[name].references.values():
            yield from _check_reference(draft, name, reference)
        module = draft.module(name)
        if module is not None:
            yield from check_inputs(draft.environment.document, name, draft.arguments[name], module, draft.modules)
            yield from _check_preview(draft, name, module)
        elif isinstance(draft.places[name], CdkModule | RemoteModule):
            yield from check_names(draft.environment.document, name, draft.arguments[name])
    yield from _check_cycles(draft)
    yield from find_unused(draft)


def _check_order(draft: Draft, name: str) -> Iterator[Problem]:
    document, unit = draft.environment.document, draft.settings.units[name]
    for index, other in enumerate(unit.after):
        path = ("units", name, "after", index)
        if other == name:
            yield Problem("E112", f"{show_path(path)} names the unit itself", document.location(path))
        elif other not in draft.settings.units:
            message = f"{show_path(path)} names {other}, which is not a unit"
            hint = near_or_listed(other, draft.settings.units, "units")
            yield Problem("E111", message, document.location(path), hint)
    if unit.renamed_from in draft.settings.units:
        former = ("units", name, "renamed_from")
        message = f"{show_path(former)} names {unit.renamed_from}, which is still a unit"
        yield Problem("E117", message, document.location(former), "one state cannot belong to two units")


def _check_reference(draft: Draft, name: str, reference: Reference) -> Iterator[Problem]:
    units = draft.settings.units
    producer = units.get(reference.unit)
    reads, place = f"units.{name} reads ${{{reference.unit}.{reference.output}}}", reference.location
    if producer is None:
        message = f"{reads}, but there is no unit {reference.unit}"
        foreign = _ELSEWHERE.get(reference.unit, "").format(output=reference.output)
        yield Problem("E111", message, place, foreign or near_or_listed(reference.unit, units, "units"))
        return
    if reference.unit == name:
        yield Problem("E112", f"{reads}, its own output", place)
        return
    module = draft.module(reference.unit)
    if module is not None and reference.output not in module.outputs:
        message = f"{reads}, but {draft.modules.show(module.folder)} has no output {reference.output}"
        yield Problem("E113", message, place, near_or_listed(reference.output, module.outputs, "outputs"))
    if units[name].enabled and not producer.enabled:
        message = f"{reads}, but {reference.unit} is not enabled"
        yield Problem("E118", message, place, f"enable {reference.unit}, or disable {name} too")


def _check_preview(draft: Draft, name: str, module: Module) -> Iterator[Problem]:
    for output in draft.settings.units[name].preview:
        if output not in module.outputs:
            path = ("units", name, "preview", output)
            message = f"{show_path(path)} is not an output of {draft.modules.show(module.folder)}"
            place = draft.environment.document.location(path, key=True)
            yield Problem("E113", message, place, near_or_listed(output, module.outputs, "outputs"))


def _check_cycles(draft: Draft) -> Iterator[Problem]:
    document = draft.environment.document
    edges = {
        # A unit that names itself has been told so already.
        name: [other for other in (*draft.first_references(name), *unit.after) if other != name]
        for name, unit in draft.settings.units.items()
    }
    for circle in find_cycles(edges):
        first, second = circle[:2]
        reference = draft.first_references(first).get(second)
        if reference:
            place = reference.location
        else:
            index = draft.settings.units[first].after.index(second)
            place = document.location(("units", first, "after", index))
        message = f"units wait for each other: {' -> '.join(circle)}"
        yield Problem("E112", message, place, "one of these units must not wait for the next")
