"""The differences are complete and true: made to `before`, they give `after`; there are none iff both are equal."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tfwrap.plan.tree import Item, Step, leaves, same
from tfwrap.plan.values_diff import Difference, compare

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b", "x.y", "1", "ä"])
NAMES = st.sampled_from(["name", "a", "b", "id", "x.y"])
NAMED = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(["p", "q", "r"])}, optional={"v": SCALARS}),
    max_size=3,
    unique_by=lambda item: str(item["name"]),
)
VALUES = st.recursive(
    SCALARS | NAMED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_differences_lead_from_before_to_after(before: Any, after: Any) -> None:
    made = {"root": copy.deepcopy(before)}
    found = compare({"root": before}, {"root": after})
    # from the end of a list backwards, so that places keep their meaning
    for difference in [d for d in found if d.kind != "remove"] + [d for d in found[::-1] if d.kind == "remove"]:
        if difference.kind != "order":
            make(made, difference)
    for difference in reversed(found):
        if difference.kind == "order":
            reorder(made, difference)
    assert same(made["root"], after), found


@given(VALUES, VALUES)
def test_no_difference_iff_equal(before: Any, after: Any) -> None:
    assert (compare({"root": before}, {"root": after}) == []) == same(before, after)
    assert compare({"root": before}, {"root": copy.deepcopy(before)}) == []


@given(st.dictionaries(NAMES, VALUES, max_size=3))
def test_leaves_tell_all_of_what_is_new(value: dict[str, Any]) -> None:
    found = [leaf for difference in compare({}, value) for leaf in difference.leaves()]
    assert [leaf.after for leaf in found] == [item for _, item in leaves(value) if value]


def make(root: Any, difference: Difference) -> None:
    *way, last = difference.steps
    target = root
    for step in way:
        target = target[place(target, step)]
    if difference.kind == "remove":
        del target[place(target, last)]
    elif difference.kind == "add" and isinstance(target, list):
        target.append(copy.deepcopy(difference.after))
    else:
        target[place(target, last)] = copy.deepcopy(difference.after)


def reorder(root: Any, difference: Difference) -> None:
    items = root
    for step in difference.steps:
        items = items[place(items, step)]
    key = next(key for key in ("name", "key", "id") if all(isinstance(item.get(key), str) for item in items))
    assert [item[key] for item in items] == difference.before
    items.sort(key=lambda item: difference.after.index(item[key]))


def place(target: Any, step: Step) -> Any:
    if isinstance(step, Item):
        return next(index for index, item in enumerate(target) if item[step.key] == step.name)
    return step
