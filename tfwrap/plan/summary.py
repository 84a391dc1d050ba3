"""Counts in words, and the order in which people want to see changes: what is lost comes first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from tfwrap.plan.model import Counts, Plan, ResourceChange

Tense = Literal["planned", "done"]

_ORDER = ("delete", "replace", "forget", "update", "create", "no-op", "read")
_WORDS = {
    "destroy": ("to destroy", "destroyed"),
    "replace": ("to replace", "replaced"),
    "forget": ("to forget", "forgotten"),
    "import": ("to import", "imported"),
    "add": ("to add", "added"),
    "change": ("to change", "changed"),
    "move": ("to move", "moved"),
}
_SHORT = re.compile(r"^module\.this\.")


def in_words(plan: Plan, tense: Tense = "planned") -> str:
    """`1 to destroy, 1 to replace, 2 to add`; a replacement is said once. `no changes` if there are none."""
    return _words(plan.counts, len(plan.changed_outputs), tense)


def drift_in_words(plan: Plan) -> str:
    """What happened outside of Terraform: `1 changed, 1 destroyed`, or `no drift`."""
    words = _words(drift_counts(plan), 0, "done")
    return "no drift" if words == "no changes" else words


def drift_counts(plan: Plan) -> Counts:
    return Counts.of(plan.drift)


def _words(counts: Counts, outputs: int, tense: Tense) -> str:
    numbers = {
        "destroy": counts.destroy - counts.replace,
        "replace": counts.replace,
        "forget": counts.forget,
        "import": counts.import_,
        "add": counts.add - counts.replace,
        "change": counts.change,
        "move": counts.move,
    }
    index = 0 if tense == "planned" else 1
    words = [f"{number} {_WORDS[name][index]}" for name, number in numbers.items() if number]
    if outputs and not words:
        noun = "output" if outputs == 1 else "outputs"
        words = [f"{outputs} {noun} {_WORDS['change'][index]}"]
    return ", ".join(words) or "no changes"


def losses_first(changes: Iterable[ResourceChange]) -> list[ResourceChange]:
    """The changes that do something: deletions, replacements, then the rest; else Terraform's order."""
    return sorted((change for change in changes if change.changes), key=lambda c: _ORDER.index(c.action))


def short_address(address: str) -> str:
    """Every unit calls its module `this`: saying so tells nobody anything."""
    return _SHORT.sub("", address)
