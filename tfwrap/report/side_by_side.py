"""Two texts side by side, as rows: what stays, what went, what came; runs of the same are cut to their ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

_AROUND = 3  # unchanged lines before and after a change


@dataclass(frozen=True)
class Row:
    """`kind` is same, changed, added, removed or gap; a number is None where that side has no line."""

    kind: str
    left_number: int | None = None
    left: str = ""
    right_number: int | None = None
    right: str = ""


def side_by_side(before: str | None, after: str | None) -> list[Row]:
    left, right = (before or "").splitlines(), (after or "").splitlines()
    rows: list[Row] = []
    end = (0, 0)
    for group in SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(_AROUND):
        if (group[0][1], group[0][3]) != end:
            rows.append(Row("gap"))
        for tag, start, stop, other, last in group:
            rows += _rows(tag, left[start:stop], start, right[other:last], other)
        end = (group[-1][2], group[-1][4])
    if rows and end != (len(left), len(right)):
        rows.append(Row("gap"))
    return rows


def _rows(tag: str, left: list[str], start: int, right: list[str], other: int) -> Iterator[Row]:
    for index, (one, two) in enumerate(zip_longest(left, right)):
        if one is None:
            yield Row("added", None, "", other + index + 1, two)
        elif two is None:
            yield Row("removed", start + index + 1, one)
        else:
            kind = "same" if tag == "equal" else "changed"
            yield Row(kind, start + index + 1, one, other + index + 1, two)
