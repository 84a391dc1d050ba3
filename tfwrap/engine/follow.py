"""Reads a file while another process writes it, line by line; never waits, never writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_CHUNK = 1 << 20


class Follower:
    """Passes each whole line to `on_line`, whatever its length, without its line end."""

    def __init__(self, path: Path, on_line: Callable[[str], None]) -> None:
        self._file = path.open("rb", buffering=0)
        self._on_line = on_line
        self._parts: list[bytes] = []  # of the line that is not whole yet

    def read(self) -> bool:
        """Pass on what is new; True if there was anything."""
        found = False
        while chunk := self._file.read(_CHUNK):
            found = True
            first, *rest = chunk.split(b"\n")
            self._parts.append(first)
            for part in rest:
                self._pass_on()
                self._parts.append(part)
        return found

    def finish(self) -> None:
        """The writer has ended: pass on the rest, a last line without a line end too."""
        self.read()
        if any(self._parts):
            self._pass_on()

    def close(self) -> None:
        self._file.close()

    def _pass_on(self) -> None:
        line = b"".join(self._parts).removesuffix(b"\r").decode(errors="replace")
        self._parts.clear()
        self._on_line(line)
