from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tfwrap.graph.dag import Dag, find_cycle
from tfwrap.graph.select import select


@st.composite
def dags(draw: st.DrawFn) -> Dag:
    """Edges go against a hidden order, so there is no cycle; the declared order is another one."""
    hidden = [f"u{index}" for index in range(draw(st.integers(1, 12)))]
    edges = {
        name: tuple(draw(st.lists(st.sampled_from(hidden[:index]), unique=True))) if index else ()
        for index, name in enumerate(hidden)
    }
    return Dag(tuple(draw(st.permutations(hidden))), edges)


def first_ready(dag: Dag) -> tuple[str, ...]:
    """The definition, word by word: again and again the first declared name that is ready."""
    done: list[str] = []
    while len(done) < len(dag.names):
        done.append(next(name for name in dag.names if name not in done and set(dag.direct(name)) <= set(done)))
    return tuple(done)


@given(dags())
def test_order_is_the_first_declared_of_those_ready(dag: Dag) -> None:
    assert dag.order() == first_ready(dag)


@given(dags())
def test_order_does_not_depend_on_how_edges_are_listed(dag: Dag) -> None:
    mixed = {name: tuple(sorted(dag.direct(name), reverse=True)) for name in sorted(dag.names, reverse=True)}
    assert Dag(dag.names, mixed).order() == dag.order()


@given(dags())
def test_reversed_is_exactly_backwards_and_back_again(dag: Dag) -> None:
    back = dag.reversed()
    assert back.order() == dag.order()[::-1]
    assert back.reversed().order() == dag.order()
    assert all(back.descendants(name) == dag.ancestors(name) for name in dag.names)


@given(dags())
def test_layers_are_one_deeper_than_the_deepest_dependency(dag: Dag) -> None:
    layers = dag.layers()
    assert list(layers) == list(dag.order())
    for name in dag.names:
        assert layers[name] == max((layers[needed] + 1 for needed in dag.direct(name)), default=0)


@given(dags(), st.data())
def test_a_subset_keeps_order_and_who_waits_for_whom(dag: Dag, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(dag.names)))
    part = dag.subset(chosen)
    assert part.order() == tuple(name for name in dag.order() if name in chosen)
    for name in chosen:
        assert part.ancestors(name) == dag.ancestors(name) & chosen


@given(dags(), st.data())
def test_closing_an_edge_backwards_makes_a_cycle_that_is_named_whole(dag: Dag, data: st.DataObject) -> None:
    assert find_cycle(dag.names, dag.dependencies) is None
    name = data.draw(st.sampled_from(dag.names))
    above = data.draw(st.sampled_from(sorted({name, *dag.ancestors(name)})))
    edges = {**dag.dependencies, above: (*dag.direct(above), name)}
    cycle = find_cycle(dag.names, edges)
    assert cycle is not None
    assert cycle[0] == cycle[-1]
    assert cycle[0] == min(cycle, key=dag.names.index)
    assert len(set(cycle)) == len(cycle) - 1
    assert all(needed in edges[one] for one, needed in pairwise(cycle))


@given(dags(), st.data())
def test_selecting_is_union_less_what_is_taken_away(dag: Dag, data: st.DataObject) -> None:
    names = st.sampled_from(dag.names)
    wanted = data.draw(st.lists(names, min_size=1))
    taken = (
        data.draw(st.lists(names.filter(lambda name: name not in wanted))) if len(dag.names) > len(set(wanted)) else []
    )
    up, down = data.draw(st.sampled_from(["", "+"])), data.draw(st.sampled_from(["", "+"]))
    expected = set(wanted)
    expected |= dag.ancestors(*wanted) if up else set()
    expected |= dag.descendants(*wanted) if down else set()
    selectors = data.draw(st.permutations([f"{up}{name}{down}" for name in wanted] + [f"!{name}" for name in taken]))
    assert select(dag, selectors, {}, lambda _: ()) == tuple(
        name for name in dag.order() if name in expected and name not in taken
    )
