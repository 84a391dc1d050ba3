"""Work counted instead of timed: ten times as much to do may cost about ten times the work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import tfwrap

_OWN = str(Path(tfwrap.__file__).parent)
_LIMIT = 12.0  # times the work, for ten times as much to do: n log n, and nothing that grows faster


def work_of(call: Callable[[], object]) -> int:
    """Lines of tfwrap that run, each turn of a loop and a comprehension counted, and calls of anything else."""
    count = 0

    def trace(frame: FrameType, _event: str, _: Any) -> Any:
        nonlocal count
        count += 1
        return trace if frame.f_code.co_filename.startswith(_OWN) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def compare(few: int, many: int, *, least: int) -> None:
    """`many` is the work for ten times what cost `few`; less than `least` for that means that it was not seen."""
    assert few > least, "the tracer saw something"
    assert many < _LIMIT * few, f"{many} for ten times what costs {few}"
