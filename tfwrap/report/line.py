"""One line of output: plain text, and a style by name for those who can show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TextIO

from tfwrap.report.words import to_ascii

Style = Literal["plain", "bold", "dim", "good", "changed", "bad", "alarm"]

_CODES: dict[Style, str] = {
    "plain": "",
    "bold": "1",
    "dim": "2",
    "good": "32",
    "changed": "33",
    "bad": "31",
    "alarm": "1;31",
}


@dataclass(frozen=True)
class Line:
    text: str = ""
    style: Style = "plain"


def paint(text: str, style: Style, *, color: bool) -> str:
    code = _CODES[style]
    return f"\x1b[{code}m{text}\x1b[0m" if color and code and text else text


def write_lines(lines: Iterable[Line], stream: TextIO, *, color: bool, ascii: bool) -> None:  # noqa: A002
    """Write `lines` in one go, so that two writers never mix within a result."""
    texts = ((to_ascii(line.text) if ascii else line.text, line.style) for line in lines)
    stream.write("".join(paint(text.rstrip(), style, color=color) + "\n" for text, style in texts))
    stream.flush()
