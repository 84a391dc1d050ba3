"""Did-you-mean, the same everywhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tfwrap.base.brief import some

_MOST_LISTED = 12


def closest(word: str, known: Iterable[str]) -> str | None:
    import difflib

    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint such as `did you mean max?`, or None if nothing known is near."""
    match = closest(word, known)
    return f"did you mean {match}?" if match else None


def near_or_listed(word: str, known: Collection[str], what: str) -> str:
    """The nearest name, or which there are: `units: network, app`."""
    return did_you_mean(word, known) or f"{what}: {some(known, _MOST_LISTED) or 'none'}"
