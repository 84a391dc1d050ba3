"""The report as Markdown: the table, the lines of the terminal inside a diff fence, the graph as Mermaid.

Whatever a plan says stays text: it cannot close the fence, mention people, or be HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tfwrap.graph.dag import Dag
from tfwrap.graph.draw import mermaid
from tfwrap.graph.marks import Kind
from tfwrap.report.line import Line
from tfwrap.report.problems import render_problems
from tfwrap.report.table import rows, totals, unit_counts
from tfwrap.report.text import blocks, loss_lines
from tfwrap.report.words import printable
from tfwrap.run.record import RunRecord, UnitRecord

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_MENTION = re.compile(r"@(?=\w)")
_FENCE = re.compile(r"`{3,}")
_NOT_SEEN = "\u200b"  # zero width space: `@` and the name do not meet


def markdown(record: RunRecord) -> str:
    parts = [f"### tfwrap {record.command} {plain(record.environment)}"]
    parts += [f"**{plain(line.text)}**" for line in loss_lines(record) if line.text]
    if record.units:
        parts.append(_table(record))
    lines = [line for block in blocks(record) for line in (block.headline, *block.details, Line())]
    if lines:
        parts.append(fenced(lines[:-1]))
    if any(record.after.values()):
        parts.append(f"<details><summary>Graph</summary>\n\n{_graph(record)}\n\n</details>")
    if record.problems:
        parts.append(fenced(render_problems(record.problems, root=record.root)))
    if record.units:
        parts.append(plain(totals(record)))
    if record.next_command:
        parts.append(f"Next: `{record.next_command}`")
    return "\n\n".join(part for part in parts if part) + "\n"


def _graph(record: RunRecord) -> str:
    """Drawn by GitHub, GitLab and Gitea; units that were not selected have no colour."""
    kinds = {unit.name: kind for unit in record.units if (kind := _kind(unit, record))}
    known = {name: tuple(one for one in needed if one in record.after) for name, needed in record.after.items()}
    dag = Dag(tuple(known), known)
    return fenced(map(Line, mermaid(dag, kinds).splitlines()), "mermaid")


def _kind(unit: UnitRecord, record: RunRecord) -> Kind | None:
    if unit.result == "failed":
        return "failed"
    if unit.result in ("blocked", "deferred", "interrupted", "needs_replan", None):
        return "waits"
    if unit_counts(unit, record.command).destroy:
        return "loses"
    return "changed" if unit.result in ("changed", "applied", "destroyed") else None


def fenced(lines: Iterable[Line], language: str = "diff") -> str:
    """`lines` in a fence longer than any inside."""
    text = "\n".join(line.text.rstrip() for line in lines)
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def plain(text: str) -> str:
    """`text` for outside of a fence."""
    return _MENTION.sub(f"@{_NOT_SEEN}", _SPECIAL.sub(r"\\\1", printable(text).replace("&", "&amp;")))


def _table(record: RunRecord) -> str:
    header, body = rows(record)
    lines = [header, tuple(":--" if index == 0 else "--:" for index in range(len(header)))]
    texts = [*lines, *(tuple(plain(cell) for cell in row.cells) for row in body)]
    return "\n".join(f"| {' | '.join(text)} |" for text in texts)
