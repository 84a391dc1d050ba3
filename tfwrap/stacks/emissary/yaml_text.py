"""Plain data as YAML for a heredoc: readable where that is safe, quoted where a reader would retype the value.

Helm reads YAML 1.1 (`on` is true, `0123` is 83, `1:30` is 90), so only words that every reader takes for
text stay bare. Never parses anything.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tfwrap.hcl.nodes import Traversal

Part = str | Traversal

# Starts with a letter, `/` or `_`, so it is no number, date, time or sign; a colon only before a port.
_BARE = re.compile(r"[A-Za-z/_][A-Za-z0-9/_.-]*(:[0-9]+)?")
_RETYPED = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_LATIN, _BASIC_PLANE = 0xFF, 0xFFFF
_FORMS = {2: "x", 4: "u", 8: "U"}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def yaml_parts(data: Mapping[str, Any]) -> tuple[Part, ...]:
    """The document, ending in a newline. A Traversal in the data becomes a quoted interpolation, thus text."""
    return tuple(_joined(_mapping(data, "")))


def yaml_document(data: Mapping[str, Any] | Sequence[Any]) -> str:
    """The same without Traversals, as one text; also of a list."""
    lines = _mapping(data, "") if isinstance(data, Mapping) else _sequence(data, "")
    return "".join(str(part) for part in lines)


def scalar(value: str | bool | float | None) -> str:
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _mapping(data: Mapping[str, Any], indent: str) -> Iterator[Part]:
    for key, value in data.items():
        yield f"{indent}{scalar(str(key))}:"
        yield from _value(value, indent)


def _sequence(items: Sequence[Any], indent: str) -> Iterator[Part]:
    for item in items:
        if isinstance(item, Mapping) and item:
            # The first key stands on the line of the dash.
            lines = iter(_mapping(item, f"{indent}  "))
            yield f"{indent}- {str(next(lines)).lstrip()}"
            yield from lines
        else:
            yield f"{indent}-"
            yield from _value(item, indent)


def _value(value: Any, indent: str) -> Iterator[Part]:
    """What follows a `key:` or a `-`, with the end of the line."""
    if isinstance(value, Traversal):
        yield from (' "', value, '"\n')
    elif isinstance(value, Mapping) and value:
        yield "\n"
        yield from _mapping(value, f"{indent}  ")
    elif isinstance(value, Mapping):
        yield " {}\n"
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        yield "\n"
        yield from _sequence(value, f"{indent}  ")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield " []\n"
    else:
        yield f" {scalar(value)}\n"


def _text(text: str) -> str:
    if _BARE.fullmatch(text) and text.lower() not in _RETYPED:
        return text
    # Terraform stores text in Unicode's composed form; what that would change has to go in as escapes.
    composed = unicodedata.normalize("NFC", text) == text and not any(map(unicodedata.combining, text))
    if composed and all(character.isprintable() for character in text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escape(character, keep=composed) for character in text) + '"'


def _escape(character: str, *, keep: bool) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() and (keep or character.isascii()):
        return character
    point = ord(character)
    digits = 2 if point <= _LATIN else 4 if point <= _BASIC_PLANE else 8
    return f"\\{_FORMS[digits]}{point:0{digits}x}"


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Neighbouring texts as one."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            yield text
            yield part
            text = ""
    yield text
