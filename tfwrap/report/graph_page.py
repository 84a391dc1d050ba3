"""`tfwrap graph --format html`: the graph on a page of its own, to search and to follow."""

from __future__ import annotations

from collections.abc import Mapping

from tfwrap.graph.dag import Dag
from tfwrap.graph.marks import Kind, Kinds
from tfwrap.report.line import Style
from tfwrap.report.page import graph_svg, render
from tfwrap.report.words import amount

_STYLES: Mapping[Kind, Style] = {"changed": "good", "loses": "bad", "waits": "changed", "failed": "bad"}


def graph_page(environment: str, dag: Dag, kinds: Kinds | None = None) -> str:
    after = {name: dag.direct(name) for name in dag.names}
    links = {name: f"#unit-{name}" for name in after}
    classes = {name: f"style-{_STYLES[kind]}" for name, kind in (kinds or {}).items()}
    graph = graph_svg(after, classes, links, kinds)
    data = {"title": f"tfwrap graph {environment}", "graph": graph, "count": amount(len(after), "unit")}
    return render("graph.html.j2", {**data, "coloured": bool(kinds)})
