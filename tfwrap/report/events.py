"""`--events`: what happens, as JSON lines for scripts, while it happens; the last one holds the whole document."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from tfwrap.report.document import document, unit_row
from tfwrap.report.line import fits, send
from tfwrap.run.record import Phase, RunRecord, UnitRecord

VERSION = 1


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Events:
    """Listener. Types: unit_started, progress, unit_finished, note, run_finished."""

    def __init__(self, stream: TextIO, root: Path, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._stream, self._root, self._now = stream, root, now

    def started(self, unit: UnitRecord, phase: Phase) -> None:
        self._write("unit_started", unit=unit.name, phase=phase)

    def progress(self, unit: UnitRecord, phase: Phase, message: str) -> None:
        self._write("progress", unit=unit.name, phase=phase, message=message)

    def finished(self, unit: UnitRecord) -> None:
        row = unit_row(unit, self._root)
        self._write("unit_finished", unit=unit.name, result=row["result"], row=row)

    def note(self, message: str) -> None:
        self._write("note", message=message)

    def held(self) -> AbstractContextManager[None]:
        return nullcontext()  # it writes for scripts

    def run_finished(self, record: RunRecord) -> None:
        self._write("run_finished", exit_code=record.exit_code, document=document(record))

    def _write(self, kind: str, **facts: Any) -> None:
        time = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        event = {"version": VERSION, "type": kind, "time": time, **facts}
        text = json.dumps(event, ensure_ascii=False)
        send((text if fits(text, self._stream) else json.dumps(event)) + "\n", self._stream)
