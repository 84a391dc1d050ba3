"""Which outputs of the units are sensitive: not only those a module marks, also those that a secret flows into.

A child module may give out what it was given without a mark; the root module that tfwrap writes may not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from tfwrap.hcl.read import Module
from tfwrap.stacks.references import Part, split

Place: TypeAlias = tuple[str, str]  # (unit, variable) or (unit, output)


def sensitive_outputs(
    inputs: Mapping[str, Mapping[str, Any]], module_of: Callable[[str], Module | None]
) -> frozenset[Place]:
    """(unit, output) of every sensitive output. Of units without a known module nothing is said."""
    modules = {unit: module for unit in inputs if (module := module_of(unit)) is not None}
    readers: dict[Place, list[Place]] = {}
    waiting: list[Place] = []  # variables that hold a secret
    for unit, module in modules.items():
        waiting += [(unit, name) for name, variable in module.variables.items() if variable.sensitive]
        for name, value in inputs[unit].items():
            for part in _parts(value):
                if part.environment:
                    waiting.append((unit, name))
                elif part.output:
                    readers.setdefault((part.output["unit"], part.output["output"]), []).append((unit, name))
    marked = {(unit, out.name) for unit, module in modules.items() for out in module.outputs.values() if out.sensitive}
    waiting += [reader for output in marked for reader in readers.get(output, ())]
    found, seen = set(marked), set(waiting)
    while waiting:
        unit, variable = waiting.pop()
        for output in modules[unit].outputs.values():
            place = unit, output.name
            if variable in output.carries and place not in found:
                found.add(place)
                fresh = [reader for reader in readers.get(place, ()) if reader not in seen]
                seen.update(fresh)
                waiting += fresh
    return frozenset(found)


def _parts(value: Any) -> Iterator[Part]:
    """Every `${…}` in a value, however deep."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, str) and "${" in value:
        yield from (part for part in split(value) if isinstance(part, Part))
