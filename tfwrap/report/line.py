"""One line of output: plain text, and a style by name for those who can show it; and how text leaves the program."""

from __future__ import annotations

import os
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
    send("".join(paint(text.rstrip(), style, color=color) + "\n" for text, style in texts), stream)


def send(text: str, stream: TextIO) -> None:
    """Write `text` at once. Without a reader (`| head`) it goes nowhere: no run ends because nobody looks."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # Not only this text: what is still buffered would fail again when the interpreter ends.
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device, not a path)
            os.dup2(nowhere.fileno(), stream.fileno())


def fits(text: str, stream: TextIO) -> bool:
    """Whether the stream's encoding has all characters of `text`."""
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
