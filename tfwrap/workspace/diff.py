"""What a generation would change, to be read: a line with the word for each file, then its unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from tfwrap.workspace.compare import Change
from tfwrap.workspace.sync import SyncPlan


def diff_text(plan: SyncPlan) -> str:
    """Empty if nothing differs. Edited and foreign files show what `--force` would do to them."""
    return "".join(line for change in plan.changes for line in _diff(plan, change))


def _diff(plan: SyncPlan, change: Change) -> Iterator[str]:
    if change.kind == "unchanged":
        return
    name = plan.name(change.path)
    yield f"{change.kind} {name}\n"
    old, new = _lines(change.old), _lines(change.new)
    before = "/dev/null" if change.old is None else f"a/{name}"
    after = "/dev/null" if change.new is None else f"b/{name}"
    for line in difflib.unified_diff(old, new, before, after):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    """Split at line feeds only: other characters that end lines for Python are text here."""
    text = (content or b"").decode(errors="replace")
    return [f"{line}\n" for line in text.split("\n")[:-1]] + ([last] if (last := text.split("\n")[-1]) else [])
