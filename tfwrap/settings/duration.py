"""The one parser of durations such as `30s`, `5m` and `1h30m`, for settings and for flags alike."""

from __future__ import annotations

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def parse_duration(text: str) -> float:
    """Seconds; ValueError for anything that is not a run of numbers with units h, m, s, ms."""
    if not _WHOLE.fullmatch(text):
        message = f'should be a duration such as 30s, 5m or 1h30m, not "{text}"'
        raise ValueError(message)
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
