"""A terminal for tests: the command runs on a pseudo-terminal, and a real emulator says what a person would see."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping

import pyte
from kit.project import ProjectKit

_PATIENCE = 60.0  # seconds


class Screen:
    """`rows` is high enough that nothing scrolls away, unless a test wants that. stdout too may go elsewhere."""

    def __init__(
        self,
        project: ProjectKit,
        *arguments: str,
        columns: int = 100,
        rows: int = 80,
        env: Mapping[str, str] | None = None,
        piped: bool = False,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        inherited = {key: value for key, value in project.environment().items() if key not in ("COLUMNS", "CI", "TERM")}
        self.raw = b""
        self.process = subprocess.Popen(
            project.command(*arguments),
            cwd=project.root,
            env={**inherited, "TERM": "xterm-256color", **(env or {})},
            stdin=slave,
            stdout=subprocess.PIPE if piped else slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip("\n")

    def lines(self) -> list[str]:
        return self.text().splitlines()

    def color(self, word: str) -> tuple[str, bool]:
        """Colour and boldness of the first letter of the last `word` on the screen."""
        row, line = next((row, line) for row, line in reversed([*enumerate(self._screen.display)]) if word in line)
        cell = self._screen.buffer[row][line.index(word)]
        return str(cell.fg), bool(cell.bold)

    def wait_for(self, seen: str | Callable[[str], bool]) -> None:
        """Until `seen` is on the screen, or true of what is there."""
        pattern = re.compile(seen) if isinstance(seen, str) else None
        deadline = time.monotonic() + _PATIENCE
        while not (pattern.search(self.text()) if pattern else callable(seen) and seen(self.text())):
            assert time.monotonic() < deadline, f"waited in vain for {seen}:\n{self.text()}"
            assert self._read(0.2) or self.process.poll() is None, f"ended without {seen}:\n{self.text()}"

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def finish(self) -> int:
        """The exit status, when everything that was printed is on the screen."""
        deadline = time.monotonic() + _PATIENCE
        while self.process.poll() is None or self._read(0):
            self._read(0.1)
            assert time.monotonic() < deadline, f"does not end:\n{self.text()}"
        os.close(self._master)
        return self.process.returncode

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux: nobody has the other end open any more
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)
