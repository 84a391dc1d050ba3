"""Signals: the first asks, the second presses, the third kills. Nothing new starts after the first."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator

from tfwrap.base.exits import Exit
from tfwrap.run.session import Session

_SECOND, _THIRD = 2, 3


class Stop:
    """Whether the run was asked to stop, by which signal, and what is done about its children."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._grace: asyncio.TimerHandle | None = None
        self._count = 0
        self.exit: Exit | None = None
        self.running: dict[str, None] = {}  # units at work, in the order they started

    @property
    def requested(self) -> bool:
        return self._count > 0

    @property
    def killed(self) -> bool:
        """Children were killed: a unit that was at work may have left its state locked."""
        return self._count >= _THIRD

    def request(self, number: signal.Signals) -> None:
        self._count += 1
        self.exit = self.exit or (Exit.INTERRUPTED if number == signal.SIGINT else Exit.TERMINATED)
        names = ", ".join(self.running) or "nothing"
        engine, say = self._session.engine, self._session.listener.note
        if self._count < _SECOND:
            say(f"{number.name}: nothing new starts; waiting for {names} (again: stop hard)")
            engine.interrupt()
            self._grace = asyncio.get_running_loop().call_later(self._session.options.grace, engine.interrupt)
        elif self._count < _THIRD:
            say(f"{number.name} again: Terraform stops hard; waiting for {names} (once more: kill)")
            engine.interrupt()
        else:
            say(f"{number.name} a third time: killing {names}")
            engine.kill()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM for the time of a run; afterwards they mean what they meant before."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.request, number)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
            if self._grace:
                self._grace.cancel()
