"""What a kind of stack is: a settings model and a function from an environment to its units."""

from __future__ import annotations

from typing import Protocol

from tfwrap.settings.environment import CommonSettings, Environment
from tfwrap.stacks.model import Stack


class StackKind(Protocol):
    """`name` is what env.yaml says after `stack:`. A class of this shape is made without arguments."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> type[CommonSettings]: ...

    def build(self, environment: Environment) -> Stack:
        """The units. Faults are collected in `Stack.problems`, not raised one by one."""
        ...
