"""Whether two host name globs can match the same name, as Emissary's hostglob_matches has it."""

from __future__ import annotations


def globs_meet(one: str, other: str) -> bool:
    """A `*` stands alone, or is the first or the last character; it never matches an empty text."""
    if one == other or "*" in (one, other):
        return True
    if not one or not other or "." in (one[0], other[0]):
        return False
    starts, ends = (one[0] == "*", other[0] == "*"), (one[-1] == "*", other[-1] == "*")
    if (starts[0] and ends[0]) or (starts[1] and ends[1]):
        return False  # at both ends it is no glob
    if any(starts) and any(ends):
        return True
    return (any(starts) and _meet_at_end(one, other)) or (any(ends) and _meet_at_end(one[::-1], other[::-1]))


def _meet_at_end(one: str, other: str) -> bool:
    """At least one of them starts with `*`."""
    if one[0] == "*" and other[0] == "*":
        short, long = sorted((one[1:], other[1:]), key=len)
        return long.endswith(short)
    glob, name = (one, other) if one[0] == "*" else (other, one)
    return len(name) >= len(glob) and name.endswith(glob[1:])
