"""What a signal means while no run listens for it: before the first unit, and in commands that run none.

SIGTERM and SIGHUP then end a command as Ctrl-C does: whatever is under way is given up in good order.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from tfwrap.base.exits import Exit


class Stopped(KeyboardInterrupt):
    """The command was asked to end; `units` are those that would have been at work, as far as they are known."""

    def __init__(self, exit_: Exit, units: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.exit = exit_
        self.units = units


def stopped(interrupt: BaseException, units: tuple[str, ...] = ()) -> Stopped:
    """Any interrupt as one of ours; click makes an Abort of it, and Ctrl-C is Python's own KeyboardInterrupt."""
    behind = (interrupt, interrupt.__cause__, interrupt.__context__)
    known = next((one for one in behind if isinstance(one, Stopped)), None)
    known = known or Stopped(Exit.INTERRUPTED)
    return Stopped(known.exit, units or known.units)


def listen() -> None:
    """From now on; what is ignored (SIGHUP under nohup) stays so."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _stop)


@contextmanager
def passing_on(process: int) -> Iterator[None]:
    """While a command of the user's own runs, it decides what a signal means. Ctrl-C reaches it by itself."""

    def tell(number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):  # it has just ended
            if number != signal.SIGINT:
                os.kill(process, number)

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped(Exit.TERMINATED)
