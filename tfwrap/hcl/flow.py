"""Which variables the value of each output may be made of: the way Terraform's sensitivity marks take.

Read from the text of the expressions, so it finds rather too many than too few. Never evaluates, and looks into
no called module: what goes into a call may come out of any of its outputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from tfwrap.hcl.nodes import Traversal
from tfwrap.hcl.syntax import Parsed

_REFERENCE = re.compile(
    r"(?<![\w.-])(?:(?P<root>var|local|module)\.(?P<name>[\w-]+)"
    r"|(?P<object>(?:data\.)?[A-Za-z_][\w-]*\.[\w-]+)(?:\[[^\]]*\])?(?:\.(?P<attribute>[\w-]+))?)",
    re.ASCII,
)
_TRUSTED = "nonsensitive("  # who writes it has taken the mark off

# What an object is made of: the texts of its arguments by name. A local has one, without a name.
Sources: TypeAlias = Mapping[str, Mapping[str, tuple[str, ...]]]


def carried_variables(blocks: Iterable[Parsed]) -> dict[str, tuple[str, ...]]:
    """Output -> the variables it may carry, in order of their names."""
    blocks = tuple(blocks)
    sources = _sources(blocks)
    outputs = [block for block in blocks if block.type == "output" and len(block.labels) == 1]
    return {block.labels[0]: _variables(_texts(block.attributes.get("value")), sources) for block in outputs}


def _variables(texts: Iterable[str], sources: Sources) -> tuple[str, ...]:
    found: set[str] = set()
    seen: set[tuple[str, str | None]] = set()
    waiting = list(texts)
    while waiting:
        text = waiting.pop()
        for match in _REFERENCE.finditer("" if _TRUSTED in text else text):
            if match["root"] == "var":
                found.add(match["name"])
                continue
            place = match["object"] or f"{match['root']}.{match['name']}", match["attribute"]
            if place not in seen:
                seen.add(place)
                waiting += _argument(sources.get(place[0], {}), place[1])
    return tuple(sorted(found))


def _argument(source: Mapping[str, tuple[str, ...]], name: str | None) -> Iterator[str]:
    """One argument of a resource: an attribute that nobody wrote carries no mark. Without a name all of them."""
    for key, texts in source.items():
        if name is None or key == name:
            yield from texts


def _sources(blocks: Iterable[Parsed]) -> Sources:
    sources: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for block in blocks:
        if block.type == "locals":
            for name, value in block.attributes.items():
                sources[f"local.{name}"] = {"": tuple(_texts(value))}
        elif block.type in {"resource", "data", "module"}:
            kind = () if block.type == "resource" else (block.type,)
            sources[".".join((*kind, *block.labels))] = _arguments(block)
    return sources


def _arguments(block: Parsed) -> dict[str, tuple[str, ...]]:
    found = {name: tuple(_texts(value)) for name, value in block.attributes.items()}
    for inner in block.blocks:
        # `dynamic "x" {…}` makes blocks x.
        name = inner.labels[0] if inner.type == "dynamic" and inner.labels else inner.type
        nested = tuple(text for texts in _arguments(inner).values() for text in texts)
        found[name] = (*found.get(name, ()), *nested)
    return found


def _texts(value: Any) -> Iterator[str]:
    match value:
        case Traversal(path):
            yield path
        case str() if "${" in value:  # .tf.json has its expressions in texts
            yield value
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
