"""The one parser and writer of durations such as `30s`, `5m` and `1h30m`, for settings and for flags alike."""

from __future__ import annotations

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def write_duration(seconds: float) -> str:
    """As `parse_duration` reads it: 5m, 1h30m, 1.5s."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    parts = ((f"{hours:d}h", hours), (f"{minutes:d}m", minutes), (f"{rest:g}s", rest))
    return "".join(text for text, number in parts if number) or "0s"


def parse_duration(text: str) -> float:
    """Seconds; ValueError for anything that is not a run of numbers with units h, m, s, ms."""
    if not _WHOLE.fullmatch(text):
        message = f'should be a duration such as 30s, 5m or 1h30m, not "{text}"'
        raise ValueError(message)
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
