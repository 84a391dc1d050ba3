"""Progress on a terminal: finished units scroll up as single lines, the others are redrawn below them.

Draws on stderr only; the result on stdout is written when the board is gone.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from tfwrap.report.line import Style
from tfwrap.report.outcome import doing, outcome_style, result_in_words, said, total_seconds, why
from tfwrap.report.words import amount, cells, duration, printable, to_ascii
from tfwrap.run.record import Phase, UnitRecord

MAX_WAITING = 6  # rows of units that wait; the rest is a number
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_FRAMES = "|/-\\"
_RICH: dict[Style, str] = {
    "plain": "", "bold": "bold", "dim": "dim", "good": "green", "changed": "yellow", "bad": "red",
    "alarm": "bold red",
}  # fmt: skip
_DONE = {"unchanged": "planned", "changed": "planned"}


class Board:
    """Listener and context manager. `dependencies` says what a unit that has not started waits for."""

    def __init__(
        self,
        dependencies: Mapping[str, tuple[str, ...]],
        *,
        stream: TextIO | None = None,
        command: str = "plan",
        color: bool = True,
        ascii: bool = False,  # noqa: A002
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._waiting = dict(dependencies)
        self._running: dict[str, tuple[Phase, float, str]] = {}  # phase, since when, last message
        self._command, self._color, self._ascii, self._clock = command, color, ascii, clock
        self._held: list[tuple[Text, bool]] | None = None
        self._lock = threading.Lock()  # rich draws from a thread of its own
        self._width = max([cells(name) for name in dependencies], default=0)
        file = stream or sys.stderr
        self._console = Console(
            file=file, no_color=not color, highlight=False, force_terminal=file.isatty()
        )  # rich would take FORCE_COLOR for a terminal
        self._live = Live(
            console=self._console, get_renderable=self._draw, transient=True, refresh_per_second=10,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._waiting.clear()
            self._running.clear()
        self._live.stop()

    def started(self, unit: UnitRecord, phase: Phase) -> None:
        with self._lock:
            self._waiting.pop(unit.name, None)
            since = self._running[unit.name][1] if unit.name in self._running else self._clock()
            self._running[unit.name] = (phase, since, "")

    def progress(self, unit: UnitRecord, phase: Phase, message: str) -> None:
        with self._lock:
            since = self._running[unit.name][1] if unit.name in self._running else self._clock()
            self._running[unit.name] = (phase, since, message)

    def finished(self, unit: UnitRecord) -> None:
        with self._lock:
            self._waiting.pop(unit.name, None)
            self._running.pop(unit.name, None)
        style = outcome_style(unit, self._command)
        glyph = {"good": "✔", "dim": "✔", "changed": "·"}.get(style, "✖")
        if unit.result in ("changed", "applied", "destroyed"):
            glyph = "✔"
        verb = _DONE.get(unit.result or "", result_in_words(unit))
        words = said(unit, self._command) if unit.result in (*_DONE, "applied", "destroyed") else why(unit)
        seconds = total_seconds(unit)
        row = self._row(glyph, unit.name, verb, duration(seconds) if seconds else "", words or "")
        # One line each on a terminal: what does not fit stands whole in the result.
        self._print(self._text(row, style), soft_wrap=not self._console.is_terminal)

    def note(self, message: str) -> None:
        self._print(self._text(f"  {printable(message)}", "plain"), soft_wrap=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        held: list[tuple[Text, bool]] = []
        self._held = held
        self._live.stop()
        try:
            yield
        finally:
            self._held = None
            self._live.start()
            for text, soft_wrap in held:
                self._print(text, soft_wrap=soft_wrap)

    def _print(self, text: Text, *, soft_wrap: bool) -> None:
        if self._held is None:
            # Said again, since rich joins what it prints into a new text.
            self._live.console.print(text, soft_wrap=soft_wrap, no_wrap=True, overflow=text.overflow)
        else:
            self._held.append((text, soft_wrap))

    def _draw(self) -> Group:
        return Group(*self.rows())

    def rows(self) -> list[Text]:
        """What is drawn at this moment: running units, then those that wait."""
        with self._lock:
            running, waiting = dict(self._running), dict(self._waiting)
        now = self._clock()
        frames = _ASCII_FRAMES if self._ascii else _FRAMES
        frame = frames[int(now * 10) % len(frames)]
        texts = [
            self._text(self._row(frame, name, doing(phase), duration(now - since), message), "plain")
            for name, (phase, since, message) in running.items()
        ]
        for name in list(waiting)[:MAX_WAITING]:
            ahead = [other for other in waiting[name] if other in running or other in waiting]
            words = f"waits for {', '.join(ahead)}" if ahead else "waits for its turn"
            texts.append(self._text(f"  · {name.ljust(self._width)}  {words}", "dim"))
        if len(waiting) > MAX_WAITING:
            more = amount(len(waiting) - MAX_WAITING, "more unit")
            texts.append(self._text(f"  · {more} waiting", "dim"))
        return texts

    def _row(self, glyph: str, name: str, doing_what: str, seconds: str, words: str) -> str:
        padding = " " * (self._width - cells(name))
        return f"  {glyph} {name}{padding}  {doing_what:<12} {seconds:>5}   {printable(words)}".rstrip()

    def _text(self, text: str, style: Style) -> Text:
        shown = to_ascii(text) if self._ascii else text
        look = _RICH[style] if self._color else ""  # `dim` and `bold` are no colours for rich; for people they are
        return Text(shown, style=look, no_wrap=True, overflow="ellipsis" if not self._ascii else "crop")
