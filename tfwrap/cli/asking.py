"""A question in the middle of a run: while somebody thinks about it, other units go on, and write nothing over it."""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Callable

import click

from tfwrap.run.record import Listener

_LOOK = 0.05  # seconds between two looks whether there is an answer
_YES, _NO = ("y", "yes"), ("n", "no", "")


class Person:
    """Sits at the terminal, and is asked one question at a time. `gone` tells when no answer counts any more."""

    def __init__(self, listener: Listener, gone: Callable[[], bool]) -> None:
        self._listener = listener
        self._gone = gone
        self._turn = asyncio.Lock()

    async def confirms(self, question: str) -> bool:
        async with self._turn:
            if self._gone() or not sys.stdin.isatty():
                return False
            with self._listener.held():
                while (answer := await self._ask(question)) not in (*_YES, *_NO):
                    click.echo("Error: invalid input", err=True)
                return answer in _YES

    async def _ask(self, question: str) -> str:
        # Not in a thread: one that reads a terminal cannot be told to stop, and the command would wait for it.
        click.echo(f"{question} [y/N]: ", err=True, nl=False)
        while not select.select([sys.stdin], [], [], 0)[0]:
            if self._gone():
                click.echo(err=True)
                return ""
            await asyncio.sleep(_LOOK)
        return sys.stdin.readline().strip().lower()
