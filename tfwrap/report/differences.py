"""One difference between two values as lines: what was there, what comes, never a sensitive value."""

from __future__ import annotations

import difflib
import itertools
from typing import Any

from tfwrap.plan.tree import UNKNOWN, Sensitive
from tfwrap.plan.values_diff import Difference
from tfwrap.report.line import Line
from tfwrap.report.words import printable, shorten, value

SENSITIVE = "(sensitive value)"
UNKNOWN_VALUE = "(known after apply)"


def whole_lines(difference: Difference) -> list[Line]:
    """A first-level attribute of something new, on one line."""
    return [_plus(difference.path, _after(difference))]


def difference_lines(difference: Difference, path: str) -> list[Line]:
    """One difference as one or two lines (more for a text of several lines)."""
    path = printable(path) or "(everything)"
    if difference.kind == "order":
        names = [", ".join(map(value, names)) for names in (difference.before, difference.after)]
        return [_minus(f"{path}: in the order {names[0]}"), _plus(f"{path}: in the order {names[1]}")]
    if difference.kind == "format":
        return [Line(f"~ {path}: written differently, says the same", "changed")]
    if difference.sensitive and difference.kind == "change":
        return [Line(f"~ {path}: {SENSITIVE}{_forces(difference)}", "changed")]
    if _multiline(difference.before) and _multiline(difference.after):
        return _text(path, difference.before, difference.after)
    lines = []
    if difference.kind != "add":
        lines.append(_minus(f"{path}: {SENSITIVE if difference.sensitive else _shown(difference.before)}"))
    if difference.kind != "remove":
        lines.append(_plus(path, _after(difference) + _forces(difference)))
    return lines


def _shown(item: Any) -> str:
    """A value on one line; what is sensitive or unknown inside it is said and not shown."""
    return value(_spelled(item)) if not isinstance(item, Sensitive) else SENSITIVE


def _spelled(item: Any) -> Any:
    if isinstance(item, Sensitive):
        return SENSITIVE
    if item is UNKNOWN:
        return UNKNOWN_VALUE
    if isinstance(item, dict):
        return {name: _spelled(inner) for name, inner in item.items()}
    return [_spelled(inner) for inner in item] if isinstance(item, list) else item


def _after(difference: Difference) -> str:
    if difference.sensitive:
        return SENSITIVE
    return UNKNOWN_VALUE if difference.unknown else _shown(difference.after)


def _forces(difference: Difference) -> str:
    return "  # forces replacement" if difference.forces_replacement else ""


def _minus(text: str) -> Line:
    return Line(f"- {text}", "bad")


def _plus(path: str, after: str = "") -> Line:
    return Line(f"+ {path}: {after}" if after else f"+ {path}", "good")


def _multiline(item: Any) -> bool:
    return isinstance(item, str) and "\n" in item


def _text(path: str, before: str, after: str) -> list[Line]:
    lines = [Line(f"~ {path}:", "changed")]
    unified = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    for line in itertools.islice(unified, 2, None):  # after the two lines that name the files
        if not line.startswith("@@"):
            text = shorten(printable(line[1:]), 120)
            lines.append(_minus(f"| {text}") if line[0] == "-" else _plus(f"| {text}"))
    return lines
