"""What differs between `before` and `after` of a change, path by path, unknown and sensitive values marked.

A difference of a sensitive value says that it changed and holds neither value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from tfwrap.plan.documents import read_document
from tfwrap.plan.model import OutputChange, ResourceChange
from tfwrap.plan.tree import UNKNOWN, Item, Sensitive, Step, dotted, leaves, list_key, marked, same

Kind = Literal["add", "remove", "change", "order", "format"]

# Attributes a provider writes for itself: they tell what the other attributes told already.
_NOISE = {"helm_release": {"metadata", "manifest"}}


@dataclass(frozen=True)
class Document:
    """A string attribute read as YAML or JSON, and how many paths it has."""

    steps: tuple[Step, ...]
    paths: int

    @property
    def path(self) -> str:
        return dotted(self.steps)


@dataclass(frozen=True)
class Difference:
    """One place that differs. A value that is not there, unknown or sensitive is None.

    `order`: the same items in another order (their names). `format`: a document that is written differently
    and says the same.
    """

    steps: tuple[Step, ...]
    kind: Kind
    before: Any = None
    after: Any = None
    sensitive: bool = False
    unknown: bool = False
    forces_replacement: bool = False
    document: Document | None = None

    @property
    def path(self) -> str:
        return dotted(self.steps)

    @property
    def inner_path(self) -> str:
        """The path within its document."""
        return dotted(self.steps[len(self.document.steps) :] if self.document else self.steps)

    def leaves(self) -> list[Difference]:
        """A map or list that comes or goes, path by path."""
        if self.kind == "add":
            return [_leaf(self, steps, None, value) for steps, value in leaves(self.after, self.steps)]
        if self.kind == "remove":
            return [_leaf(self, steps, value, None) for steps, value in leaves(self.before, self.steps)]
        return [self]


def differences(change: ResourceChange) -> list[Difference]:
    """All differences that somebody decided on. A whole object that comes or goes is one per attribute."""
    before = marked(change.before or {}, False, change.before_sensitive)
    after = marked(change.after or {}, change.after_unknown, change.after_sensitive)
    if isinstance(before, Sensitive) or isinstance(after, Sensitive):
        return [Difference((), "change", sensitive=True)]
    found = _in_maps((), _without_null(before), _without_null(after), None)
    return [
        replace(difference, forces_replacement=_forces(difference, change))
        for difference in found
        if not _is_noise(difference, change)
    ]


def output_differences(output: OutputChange) -> list[Difference]:
    """The same for a root output; paths begin with `output.<name>`."""
    steps = ("output", output.name)
    before = marked(output.before, False, output.sensitive)
    after = marked(output.after, output.after_unknown, output.sensitive)
    if output.action == "create":
        return [_difference(steps, "add", None, after, None)]
    if output.action == "delete":
        return [_difference(steps, "remove", before, None, None)]
    return list(_between(steps, before, after, None))


def compare(before: Any, after: Any) -> list[Difference]:
    """The differences of two plain values; none if they are equal."""
    return list(_between((), before, after, None))


def _between(steps: tuple[Step, ...], before: Any, after: Any, document: Document | None) -> Iterator[Difference]:
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _in_maps(steps, before, after, document)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_lists(steps, before, after, document)
    elif isinstance(before, str) and isinstance(after, str) and document is None:
        yield from _in_strings(steps, before, after)
    else:
        yield _difference(steps, "change", before, after, document)


def _in_maps(
    steps: tuple[Step, ...], before: Mapping[str, Any], after: Mapping[str, Any], document: Document | None
) -> Iterator[Difference]:
    for name in dict.fromkeys([*before, *after]):
        if name not in after:
            yield _difference((*steps, name), "remove", before[name], None, document)
        elif name not in before:
            yield _difference((*steps, name), "add", None, after[name], document)
        else:
            yield from _between((*steps, name), before[name], after[name], document)


def _in_lists(
    steps: tuple[Step, ...], before: list[Any], after: list[Any], document: Document | None
) -> Iterator[Difference]:
    key = list_key(before, after)
    if key is None:
        for index in range(max(len(before), len(after))):
            if index >= len(after):
                yield _difference((*steps, index), "remove", before[index], None, document)
            elif index >= len(before):
                yield _difference((*steps, index), "add", None, after[index], document)
            else:
                yield from _between((*steps, index), before[index], after[index], document)
        return
    old, new = ({item[key]: item for item in items} for items in (before, after))
    for name in dict.fromkeys([*old, *new]):
        step = (*steps, Item(key, name))
        if name not in new:
            yield _difference(step, "remove", old[name], None, document)
        elif name not in old:
            yield _difference(step, "add", None, new[name], document)
        else:
            yield from _between(step, old[name], new[name], document)
    # what the steps above make of the old order: what stayed, then what is new
    made = [*(name for name in old if name in new), *(name for name in new if name not in old)]
    if made != list(new):
        yield Difference(steps, "order", made, list(new), document=document)


def _in_strings(steps: tuple[Step, ...], before: str, after: str) -> Iterator[Difference]:
    old, new = read_document(before), read_document(after)
    if old is None or new is None or type(old) is not type(new):
        yield Difference(steps, "change", before, after)
        return
    gone = compare(old, new)
    document = Document(steps, len(leaves(new)) + sum(len(d.leaves()) for d in gone if d.kind == "remove"))
    if gone:
        yield from (replace(found, steps=(*steps, *found.steps), document=document) for found in gone)
    else:
        yield Difference(steps, "format", document=document)


def _difference(steps: tuple[Step, ...], kind: Kind, before: Any, after: Any, document: Document | None) -> Difference:
    if isinstance(before, Sensitive) or isinstance(after, Sensitive):
        unknown = isinstance(after, Sensitive) and after.value is UNKNOWN
        return Difference(steps, kind, sensitive=True, unknown=unknown, document=document)
    if after is UNKNOWN:
        return Difference(steps, kind, before, unknown=True, document=document)
    return Difference(steps, kind, before, after, document=document)


def _leaf(whole: Difference, steps: tuple[Step, ...], before: Any, after: Any) -> Difference:
    leaf = _difference(steps, whole.kind, before, after, whole.document)
    return replace(
        leaf,
        sensitive=leaf.sensitive or whole.sensitive,
        unknown=leaf.unknown or whole.unknown,
        forces_replacement=whole.forces_replacement,
    )


def _without_null(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Terraform does not tell an attribute that is null from one that is not there."""
    return {name: value for name, value in attributes.items() if value is not None}


def _is_noise(difference: Difference, change: ResourceChange) -> bool:
    name = difference.steps[0] if difference.steps else None
    if name in _NOISE.get(change.type, ()):
        return True
    # computed: nobody wrote it, the provider will tell; it matters only where it makes a replacement
    computed = difference.unknown and len(difference.steps) == 1 and change.configured is not None
    return computed and name not in (change.configured or ()) and not _forces(difference, change)


def _forces(difference: Difference, change: ResourceChange) -> bool:
    """Whether one of Terraform's replace_paths leads to the difference or through it, wherever in a list."""
    names = [step for step in difference.steps if isinstance(step, str)]
    for path in change.replace_paths:
        forcing = [step for step in path if isinstance(step, str)]
        if all(one == other for one, other in zip(names, forcing, strict=False)):
            return True
    return False
