"""Small words for people: amounts, durations, values on one line, display width. Knows no run, no stream."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

MAX_VALUE = 120  # characters of one value on a line
_AMBIGUOUS = re.compile(r"\s|.*\s$|[-+.\d][-+.\deE]*$|(true|false|null|~)$|[\"'{\[(]|$", re.IGNORECASE)
_ASCII = str.maketrans(
    {"…": "...", "·": ".", "✔": "+", "✖": "x", "├": "|", "└": "`", "│": "|", "─": "-", "\u2212": "-"}
)
_MINUTE, _HOUR = 60, 3600


def amount(number: int, noun: str) -> str:
    """`1 unit`, `2 units`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """`0.4s`, `12s`, `3m05s`, `1h02m`."""
    tenths, whole = round(seconds, 1), round(seconds)
    if tenths < 10:  # noqa: PLR2004
        return f"{tenths:.1f}s"
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE:02}s"
    return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02}m"


def printable(text: str) -> str:
    """`text` on one line and harmless: escapes, line ends and direction marks are spelled out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _spelled(char) for char in text)


def _spelled(char: str) -> str:
    spelled = json.dumps(char)[1:-1]  # \n, \t and \u001b as everybody writes them
    return spelled if len(spelled) > 1 else f"\\u{ord(char):04x}"


def value(item: Any, limit: int = MAX_VALUE) -> str:
    """A value on one line; a string is quoted only where it could be taken for something else."""
    if isinstance(item, str):
        quoted = _AMBIGUOUS.match(item) or not item.isprintable()
        text = json.dumps(item, ensure_ascii=False) if quoted else item
        return shorten(printable(text), limit, len(item))
    return shorten(printable(json.dumps(item, ensure_ascii=False, default=str)), limit)


def shorten(text: str, limit: int, length: int | None = None) -> str:
    """The beginning of `text`, and how long it was, if it is too long for a line."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 25].rstrip()}… ({len(text) if length is None else length} characters)"


def to_ascii(text: str) -> str:
    """For terminals and encodings without our glyphs; the user's own letters are spelled out."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode()


def cells(text: str) -> int:
    """How many columns `text` takes on a terminal."""
    return len(text) if text.isascii() else sum(_char_cells(char) for char in text)


def _char_cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def relative(path: Path, root: Path) -> str:
    """`path` as people and scripts of this project write it: below the root, with forward slashes."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
