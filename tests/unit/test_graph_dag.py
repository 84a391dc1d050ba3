from __future__ import annotations

from itertools import pairwise

import pytest

from tfwrap.graph.dag import Dag, find_cycle

DIAMOND = Dag(("app", "dns", "db", "net"), {"app": ("dns", "db"), "dns": ("net",), "db": ("net",)})


def test_ready_units_go_in_declared_order() -> None:
    assert DIAMOND.order() == ("net", "dns", "db", "app")


def test_a_unit_that_becomes_ready_overtakes_later_declared_ones() -> None:
    assert Dag(("a", "b", "c"), {"b": ("a",)}).order() == ("a", "b", "c")


def test_ancestors_and_descendants_of_several() -> None:
    assert DIAMOND.ancestors("dns", "db") == {"net"}
    assert DIAMOND.descendants("net") == {"dns", "db", "app"}
    assert DIAMOND.ancestors() == set()


def test_a_subset_joins_across_what_was_left_out() -> None:
    part = DIAMOND.subset(["app", "net"])
    assert part.names == ("net", "app")
    assert part.direct("app") == ("net",)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="not in the graph: netz"):
        Dag(("a",), {"a": ("netz",)})


@pytest.mark.parametrize(
    ("edges", "cycle"),
    [
        ({"a": ("a",)}, ("a", "a")),
        ({"a": ("b",), "b": ("c",), "c": ("a",)}, ("a", "b", "c", "a")),
        ({"a": ("b",), "b": ("c",), "c": ("b",)}, ("b", "c", "b")),
    ],
)
def test_a_cycle_is_named_in_the_direction_of_need(edges: dict[str, tuple[str, ...]], cycle: tuple[str, ...]) -> None:
    assert find_cycle(("a", "b", "c"), edges) == cycle
    with pytest.raises(ValueError, match=" -> ".join(cycle)):
        Dag(("a", "b", "c"), edges).order()


def test_a_chain_of_thousands_needs_no_recursion() -> None:
    names = tuple(f"u{index}" for index in range(6000))
    chain = Dag(names[::-1], {name: (before,) for before, name in pairwise(names)})
    assert chain.order() == names
    assert chain.layers()[names[-1]] == 5999
    assert len(chain.ancestors(names[-1])) == 5999
    assert chain.reversed().order() == names[::-1]
    ring = {**chain.dependencies, names[0]: (names[-1],)}
    cycle = find_cycle(names, ring)
    assert cycle is not None
    assert len(cycle) == 6001
