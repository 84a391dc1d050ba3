"""The sensitive values of a plan as strings, for whoever masks text. They are for masking and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfwrap.plan.model import Plan


def sensitive_strings(plan: Plan) -> frozenset[str]:
    """Every string and number that Terraform marks sensitive, before or after, in resources and outputs."""
    found: set[str] = set()
    for change in (*plan.changes, *plan.drift):
        found.update(_marked(change.before, change.before_sensitive))
        found.update(_marked(change.after, change.after_sensitive))
    for output in plan.outputs:
        found.update(_marked(output.before, output.sensitive))
        found.update(_marked(output.after, output.sensitive))
    return frozenset(found)


def _marked(value: Any, mask: Any) -> Iterator[str]:
    if mask is True:
        yield from _strings(value)
    elif isinstance(mask, Mapping) and isinstance(value, Mapping):
        for name, inner in mask.items():
            yield from _marked(value.get(name), inner)
    elif isinstance(mask, list) and isinstance(value, list):
        for item, inner in zip(value, mask, strict=False):
            yield from _marked(item, inner)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
