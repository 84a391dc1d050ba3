"""References in settings: `${unit.output.attr[0]}`, `${env:NAME}`, and `$${` for a literal `${`.

Texts become HCL expressions over root variables; what the references point at is checked elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from tfwrap.base.brief import short
from tfwrap.base.problems import Location, Problem
from tfwrap.hcl.nodes import Template, Traversal, Value
from tfwrap.settings.document import DataPath, Document
from tfwrap.settings.faults import show_path
from tfwrap.stacks.model import EnvironmentValue, Reference

_MARK = re.compile(r"\$\$\{|\$\{(?P<inside>[^{}]*)(?P<end>\}?)", re.ASCII)
_OUTPUT = re.compile(
    r"\s*(?P<unit>[A-Za-z0-9][\w-]*)\.(?P<output>[A-Za-z_][\w-]*)"
    r"(?P<path>(?:\.[A-Za-z_][\w-]*|\[[0-9]+\])*)\s*",
    re.ASCII,
)
_ENVIRONMENT = re.compile(r"\s*env:(?P<name>[A-Za-z_]\w*)\s*", re.ASCII)
_HOW = "write ${unit.output} or ${env:NAME}; $${ is a literal ${"

IsSensitive: TypeAlias = Callable[[str, str], bool]  # (unit, output)


@dataclass(frozen=True)
class Part:
    """One `${…}` of a text; `match` is None if it is no reference."""

    start: int
    end: int
    output: re.Match[str] | None
    environment: re.Match[str] | None


def split(text: str) -> list[str | Part]:
    """The text as literal pieces and references, in order; no empty pieces."""
    parts: list[str | Part] = []
    literal, position = "", 0
    for mark in _MARK.finditer(text):
        literal += text[position : mark.start()]
        position = mark.end()
        if mark["inside"] is None:
            literal += "${"
            continue
        if literal:
            parts.append(literal)
            literal = ""
        closed = mark["inside"] if mark["end"] else ""
        parts.append(Part(mark.start(), mark.end(), _OUTPUT.fullmatch(closed), _ENVIRONMENT.fullmatch(closed)))
    literal += text[position:]
    if literal or not parts:
        parts.append(literal)
    return parts


@dataclass
class Inputs:
    """Reads the inputs of one unit: expressions come out, references and faults are gathered."""

    document: Document
    is_sensitive: IsSensitive
    references: dict[tuple[str, str], Reference] = field(default_factory=dict)
    environment: dict[str, EnvironmentValue] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def read(self, value: Any, path: DataPath) -> Value:
        """The value with its texts read; keys of maps are never interpolated."""
        if isinstance(value, Mapping):
            return {key: self.read(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.read(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and "${" in value:
            return self._text(value, path)
        return value  # type: ignore[no-any-return]

    def _text(self, text: str, path: DataPath) -> Value:
        parts = [part if isinstance(part, str) else self._expression(part, text, path) for part in split(text)]
        if len(parts) == 1:
            return parts[0]
        return Template(tuple(parts))

    def _expression(self, part: Part, text: str, path: DataPath) -> str | Traversal:
        place = _place(self.document, path, text, part)
        if part.output:
            unit, output = part.output["unit"], part.output["output"]
            known = self.references.get((unit, output))
            if known is None:
                variable = self._variable(f"{unit}_{output}")
                known = Reference(unit, output, variable, self.is_sensitive(unit, output), place)
                self.references[unit, output] = known
            return Traversal(f"var.{known.variable}{part.output['path']}")
        if part.environment:
            name = part.environment["name"]
            if name not in self.environment:
                variable = self._variable(f"env_{name.lower()}")
                self.environment[name] = EnvironmentValue(name, variable, place)
            return Traversal(f"var.{self.environment[name].variable}")
        self.problems.append(_malformed(text[part.start : part.end], path, place))
        return text[part.start : part.end]

    def _variable(self, wanted: str) -> str:
        """A root variable's name, not yet taken: `a-b.c` and `a.b_c` would both be `a_b_c`."""
        base = wanted.replace("-", "_")
        if base[0].isdigit():
            base = f"unit_{base}"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}_{number}"
        self._taken.add(name)
        return name


def read_plain(document: Document, value: Any, path: DataPath, problems: list[Problem]) -> Value:
    """A value in which references have no meaning: `$${` is unescaped, a reference is a fault."""
    reader = Inputs(document, is_sensitive=lambda _unit, _output: False)
    plain = reader.read(value, path)
    problems += reader.problems
    places = [
        *(reference.location for reference in reader.references.values()),
        *(value.location for value in reader.environment.values()),
    ]
    for place in places:
        message = f"{show_path(path)} cannot hold references"
        problems.append(Problem("E115", message, place, "references work in `inputs`; $${ is a literal ${"))
    return plain


def literals(value: Value, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """The paths of everything in an expression that was written out in the settings; null is nothing."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from literals(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from literals(item, (*path, index))
    elif isinstance(value, str | int | float) or (
        isinstance(value, Template) and any(isinstance(part, str) for part in value.parts)
    ):
        yield path


def _malformed(written: str, path: DataPath, place: Location) -> Problem:
    return Problem("E115", f"{show_path(path)} has {short(written, 40)}, which is not a reference", place, _HOW)


def _place(document: Document, path: DataPath, text: str, part: Part) -> Location:
    """The reference itself, where its text stands in one line as it is; else the whole text."""
    whole = document.location(path)
    quotes = whole.length - len(text)
    if quotes not in (0, 2) or "\n" in text:
        return whole
    return replace(whole, column=whole.column + quotes // 2 + part.start, length=part.end - part.start)
