"""`--report FILE.html`: one page for reviewers that needs no network and no server; everything on it is escaped.

Made here as data; the template turns it into HTML that can be read without its script, which only adds search,
keys and a choice of colours. Only the page's own style and script are allowed to run, by their digests.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Problem
from tfwrap.graph.dag import Dag
from tfwrap.graph.marks import Kinds
from tfwrap.graph.svg import Marks, svg
from tfwrap.plan.summary import losses_first
from tfwrap.report.changes import change_block, output_lines
from tfwrap.report.line import Line
from tfwrap.report.outcome import outcome_style, result_in_words, said, why
from tfwrap.report.page_timings import timings_svg
from tfwrap.report.problems import in_order
from tfwrap.report.side_by_side import Row, side_by_side
from tfwrap.report.table import rows, totals
from tfwrap.report.text import loss_lines
from tfwrap.report.words import duration, printable, relative
from tfwrap.run.record import FileChange, RunRecord, UnitRecord

MOST_LINES = 2000  # of one resource or file; a browser should stay quick

_SIGNS = {"create": "+", "update": "~", "replace": "-/+", "delete": "-", "forget": "~", "no-op": "~", "read": "~"}


@dataclass(frozen=True)
class Part:
    """A resource, or the outputs: what stands under a heading of its own."""

    id: str
    action: str
    sign: str
    name: str
    about: str
    lines: tuple[Line, ...]
    more: int


@dataclass(frozen=True)
class File:
    id: str
    path: str
    kind: str
    rows: list[Row]
    more: int


def page(record: RunRecord) -> str:
    """The whole page."""
    return render("page.html.j2", _data(record))


def render(template: str, data: dict[str, Any]) -> str:
    """One of the templates beside this file, with the style and script that belong to every page."""
    style, script = asset("page.css"), asset("page.js")
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'"
    text: str = _environment().get_template(template).render(style=style, script=script, policy=policy, **data)
    return text


@cache
def asset(name: str) -> str:
    return resources.files("tfwrap.report").joinpath("assets", name).read_text(encoding="utf-8")


def graph_svg(
    after: dict[str, tuple[str, ...]], classes: dict[str, str], links: dict[str, str], kinds: Kinds | None = None
) -> str:
    dag = Dag(tuple(after), {name: tuple(one for one in needed if one in after) for name, needed in after.items()})
    return svg(dag, kinds, marks=Marks(classes, links))


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _environment() -> Any:
    from jinja2 import DictLoader, Environment, StrictUndefined

    templates = DictLoader({name: asset(name) for name in ("page.html.j2", "graph.html.j2")})
    return Environment(
        loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _data(record: RunRecord) -> dict[str, Any]:
    links = {unit.name: f"#unit-{unit.name}" for unit in record.units}
    after = record.after or {unit.name: () for unit in record.units}
    classes = dict.fromkeys(after, "unselected") | {unit.name: _class(unit, record) for unit in record.units}
    header, table = rows(record)
    return {
        "title": f"tfwrap {record.command} {record.environment}",
        "record": record,
        "losses": [line.text for line in loss_lines(record) if line.text],
        "totals": totals(record) if record.units else "",
        "graph": graph_svg(after, classes, links) if after else "",
        "header": header,
        "table": table,
        "units": [_unit(unit, record) for unit in record.units],
        "files": [_file(change) for change in record.files or () if change.unit not in links],
        "git": record.files is not None,
        "timings": timings_svg({unit.name: unit.seconds for unit in record.units}),
        "problems": _problems(record),
    }


def _class(unit: UnitRecord, record: RunRecord) -> str:
    return f"{unit.result or 'interrupted'} style-{outcome_style(unit, record.command)}"


def _unit(unit: UnitRecord, record: RunRecord) -> dict[str, Any]:
    reason = why(unit) if unit.result not in ("changed", "unchanged", "applied", "destroyed") else None
    parts = _parts(unit, record)
    files = [_file(change) for change in record.files or () if change.unit == unit.name]
    return {
        "name": unit.name,
        "classes": _class(unit, record),
        "result": result_in_words(unit),
        "plan_class": unit.plan_class,
        "words": printable(reason or said(unit, record.command) or ""),
        "after": record.after.get(unit.name, ()),
        "seconds": duration(unit.seconds.get("total", sum(unit.seconds.values()))) if unit.seconds else "",
        "log": relative(unit.log, record.root) if unit.log else None,
        "parts": parts,
        "files": files,
        "problems": len(unit.problems),
        "open": bool(parts or unit.problems),
    }


def _parts(unit: UnitRecord, record: RunRecord) -> list[Part]:
    if unit.plan is None or unit.result not in ("changed", "applied", "destroyed", "unchanged", "needs_replan"):
        return []
    changes = unit.plan.drift if record.command == "drift" else unit.plan.changes
    parts = []
    for change in losses_first(changes):
        block = change_block(change)
        key = f"unit-{unit.name}--{block.address}"
        parts.append(_part(key, block.action, _SIGNS[block.action], block.address, block.about, block.details))
    outputs = tuple(output_lines(unit.plan)) if record.command != "drift" else ()
    if outputs:
        parts.append(_part(f"unit-{unit.name}--outputs", "outputs", "", "outputs", "", outputs))
    return parts


def _part(key: str, action: str, sign: str, name: str, about: str, lines: tuple[Line, ...]) -> Part:
    return Part(key, action, sign, name, about, lines[:MOST_LINES], max(len(lines) - MOST_LINES, 0))


def _file(change: FileChange) -> File:
    found = side_by_side(change.before, change.after)
    kind = "new" if change.before is None else "deleted" if change.after is None else "changed"
    return File(f"file-{change.name}", change.name, kind, found[:MOST_LINES], max(len(found) - MOST_LINES, 0))


def _problems(record: RunRecord) -> list[dict[str, Any]]:
    """Of the run, then of the units; each knows where it belongs."""
    owned: list[tuple[str | None, Problem]] = [(None, problem) for problem in in_order(record.problems)]
    owned += [(unit.name, problem) for unit in record.units for problem in unit.problems]
    return [
        {
            "unit": unit,
            "code": problem.code,
            "severity": problem.severity,
            "message": _multiline(problem.message),
            "place": _place(problem.location.file, problem.location.line, problem.location.column, record.root)
            if problem.location
            else None,
            "hint": _multiline(problem.hint) if problem.hint else None,
        }
        for unit, problem in owned
    ]


def _multiline(text: str) -> str:
    return "\n".join(printable(line) for line in text.splitlines())


def _place(file: Path, line: int, column: int, root: Path) -> str:
    return f"{relative(file, root)}:{line}:{column}"
