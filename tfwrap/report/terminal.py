"""What an output stream can show, decided once from flags, environment and the stream itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

from tfwrap.report.line import fits

ColorChoice = Literal["auto", "always", "never"]
ProgressChoice = Literal["auto", "tty", "plain", "quiet"]
ProgressMode = Literal["tty", "plain", "quiet"]

WIDTH_ELSEWHERE = 120  # a pipe has no width; CI logs are wide
_DUMB = ("dumb", "unknown")
_GLYPHS = "✔✖·…⠹"


@dataclass(frozen=True)
class Terminal:
    """`tty`: somebody is looking. `live`: lines can be drawn again. `github`: a GitHub Actions log."""

    color: bool
    ascii: bool
    width: int
    tty: bool
    live: bool
    github: bool

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str], color: ColorChoice = "auto") -> Terminal:
        dumb = environ.get("TERM") in _DUMB
        return cls(
            color=_color(stream, environ, color),
            ascii=not fits(_GLYPHS, stream),
            width=_width(stream, environ),
            tty=stream.isatty(),
            live=stream.isatty() and not dumb and not environ.get("CI"),
            github=environ.get("GITHUB_ACTIONS") == "true",
        )

    def progress(self, choice: ProgressChoice = "auto") -> ProgressMode:
        if choice == "auto":
            return "tty" if self.live else "plain"
        return choice


def _color(stream: TextIO, environ: Mapping[str, str], choice: ColorChoice) -> bool:
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):  # no-color.org: present and not empty; it wins over FORCE_COLOR
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and environ.get("TERM") not in _DUMB


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    if not stream.isatty():
        return WIDTH_ELSEWHERE
    if environ.get("COLUMNS", "").isdigit():
        return max(int(environ["COLUMNS"]), 40)
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return WIDTH_ELSEWHERE
    return max(columns, 40) if columns else 80
