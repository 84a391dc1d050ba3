"""Signals: the first asks, the second presses, the third kills. Nothing new starts after the first."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator

from tfwrap.base.exits import Exit
from tfwrap.run.session import Session

_SECOND = 2


class Interrupted(Exception):
    """A unit was about to do something new when the run was asked to stop: it has done nothing of that."""


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
    def hard(self) -> bool:
        """Terraform was pressed, or killed: what was at work may have left its state locked."""
        return self._count >= _SECOND

    def check(self) -> None:
        """Interrupted if nothing new may start."""
        if self.requested:
            raise Interrupted

    def request(self, number: signal.Signals) -> None:
        self._count += 1
        self._session.stopping = True
        # A terminal that went away asks for an orderly end too, and has no status of its own.
        self.exit = self.exit or (Exit.INTERRUPTED if number == signal.SIGINT else Exit.TERMINATED)
        names = ", ".join(self.running) or "nothing"
        say = self._session.listener.note
        if self._count < _SECOND:
            say(f"{number.name}: nothing new starts; waiting for {names} (again: stop hard)")
            self._interrupt()
            self._grace = asyncio.get_running_loop().call_later(self._session.options.grace, self._lost_patience)
        elif self._count == _SECOND:
            say(f"{number.name} again: Terraform stops hard; waiting for {names} (once more: kill)")
            self._interrupt()
        else:
            say(f"{number.name} a third time: killing {names}")
            self._session.engine.kill()
            self._session.hooks.kill()

    def _lost_patience(self) -> None:
        self._count = max(self._count, _SECOND)
        names = ", ".join(self.running) or "nothing"
        self._session.listener.note(f"grace is over: Terraform stops hard; waiting for {names} (once more: kill)")
        self._interrupt()

    def _interrupt(self) -> None:
        self._session.engine.interrupt()
        self._session.hooks.interrupt()

    @contextlib.contextmanager
    def working(self, unit: str) -> Iterator[None]:
        """Whoever asks what is waited for is told of `unit`."""
        self.running[unit] = None
        try:
            yield
        finally:
            del self.running[unit]

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT, SIGTERM and SIGHUP for the time of a run; afterwards they mean what they meant before."""
        loop = asyncio.get_running_loop()
        # Under nohup SIGHUP is ignored, and stays so.
        taken = [n for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) != signal.SIG_IGN]
        before = {number: signal.getsignal(number) for number in taken}
        for number in taken:
            loop.add_signal_handler(number, self.request, number)
        try:
            yield
        finally:
            for number, handler in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, handler)
            if self._grace:
                self._grace.cancel()
