"""Circles among units, before there is a graph to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def find_cycles(edges: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Circles as `(a, b, a)`, each from its first-declared unit on; every unit is in at most one of them.

    One walk in depth, so the cost is linear; without recursion, so a long chain is no problem.
    """
    found: list[tuple[str, ...]] = []
    told: set[str] = set()
    done: set[str] = set()
    order = {name: index for index, name in enumerate(edges)}
    for root in edges:
        if root in done:
            continue
        trail: dict[str, Iterator[str]] = {root: iter(edges[root])}
        while trail:
            name = next(reversed(trail))
            following = next(trail[name], None)
            if following is None:
                done.add(name)
                trail.pop(name)
            elif following in trail:
                circle = _from(list(trail), following, order)
                if told.isdisjoint(circle):
                    found.append((*circle, circle[0]))
                    told.update(circle)
            elif following in edges and following not in done:
                trail[following] = iter(edges[following])
    return found


def _from(trail: list[str], start: str, order: Mapping[str, int]) -> list[str]:
    circle = trail[trail.index(start) :]
    first = circle.index(min(circle, key=order.__getitem__))
    return circle[first:] + circle[:first]
