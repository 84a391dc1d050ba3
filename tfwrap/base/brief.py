"""Long texts and long lists as they stand in a message: their beginning."""

from __future__ import annotations

from collections.abc import Iterable


def short(text: str, most: int) -> str:
    """A text of no more than `most` characters; what is cut off shows."""
    return text if len(text) <= most else f"{text[: most - 2]} …"


def some(names: Iterable[str], most: int) -> str:
    """`a, b and 3 more`."""
    known = list(names)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more
