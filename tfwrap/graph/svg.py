"""The graph as SVG: one column per layer, few crossings, dark and light. An own small layout, no program needed.

Sugiyama's way: an edge over several layers gets a point in each, neighbours' middles sort the columns, then
heights are settled. Units without any edge stand in a grid below.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tfwrap.graph.dag import Dag
from tfwrap.graph.marks import COLOURS, WORDS, Kinds

_CHARACTER, _PADDING, _BOX, _ROW, _BEND, _GAP, _MARGIN = 7.3, 10.0, 24.0, 36.0, 14.0, 70.0, 16.0
_SWEEPS = 8
_GRID = 6
_STYLE = (
    "text{font:12px ui-monospace,monospace;fill:#1f2328}rect{fill:#f6f8fa;stroke:#59636e}"
    "path{fill:none;stroke:#818b98}.back{fill:#fff;stroke:none}"
    "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}rect{fill:#212830;stroke:#9198a1}"
    "path{stroke:#656c76}.back{fill:#0d1117}}"
)
_ARROW = (
    '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path d="M1 1 7 4 1 7"/></marker></defs>'
)

Point = tuple[str, str, int]  # where an edge (from, to) passes a layer
Node = Point | str


@dataclass
class _Layout:
    columns: list[list[Node]]
    before: dict[Node, list[Node]] = field(default_factory=dict)
    behind: dict[Node, list[Node]] = field(default_factory=dict)
    height: dict[Node, float] = field(default_factory=dict)

    def join(self, one: Node, other: Node) -> None:
        self.behind.setdefault(one, []).append(other)
        self.before.setdefault(other, []).append(one)


@dataclass(frozen=True)
class Marks:
    """For a page that brings its own style: what class a unit's box gets, and where a click on it leads."""

    classes: Mapping[str, str]
    links: Mapping[str, str]


def svg(dag: Dag, kinds: Kinds | None = None, *, marks: Marks | None = None) -> str:
    """A picture for itself, coloured by `kinds`; with `marks` one for inside a page, without a style of its own."""
    joined = {name for name in dag.order() if dag.direct(name) or dag.after(name)}
    alone = [name for name in dag.order() if name not in joined]
    layout = _columns(dag, joined)
    _sort(layout)
    _settle(layout)
    return _write(dag, layout, alone, marks, kinds or {})


def _columns(dag: Dag, joined: set[str]) -> _Layout:
    depth = {name: layer for name, layer in dag.layers().items() if name in joined}
    layout = _Layout([[] for _ in range(max(depth.values(), default=-1) + 1)])
    for name, layer in depth.items():
        layout.columns[layer].append(name)
    for name in depth:
        for needed in dag.direct(name):
            last: Node = needed
            for point in _points(depth, needed, name):
                layout.columns[point[2]].append(point)
                layout.join(last, point)
                last = point
            layout.join(last, name)
    return layout


def _points(depth: Mapping[str, int], needed: str, name: str) -> list[Point]:
    return [(needed, name, between) for between in range(depth[needed] + 1, depth[name])]


def _sort(layout: _Layout) -> None:
    """Each column by the middle of its neighbours, to and fro."""
    place = {node: index for column in layout.columns for index, node in enumerate(column)}
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        neighbours = layout.before if forth else layout.behind
        for column in layout.columns if forth else reversed(layout.columns):
            column.sort(key=lambda node: _middle([place[one] for one in neighbours.get(node, ())], place[node]))
            place.update({node: index for index, node in enumerate(column)})


def _settle(layout: _Layout) -> None:
    """Heights: near the neighbours' middle, in the column's order, never closer than boxes allow."""
    for column in layout.columns:
        layout.height.update(dict(zip(column, _spread([0.0] * len(column), column), strict=True)))
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        neighbours = layout.before if forth else layout.behind
        for column in layout.columns if forth else reversed(layout.columns):
            wishes = [
                _middle([layout.height[one] for one in neighbours.get(node, ())], layout.height[node])
                for node in column
            ]
            layout.height.update(dict(zip(column, _spread(wishes, column), strict=True)))


def _spread(wishes: Sequence[float], column: Sequence[Node]) -> list[float]:
    """The heights nearest to `wishes` (least squares) that keep the order and the distances."""
    offsets = [0.0]
    for one, other in pairwise(column):
        offsets.append(offsets[-1] + (_room(one) + _room(other)) / 2)
    blocks: list[tuple[float, int]] = []  # mean and size of runs that are pressed together
    for wish, offset in zip(wishes, offsets, strict=False):
        mean, size = wish - offset, 1
        while blocks and blocks[-1][0] > mean:
            above, count = blocks.pop()
            mean, size = (above * count + mean * size) / (count + size), count + size
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]


def _write(dag: Dag, layout: _Layout, alone: Sequence[str], marks: Marks | None, kinds: Kinds) -> str:
    top = min(layout.height.values(), default=0.0) - _BOX / 2 - _MARGIN
    y = {node: height - top for node, height in layout.height.items()}
    left = _MARGIN
    x: dict[Node, tuple[float, float]] = {}  # where a node begins and ends
    for column in layout.columns:
        width = max(_width(node) for node in column)
        x |= {node: (left, left + _width(node) if isinstance(node, str) else left + width) for node in column}
        left += width + _GAP
    bottom = max(y.values(), default=0.0) + (_ROW if y else _MARGIN + _BOX / 2)
    cell = max((_width(name) for name in alone), default=0.0) + _MARGIN
    for index, name in enumerate(alone):
        begin = _MARGIN + index % _GRID * cell
        x[name], y[name] = (begin, begin + _width(name)), bottom + index // _GRID * _ROW
    wide = max((end for _, end in x.values()), default=0.0) + _MARGIN
    high = max(y.values(), default=0.0) + _BOX / 2 + _MARGIN
    size = f'width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="{"group" if marks else "img"}">',
        *([] if marks else [f"<style>{_STYLE}{_colours(kinds)}</style>"]),
        _ARROW,
        '<rect class="back" width="100%" height="100%"/>',
    ]
    depth = dag.layers()
    lines += [
        f'<path d="{_curve((needed, *_points(depth, needed, name), name), x, y)}" marker-end="url(#to)"'
        f"{_between(needed, name) if marks else ''}/>"
        for name in dag.order()
        for needed in dag.direct(name)
    ]
    lines += [_box(dag, name, x[name], y[name], marks, kinds) for name in dag.order()]
    return "".join(f"{line}\n" for line in [*lines, "</svg>"])


def _curve(points: Sequence[Node], x: Mapping[Node, tuple[float, float]], y: Mapping[Node, float]) -> str:
    text = f"M{x[points[0]][1]:.1f} {y[points[0]]:.1f}"
    for one, other in pairwise(points):
        (_, start), (begin, end) = x[one], x[other]
        bend = (start + begin) / 2
        text += f"C{bend:.1f} {y[one]:.1f} {bend:.1f} {y[other]:.1f} {begin:.1f} {y[other]:.1f}"
        text += "" if isinstance(other, str) else f"H{end:.1f}"
    return text


def _between(needed: str, name: str) -> str:
    return f' data-from="{_escape(needed)}" data-to="{_escape(name)}"'


def _colours(kinds: Kinds) -> str:
    used = {kind: colour for kind, colour in COLOURS.items() if kind in kinds.values()}
    light = "".join(f".{kind} rect{{fill:{one.fill};stroke:{one.stroke}}}" for kind, one in used.items())
    dark = "".join(f".{kind} rect{{fill:{one.dark_fill};stroke:{one.dark_stroke}}}" for kind, one in used.items())
    return f"{light}@media(prefers-color-scheme:dark){{{dark}}}" if used else ""


def _box(dag: Dag, name: str, ends: tuple[float, float], middle: float, marks: Marks | None, kinds: Kinds) -> str:
    (left, right), needed, said = ends, dag.direct(name), kinds.get(name)
    title = f"{name}, after {', '.join(needed)}" if needed else name
    title += f": {WORDS[said]}" if said else ""
    place = f'x="{left:.1f}" y="{middle - _BOX / 2:.1f}" width="{right - left:.1f}" height="{_BOX:.0f}"'
    text = f'<text x="{left + _PADDING:.1f}" y="{middle + 4:.1f}">{_escape(name)}</text>'
    if marks is None:
        look = f' class="{said}"' if said else ""
        return f'<g{look}><title>{_escape(title)}</title><rect {place} rx="5"/>{text}</g>'
    kind, link = _escape(marks.classes.get(name, "")), marks.links.get(name)
    group = f'<g class="unit {kind}" data-unit="{_escape(name)}"><title>{_escape(title)}</title>'
    inside = f'<rect {place} rx="5"/>{text}'
    return f'{group}<a href="{_escape(link)}">{inside}</a></g>' if link else f"{group}{inside}</g>"


def _escape(text: str) -> str:
    """XML has no way at all to write control characters."""
    return html.escape(re.sub(r"[\x00-\x1f\x7f\ufffe\uffff]", "\ufffd", text))


def _width(node: Node) -> float:
    return len(node) * _CHARACTER + 2 * _PADDING if isinstance(node, str) else 0.0


def _room(node: Node) -> float:
    return _ROW if isinstance(node, str) else _BEND


def _middle(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
