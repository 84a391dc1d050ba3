"""Whether two host name globs can match the same name, as Emissary's hostglob_matches has it."""

from __future__ import annotations


def globs_meet(one: str, other: str) -> bool:
    """A `*` stands alone, or is the first or the last character; it never matches an empty text."""
    if one == other or "*" in (one, other):
        return True
    if not one or not other or one[0] == "." or other[0] == ".":
        return False
    ends = [(glob[0] == "*", glob[-1] == "*") for glob in (one, other)]
    if (True, True) in ends:
        return False
    (one_start, one_end), (other_start, other_end) = ends
    if one_start and other_end or one_end and other_start:
        return True
    if one_start or other_start:
        return _meet_at_end(one, other)
    if one_end or other_end:
        return _meet_at_end(one[::-1], other[::-1])
    return False


def _meet_at_end(one: str, other: str) -> bool:
    """At least one of them starts with `*`."""
    if one[0] == "*" and other[0] == "*":
        short, long = sorted((one[1:], other[1:]), key=len)
        return long.endswith(short)
    glob, name = (one, other) if one[0] == "*" else (other, one)
    return len(name) >= len(glob) and name.endswith(glob[1:])
