"""Tests wait for what they expect, never for a while: with a deadline that only what does not work ever meets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object], seconds: float = 60, say: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain {say()}"
        time.sleep(0.05)


async def until(condition: Callable[[], object], seconds: float = 30) -> None:
    """As `wait_for`, while other tasks go on."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.01)
