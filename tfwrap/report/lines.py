"""Progress for pipes and CI: one line per event, with the time of day, nothing redrawn. And none at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import TextIO

from tfwrap.report.line import Style, paint, send
from tfwrap.report.outcome import doing, outcome, outcome_style
from tfwrap.report.words import printable, to_ascii
from tfwrap.run.record import Phase, UnitRecord

HEARTBEAT = 10.0  # seconds between two signs of life of one unit, so that CI does not think we hang


class Lines:
    """Listener: says when a unit ends, when real work starts, and now and then what a long one is doing."""

    def __init__(
        self,
        stream: TextIO,
        *,
        command: str = "plan",
        color: bool = False,
        ascii: bool = False,  # noqa: A002
        now: Callable[[], datetime] = datetime.now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._command = stream, command
        self._color, self._ascii = color, ascii
        self._now, self._clock = now, clock
        self._last: dict[str, float] = {}
        self._held: list[str] | None = None

    def started(self, unit: UnitRecord, phase: Phase) -> None:
        self._last.setdefault(unit.name, self._clock())
        if phase in ("apply", "destroy"):
            self._say(f"{unit.name} {doing(phase)}")

    def progress(self, unit: UnitRecord, phase: Phase, message: str) -> None:
        if self._clock() - self._last.setdefault(unit.name, self._clock()) >= HEARTBEAT:
            self._last[unit.name] = self._clock()
            self._say(f"{unit.name} {doing(phase)}: {message}")

    def finished(self, unit: UnitRecord) -> None:
        self._say(f"{unit.name} {outcome(unit, self._command)}", outcome_style(unit, self._command))

    def note(self, message: str) -> None:
        self._say(message)

    def _say(self, message: str, style: Style = "plain") -> None:
        text = f"{self._now():%H:%M:%S} {printable(message)}"
        text = to_ascii(text) if self._ascii else text
        line = paint(text, style, color=self._color) + "\n"
        if self._held is None:
            send(line, self._stream)
        else:
            self._held.append(line)

    @contextmanager
    def held(self) -> Iterator[None]:
        held: list[str] = []
        self._held = held
        try:
            yield
        finally:
            self._held = None
            send("".join(held), self._stream)


class Quiet:
    """Listener that says nothing."""

    def started(self, unit: UnitRecord, phase: Phase) -> None:
        pass

    def progress(self, unit: UnitRecord, phase: Phase, message: str) -> None:
        pass

    def finished(self, unit: UnitRecord) -> None:
        pass

    def note(self, message: str) -> None:
        pass

    def held(self) -> AbstractContextManager[None]:
        return nullcontext()
