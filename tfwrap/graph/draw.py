"""The graph to look at: tree, Mermaid, Graphviz, SVG, JSON. Text out; prints nothing, starts no program.

Arrows go the way things are applied: from a unit to those that come after it. `kinds` colours what a plan changes.
"""

from __future__ import annotations

from typing import Any

from tfwrap.graph.dag import Dag
from tfwrap.graph.marks import COLOURS, INK, Kinds
from tfwrap.graph.svg import svg

__all__ = ["dot", "json_document", "mermaid", "svg", "tree"]

# Mermaid reads entities between # and ; and Markdown between backticks.
_MERMAID = {ord(character): f"#{ord(character)};" for character in '#"`<>&\\\n'}
_DOT = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n"}


def tree(dag: Dag) -> str:
    """Below each unit those that come after it. One with several before it is unfolded where it is first met."""
    lines: list[str] = []
    met: set[str] = set()
    children = {name: dag.after(name) for name in dag.names}
    roots = [name for name in dag.order() if not dag.direct(name)]
    # A stack, not recursion: (name, what stands before it, what stands before its children).
    stack = [(name, "", "") for name in reversed(roots)]
    while stack:
        name, lead, indent = stack.pop()
        again = name in met and bool(children[name])
        lines.append(f"{lead}{name}{' (see above)' if again else ''}")
        if name in met:
            continue
        met.add(name)
        below = children[name]
        for index in range(len(below) - 1, -1, -1):
            last = index == len(below) - 1
            branch, bar = ("└── ", "    ") if last else ("├── ", "│   ")
            stack.append((below[index], indent + branch, indent + bar))
    return "".join(f"{line}\n" for line in lines)


def mermaid(dag: Dag, kinds: Kinds | None = None) -> str:
    ids = {name: f"u{index}" for index, name in enumerate(dag.order())}
    lines = ["graph LR"]
    lines += [f'  {key}["{name.translate(_MERMAID)}"]' for name, key in ids.items()]
    lines += [f"  {ids[needed]} --> {ids[name]}" for name in ids for needed in dag.direct(name)]
    for kind, colour in COLOURS.items():
        named = [ids[name] for name in ids if (kinds or {}).get(name) == kind]
        if named:
            lines.append(f"  classDef {kind} fill:{colour.fill},stroke:{colour.stroke},color:{INK}")
            lines.append(f"  class {','.join(named)} {kind}")
    return "".join(f"{line}\n" for line in lines)


def dot(dag: Dag, kinds: Kinds | None = None) -> str:
    quoted = {name: f'"{name.translate(_DOT)}"' for name in dag.order()}
    lines = ["digraph units {", "  rankdir=LR;", "  node [shape=box];"]
    for name, text in quoted.items():
        kind = (kinds or {}).get(name)
        look = f' [style=filled, fillcolor="{COLOURS[kind].fill}", color="{COLOURS[kind].stroke}"]' if kind else ""
        lines.append(f"  {text}{look};")
    lines += [f"  {quoted[needed]} -> {quoted[name]};" for name in quoted for needed in dag.direct(name)]
    return "".join(f"{line}\n" for line in [*lines, "}"])


def json_document(environment: str, dag: Dag, tags: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Contract §6: layer 0 first, within a layer in graph order."""
    layers = dag.layers()
    units = [
        {"name": name, "after": list(dag.direct(name)), "tags": list(tags.get(name, ())), "layer": layers[name]}
        for name in sorted(layers, key=lambda name: layers[name])
    ]
    return {"version": 1, "env": environment, "units": units}
