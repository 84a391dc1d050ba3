"""Plain data as block YAML, always in the same spelling: what is not plainly text is quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"(?![-+.\d])[A-Za-z0-9_./~ -]*[A-Za-z0-9_/]|\.\.?/[A-Za-z0-9_./-]*[A-Za-z0-9_/-]")
# Words that YAML 1.1, which Atlantis reads, takes for something else than text.
_SPECIAL = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|~")
_WIDE = 60  # a longer list is written one item per line


def to_yaml(data: Mapping[str, Any]) -> str:
    return "".join(f"{line}\n" for line in _map(data))


def item_lines(data: Mapping[str, Any]) -> list[str]:
    """`data` as one item of a list, its dash in column 0."""
    first, *rest = _map(data)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def scalar(value: Any) -> str:
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and not _SPECIAL.fullmatch(value)
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _map(data: Mapping[str, Any]) -> Iterator[str]:
    for key, value in data.items():
        if isinstance(value, Mapping) and value:
            yield f"{scalar(key)}:"
            yield from (f"  {line}" for line in _map(value))
        elif isinstance(value, list) and (len(_flow(value)) > _WIDE or any(isinstance(one, Mapping) for one in value)):
            yield f"{scalar(key)}:"
            yield from (f"  {line}" for item in value for line in _item(item))
        else:
            yield f"{scalar(key)}: {_flow(value)}"


def _item(item: Any) -> list[str]:
    return item_lines(item) if isinstance(item, Mapping) else [f"- {scalar(item)}"]


def _flow(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(scalar(item) for item in value)}]"
    return "{}" if isinstance(value, Mapping) else scalar(value)
