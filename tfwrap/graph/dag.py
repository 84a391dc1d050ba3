"""Names and what each comes after: order, layers, ancestors, descendants, cycles.

Knows no units, no Terraform. Nothing here recurses, so a chain of thousands is fine.
"""

from __future__ import annotations

import graphlib
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property


def find_cycle(names: Iterable[str], dependencies: Mapping[str, Iterable[str]]) -> tuple[str, ...] | None:
    """One whole cycle from its first declared name, `("a", "b", "a")` for a needs b needs a; or None."""
    rank = {name: index for index, name in enumerate(names)}
    sorter = graphlib.TopologicalSorter({name: tuple(dependencies.get(name, ())) for name in rank})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        path: list[str] = error.args[1]
        ring = path[:0:-1]  # graphlib lists dependencies before dependents and the first name twice
        start = min(range(len(ring)), key=lambda index: rank.get(ring[index], len(rank)))
        ring = ring[start:] + ring[:start]
        return (*ring, ring[0])
    return None


@dataclass(frozen=True)
class Dag:
    """`names` in declared order; `dependencies[name]` are the names that come before it."""

    names: tuple[str, ...]
    dependencies: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        known = set(self.names)
        for name, needed in self.dependencies.items():
            if unknown := {name, *needed} - known:
                raise ValueError(f"not in the graph: {', '.join(sorted(unknown))}")

    def order(self) -> tuple[str, ...]:
        """Dependencies first; of the names that are ready, the one declared first."""
        return self._order

    def layers(self) -> dict[str, int]:
        """How deep each name stands, in graph order: 0 needs nothing, n needs something of layer n - 1."""
        depths: dict[str, int] = {}
        for name in self._order:
            depths[name] = max((depths[needed] + 1 for needed in self.direct(name)), default=0)
        return depths

    def direct(self, name: str) -> tuple[str, ...]:
        """What `name` itself comes after."""
        return tuple(self.dependencies.get(name, ()))

    def after(self, name: str) -> tuple[str, ...]:
        """What comes directly after `name`."""
        return self._dependents[name]

    def ancestors(self, *names: str) -> frozenset[str]:
        """Everything that one of `names` needs, however far up."""
        return _reach(names, self.dependencies)

    def descendants(self, *names: str) -> frozenset[str]:
        """Everything that needs one of `names`, however far down."""
        return _reach(names, self._dependents)

    def reversed(self) -> Dag:
        """The graph of destroying: every edge turned round, and its order is exactly this one backwards."""
        return Dag(self._order[::-1], self._dependents)

    def subset(self, names: Iterable[str]) -> Dag:
        """Only `names`, in the same order; what was needed through a name left out is needed directly."""
        chosen = set(names)
        nearest: dict[str, tuple[str, ...]] = {}
        for name in self._order:
            found = ((needed,) if needed in chosen else nearest[needed] for needed in self.direct(name))
            nearest[name] = tuple(dict.fromkeys(one for many in found for one in many))
        kept = tuple(name for name in self._order if name in chosen)
        return Dag(kept, {name: nearest[name] for name in kept})

    @cached_property
    def _dependents(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {name: [] for name in self.names}
        for name in self.names:
            for needed in dict.fromkeys(self.direct(name)):
                found[needed].append(name)
        return {name: tuple(dependents) for name, dependents in found.items()}

    @cached_property
    def _order(self) -> tuple[str, ...]:
        rank = {name: index for index, name in enumerate(self.names)}
        waiting = {name: len(set(self.direct(name))) for name in self.names}
        ready = [rank[name] for name, count in waiting.items() if count == 0]
        heapq.heapify(ready)
        done: list[str] = []
        while ready:
            name = self.names[heapq.heappop(ready)]
            done.append(name)
            for dependent in self._dependents[name]:
                waiting[dependent] -= 1
                if waiting[dependent] == 0:
                    heapq.heappush(ready, rank[dependent])
        if len(done) < len(self.names):
            cycle = find_cycle(self.names, self.dependencies) or ()
            raise ValueError(f"dependency cycle: {' -> '.join(cycle)}")
        return tuple(done)


def _reach(names: Iterable[str], edges: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found: set[str] = set()
    todo = [step for name in names for step in edges.get(name, ())]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(edges.get(name, ()))
    return frozenset(found)
