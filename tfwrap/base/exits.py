"""Exit status of every command (contract §5)."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    FAILED = 1
    CHANGES = 2
    NO_UNITS = 3
    OUT_OF_DATE = 4
    NEEDS_PLAN = 5
    NOT_APPROVED = 6
    USAGE = 64
    INTERRUPTED = 130
    TERMINATED = 143
