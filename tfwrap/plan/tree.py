"""Plan values with their masks worked in, and paths through them.

What is unknown or sensitive is a leaf of its own kind, so that a comparison cannot forget to look at a mask.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfwrap.plan.model import any_marked

KEYS = ("name", "key", "id")


@dataclass(frozen=True)
class Sensitive:
    """A value that may be compared and never shown."""

    value: Any = field(repr=False)


class Unknown:
    """A value that Terraform knows after the apply."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Item:
    """A step into a list by the name of an item."""

    key: str
    name: str


Step = str | int | Item


def marked(value: Any, unknown: Any, sensitive: Any) -> Any:
    """`value` with `Sensitive` and `UNKNOWN` where Terraform's masks say so."""
    if value is None and not any_marked(unknown):
        return None
    if sensitive is True:
        return Sensitive(marked(value, unknown, False))
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, Mapping) or isinstance(value, Mapping):
        return _marked_map(value or {}, unknown, sensitive)
    if isinstance(unknown, list) or isinstance(value, list):
        values = value or []
        length = max(len(values), len(unknown) if isinstance(unknown, list) else 0)
        return [marked(_at(values, i), _at(unknown, i), _at(sensitive, i)) for i in range(length)]
    return value


def _marked_map(value: Mapping[str, Any], unknown: Any, sensitive: Any) -> dict[str, Any]:
    unknown = unknown if isinstance(unknown, Mapping) else {}
    sensitive = sensitive if isinstance(sensitive, Mapping) else {}
    names = [*value, *(name for name in unknown if name not in value and any_marked(unknown[name]))]
    return {name: marked(value.get(name), unknown.get(name), sensitive.get(name)) for name in names}


def _at(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, list) and index < len(items) else None


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is 1.0, and not true. Nothing is equal to what is unknown."""
    if isinstance(one, Sensitive) and isinstance(other, Sensitive):
        return same(one.value, other.value)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one is not UNKNOWN and type_of(one) is type_of(other) and bool(one == other)


def type_of(value: Any) -> type:
    return float if isinstance(value, int | float) else type(value)


def list_key(*lists: list[Any]) -> str | None:
    """The key by which the items of all lists can be told apart: all are maps and have it, each its own."""
    items = [item for items in lists for item in items]
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    for key in KEYS:
        if all(isinstance(item.get(key), str) for item in items) and all(
            len({item[key] for item in items}) == len(items) for items in lists
        ):
            return key
    return None


def leaves(value: Any, steps: tuple[Step, ...] = ()) -> list[tuple[tuple[Step, ...], Any]]:
    """Every value at the end of a path; an empty map or list is one."""
    if isinstance(value, Mapping) and value:
        return [leaf for name, item in value.items() for leaf in leaves(item, (*steps, name))]
    if isinstance(value, list) and value:
        key = list_key(value)
        return [
            leaf
            for index, item in enumerate(value)
            for leaf in leaves(item, (*steps, Item(key, item[key]) if key else index))
        ]
    return [(steps, value)]


def dotted(steps: tuple[Step, ...]) -> str:
    """`spec.hosts[0].name`, `mappings[my-mapping].spec`, `annotations["a.b/c"]`."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif isinstance(step, Item):
            text += f"[{step.name}]" if _plain(step.name) else f"[{_quoted(step.name)}]"
        elif _plain(step):
            text += f".{step}" if text else step
        else:
            text += f"[{_quoted(step)}]"
    return text


def _plain(name: str) -> bool:
    return bool(name) and all(char.isalnum() or char in "_-" for char in name) and not name.isdigit()


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
