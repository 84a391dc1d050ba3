"""Ten times the units cost ten times the work: counted in lines of tfwrap and calls of anything else, not in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from kit.work import compare, work_of
from test_run_model import Case, World

from tfwrap.graph.dag import Dag
from tfwrap.graph.draw import mermaid
from tfwrap.graph.select import select

FEW, MANY = 16, 160
SELECTORS: dict[str, Callable[[Dag], list[str]]] = {
    "all": lambda _: [],
    "globs": lambda _: ["u1*", "!*5", "+u*9+"],
    "tags": lambda _: ["tag:t3", "+tag:t1", "!tag:t2+"],
    "every second name": lambda dag: list(dag.names[::2]),
}


def chains(count: int) -> tuple[tuple[int, ...], ...]:
    """Ten chains, whose heads all need the first unit."""
    length = count // 10
    return tuple(() if index == 0 else (index - 1,) if index % length else (0,) for index in range(count))


def fan(count: int) -> tuple[tuple[int, ...], ...]:
    """One that all the others need."""
    return tuple((0,) if index else () for index in range(count))


def dag_of(needs: tuple[tuple[int, ...], ...]) -> Dag:
    names = tuple(f"u{index}" for index in range(len(needs)))
    return Dag(names, {f"u{index}": tuple(f"u{one}" for one in some) for index, some in enumerate(needs)})


@pytest.mark.parametrize("shape", [chains, fan])
def test_graphs(shape: Callable[[int], tuple[tuple[int, ...], ...]]) -> None:
    def everything(count: int) -> int:
        dag = dag_of(shape(count))

        def run() -> None:
            dag.order()
            dag.layers()
            dag.reversed().order()
            dag.subset(dag.names[::3]).layers()
            dag.ancestors(*dag.names)
            dag.descendants(*dag.names)
            mermaid(dag)

        return work_of(run)

    compare(everything(FEW), everything(MANY), least=FEW)


@pytest.mark.parametrize("selectors", SELECTORS.values(), ids=SELECTORS)
def test_selections(selectors: Callable[[Dag], list[str]]) -> None:
    def selecting(count: int) -> int:
        dag = dag_of(chains(count))
        tags = {name: (f"t{index % 5}",) for index, name in enumerate(dag.names)}
        return work_of(lambda: select(dag, selectors(dag), tags, lambda _: ()))

    compare(selecting(FEW), selecting(MANY), least=FEW)


def test_settings_files_plans_and_applies(tmp_path: Path) -> None:
    def running(count: int) -> list[int]:
        texts = ("a",) * count
        case = Case(chains(count), texts, texts, frozenset(), frozenset(), 4, stop=False)
        world = World(tmp_path / str(count), case)
        return [
            work_of(lambda: world.session(texts, "plan")),
            work_of(lambda: world.plan(texts)),
            work_of(lambda: world.apply(texts)),
            work_of(lambda: world.plan(texts)),
        ]

    for few, many in zip(running(FEW), running(MANY), strict=True):
        compare(few, many, least=FEW)
