"""`tfwrap graph --format html`: the graph on a page of its own, to search and to follow."""

from __future__ import annotations

from tfwrap.graph.dag import Dag
from tfwrap.report.page import graph_svg, render


def graph_page(environment: str, dag: Dag) -> str:
    after = {name: dag.direct(name) for name in dag.names}
    links = {name: f"#unit-{name}" for name in after}
    graph = graph_svg(after, {}, links)
    return render("graph.html.j2", {"title": f"tfwrap graph {environment}", "graph": graph, "count": len(after)})
