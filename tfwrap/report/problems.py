"""Problems as people read them: code, message, place, the source line with the fault underlined, a hint."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from tfwrap.base.problems import Location, Problem
from tfwrap.report.line import Line, Style
from tfwrap.report.words import amount, cells, printable, relative

TAB = "    "
SOURCE_WIDTH = 120
_HIDES_SOURCE = "E116"  # a literal for a sensitive variable: its line is never shown, whoever points at it
_STYLES: dict[str, Style] = {"error": "alarm", "warning": "changed"}


def render_problems(
    problems: Iterable[Problem], *, root: Path, closing: str | None = None, width: int | None = None
) -> list[Line]:
    """All problems, in the order of their places. `closing` follows the count: `Nothing was planned.`

    `width` is for a terminal; elsewhere a message stays on its line, so that it can be searched for.
    """
    ordered = in_order(problems)
    hidden = {_place(problem) for problem in ordered if problem.code == _HIDES_SOURCE}
    sources = _Sources()
    lines: list[Line] = []
    for problem in ordered:
        show_source = _place(problem) not in hidden
        lines += [*_problem(problem, root, width, sources if show_source else None), Line()]
    if closing is not None:
        lines.append(Line(f"{count(ordered)}. {closing}".rstrip(), "bold"))
    elif lines:
        lines.pop()
    return lines


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each once, by file, line and column; those without a place come last."""

    def key(problem: Problem) -> tuple[bool, str, int, int]:
        place = problem.location
        return (False, str(place.file), place.line, place.column) if place else (True, "", 0, 0)

    return sorted(dict.fromkeys(problems), key=key)


def count(problems: Iterable[Problem]) -> str:
    """`2 errors, 1 warning`."""
    severities = [problem.severity for problem in problems]
    numbers = [(severities.count(kind), kind) for kind in ("error", "warning")]
    return ", ".join(amount(number, kind) for number, kind in numbers if number) or "0 errors"


def _place(problem: Problem) -> tuple[Path, int] | None:
    return (problem.location.file, problem.location.line) if problem.location else None


def _problem(problem: Problem, root: Path, width: int | None, sources: _Sources | None) -> Iterator[Line]:
    head = f"{problem.severity}[{problem.code}]: "
    yield from (Line(text, _STYLES[problem.severity]) for text in _wrap(head, problem.message, width))
    place = problem.location
    if place is None:
        yield from _hint(problem.hint, "  ", width)
        return
    gutter = " " * len(str(place.line))
    yield Line(f"{gutter}--> {relative(place.file, root)}:{place.line}:{place.column}", "dim")
    source = sources.line(place) if sources else None
    if source is None:
        yield from _hint(problem.hint, f"{gutter} ", width)
        return
    text, start, length = _window(source, place, (width or SOURCE_WIDTH) - len(gutter) - 3)
    yield Line(f"{gutter} |", "dim")
    yield Line(f"{place.line} | {text}".rstrip())
    carets = f"{gutter} | {' ' * start}{'^' * length}"
    hint = printable(problem.hint) if problem.hint else ""
    beside = len(carets) + 1 + cells(hint) <= (width or SOURCE_WIDTH)
    yield Line(f"{carets} {hint}".rstrip() if beside else carets, _STYLES[problem.severity])
    if not beside:
        yield from _hint(problem.hint, f"{gutter} ", width)


def _hint(hint: str | None, indent: str, width: int | None) -> Iterator[Line]:
    if hint:
        yield from (Line(text) for text in _wrap(f"{indent}= ", hint, width))


def _wrap(head: str, message: str, width: int | None) -> list[str]:
    """Broken between words only; what follows the first line stands under its beginning."""
    paragraphs = [printable(part) for part in message.strip().splitlines()] or [""]
    room = max(width - len(head), 30) if width else sys.maxsize
    lines = [
        line
        for part in paragraphs
        for line in textwrap.wrap(part, room, break_long_words=False, break_on_hyphens=False) or [""]
    ]
    return [head + lines[0], *(" " * len(head) + line for line in lines[1:])]


def _window(source: str, place: Location, room: int) -> tuple[str, int, int]:
    """The part of a source line to show, the column (in cells) of the carets below it, and their number."""
    column = min(place.column - 1, len(source))
    before, meant = _shown(source[:column]), _shown(source[column : column + place.length])
    after = _shown(source[column + place.length :])
    if cells(before) + cells(meant) + cells(after) > room:
        meant = _first(meant, room // 2)
        if cells(before) > (left := (room - cells(meant)) // 2):
            before = "…" + _first(before[::-1], left - 1)[::-1]
        if cells(after) > (right := room - cells(before) - cells(meant)):
            after = _first(after, right - 1) + "…"
    return before + meant + after, cells(before), max(cells(meant), 1)


def _first(text: str, room: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += cells(char)
        if used > room:
            return text[:index]
    return text


def _shown(text: str) -> str:
    return printable(text.replace("\t", TAB))


class _Sources:
    """Source files by line, read once; what cannot be read is not shown."""

    def __init__(self) -> None:
        self._files: dict[Path, list[str]] = {}

    def line(self, place: Location) -> str | None:
        if place.file not in self._files:
            try:
                text = place.file.read_text(encoding="utf-8-sig", errors="replace")
            except OSError:
                text = ""
            self._files[place.file] = re.split(r"\r\n|\r|\n", text)
        lines = self._files[place.file]
        return lines[place.line - 1] if 0 < place.line <= len(lines) and lines != [""] else None
