"""Terraform's JSON syntax (`*.tf.json`) as the same blocks that `syntax` makes of HCL, with their places."""

from __future__ import annotations

import json
from collections.abc import Iterator
from json import JSONDecoder, scanner
from json.decoder import JSONObject  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Location
from tfwrap.hcl.syntax import Parsed

# How many labels a block type has, for all types read here; everything else is left alone.
_LABELS = {
    "variable": 1,
    "output": 1,
    "module": 1,
    "provider": 1,
    "terraform": 0,
    "locals": 0,
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "check": 1,
}
_NESTED = {"terraform": {"backend": 1, "cloud": 0, "required_providers": 0}, "check": {"data": 2}}


class _Object(dict[str, Any]):
    """An object that knows where its brace stands."""

    start = 0


class _Decoder(JSONDecoder):
    def __init__(self) -> None:
        super().__init__()
        parse: Any = JSONObject

        def parse_object(begin: tuple[str, int], *arguments: Any) -> tuple[_Object, int]:
            data, end = parse(begin, *arguments)
            placed = _Object(data)
            placed.start = begin[1] - 1
            return placed, end

        self.parse_object = parse_object
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined] # only this one calls it


def read_json(text: str, file: Path) -> Parsed:
    """The blocks of a `.tf.json` file; ValueError (a JSONDecodeError with a place) if it is no such thing."""
    data = _Decoder().decode(text)
    blocks = [
        _parsed(kind, labels, body, text, file)
        for top in _objects(data)
        for kind, count in _LABELS.items()
        for labels, body in _bodies(top.get(kind), count)
    ]
    blocks.sort(key=lambda block: block.location)
    return Parsed("", (), Location(file, 1, 1), {}, tuple(blocks))


def _parsed(kind: str, labels: tuple[str, ...], body: _Object, text: str, file: Path) -> Parsed:
    nested = [
        _parsed(inner, inner_labels, inner_body, text, file)
        for inner, count in _NESTED.get(kind, {}).items()
        for inner_labels, inner_body in _bodies(body.get(inner), count)
    ]
    return Parsed(kind, labels, _place(text, body.start, file), dict(body), tuple(nested))


def _bodies(data: Any, labels: int) -> Iterator[tuple[tuple[str, ...], _Object]]:
    """Terraform lets a list of objects stand for an object at every level."""
    for item in _objects(data):
        if not labels:
            yield (), item
            continue
        for label, inner in item.items():
            for rest, body in _bodies(inner, labels - 1):
                yield (label, *rest), body


def _objects(data: Any) -> Iterator[_Object]:
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, _Object):
            yield item
        elif item is not None:
            raise json.JSONDecodeError("an object belongs here", "", 0)


def _place(text: str, position: int, file: Path) -> Location:
    line = text.count("\n", 0, position) + 1
    return Location(file, line, position - text.rfind("\n", 0, position))
