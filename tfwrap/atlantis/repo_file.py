"""atlantis.yaml with our projects brought up to date: lines are replaced, everything else stays as it was, to the byte.

Ours are the projects with `workflow: tfwrap` below this project's folder of environments. Other projects, other keys,
comments and their order belong to people. Text in, text out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfwrap.atlantis.server_config import WORKFLOW
from tfwrap.atlantis.yaml_text import item_lines, scalar
from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.settings.document import Document

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

HEADER = f"""\
# Projects with `workflow: {WORKFLOW}` are written by `tfwrap atlantis generate`; all else in this file is yours.
version: 3
"""
# What the order of units rests on: groups are kept only where plans and applies run in parallel.
SWITCHES: Mapping[str, Any] = {
    "parallel_plan": True,
    "parallel_apply": True,
    "abort_on_execution_order_fail": True,
}


@dataclass(frozen=True)
class Lines:
    """Lines `first` to `last` (not included) of a text, counted from 0."""

    first: int
    last: int


def is_ours(entry: Any, live: str) -> bool:
    """Whether tfwrap wrote this project. `live` is the folder of the environments, relative to the repository."""
    if not isinstance(entry, Mapping) or entry.get("workflow") != WORKFLOW:
        return False
    return str(entry.get("dir", "")).startswith(f"{live}/")


def update(document: Document | None, text: str, entries: Sequence[Mapping[str, Any]], live: str) -> str:
    """The whole text with `entries` in it. `document` is what `text` says, None if there is no file yet."""
    data = document.data if document is not None else {}
    if up_to_date(data, entries, live):
        return text
    if document is not None:
        _refuse_taken_names(document, entries, live)
    text = text or HEADER
    lines = text.splitlines()
    root = _root(text)
    edits: list[tuple[Lines, list[str]]] = []
    if root is not None:
        _edit_projects(document, root, lines, entries, live, edits)
        for key, value in SWITCHES.items():
            place = _value_lines(root, key)
            if place is not None and data.get(key) is not value:
                edits.append((place, [f"{key}: {scalar(value)}"]))
        place = _value_lines(root, "autodiscover")
        if place is not None and (data.get("autodiscover") or {}).get("mode") != "disabled":
            edits.append((place, _autodiscover()))
    for place, new in sorted(edits, key=lambda edit: (edit[0].first, edit[0].last), reverse=True):
        lines[place.first : place.last] = new
    return "\n".join([*lines, *_missing(data, entries)]) + "\n"


def up_to_date(data: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], live: str) -> bool:
    """Whether the file says what it should, however it is written."""
    there = [entry for entry in data.get("projects") or () if is_ours(entry, live)]
    by_name = {entry.get("name"): entry for entry in there}
    switches = all(data.get(key) is value for key, value in SWITCHES.items())
    discovers = (data.get("autodiscover") or {}).get("mode") != "disabled"
    if not switches or discovers or [entry.get("name") for entry in there] != [one["name"] for one in entries]:
        return False
    return all(_same(by_name[one["name"]], one) for one in entries)


def _same(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    managed = {key: there.get(key) for key in there if key in (*wanted, "depends_on", "apply_requirements")}
    return managed == dict(wanted)


def _missing(data: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Top-level keys that the file does not have yet, in the order people expect them."""
    lines = [f"{key}: {scalar(value)}" for key, value in SWITCHES.items() if key not in data]
    if "autodiscover" not in data:
        lines += _autodiscover()
    if not data.get("projects") and entries:
        lines += ["projects:", *_items(entries, 2)]
    return lines


def _autodiscover() -> list[str]:
    return ["autodiscover: {mode: disabled}"]


def _edit_projects(
    document: Document | None,
    root: MappingNode,
    lines: list[str],
    entries: Sequence[Mapping[str, Any]],
    live: str,
    edits: list[tuple[Lines, list[str]]],
) -> None:
    """Ours are replaced where the first of them stood (else after the last project), in graph order."""
    found = next((value for key, value in root.value if key.value == "projects"), None)
    if found is None or document is None or not (data := document.data.get("projects")):
        if found is not None:
            edits.append((_value_lines_of(root, "projects"), []))
        return
    items: SequenceNode = found
    if items.flow_style:
        place = Location(Path(document.path), items.start_mark.line + 1, items.start_mark.column + 1)
        hint = "write one project per `- ` line; tfwrap replaces whole lines"
        raise SettingsFailure(Problem("E705", "projects is written in one line [...]", place, hint))
    indent = items.start_mark.column
    ranges = [Lines(item.start_mark.line, _end(item)) for item in items.value]
    ours = [index for index, entry in enumerate(data) if is_ours(entry, live)]
    kept = {data[index].get("name"): _own_keys(items.value[index], lines, entries) for index in ours}
    new = _items(entries, indent, kept)
    edits.extend((ranges[index], []) for index in ours[1:])
    if ours:
        edits.append((ranges[ours[0]], new))
    else:
        edits.append((Lines(ranges[-1].last, ranges[-1].last), new))


def _items(
    entries: Sequence[Mapping[str, Any]], indent: int, kept: Mapping[Any, Sequence[str]] | None = None
) -> list[str]:
    return [
        " " * indent + line
        for entry in entries
        for line in (*item_lines(entry), *(f"  {own}" for own in (kept or {}).get(entry["name"], ())))
    ]


def _own_keys(item: MappingNode, lines: list[str], entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys that somebody added to a project of ours, such as `branch`: they stay."""
    managed = {key for entry in entries for key in entry} | {"depends_on", "apply_requirements"}
    own: list[str] = []
    for key, value in item.value:
        if key.value not in managed:
            first, column = key.start_mark.line, key.start_mark.column
            own += [lines[number][column:] for number in range(first, _end(value))]
    return own


def _refuse_taken_names(document: Document, entries: Sequence[Mapping[str, Any]], live: str) -> None:
    names = {entry["name"] for entry in entries}
    taken = [
        Problem(
            "E701",
            f"the project {entry['name']} is not tfwrap's, but has the name of one that tfwrap writes",
            document.location(("projects", index, "name")),
            f"rename it, or let it have workflow: {WORKFLOW}",
        )
        for index, entry in enumerate(document.data.get("projects") or ())
        if isinstance(entry, Mapping) and entry.get("name") in names and not is_ours(entry, live)
    ]
    if taken:
        raise SettingsFailure(taken)


def _root(text: str) -> MappingNode | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import MappingNode

    node = YAML().compose(text)
    return node if isinstance(node, MappingNode) else None


def _value_lines(root: MappingNode, key: str) -> Lines | None:
    return next((Lines(k.start_mark.line, _end(v)) for k, v in root.value if k.value == key), None)


def _value_lines_of(root: MappingNode, key: str) -> Lines:
    place = _value_lines(root, key)
    assert place is not None  # noqa: S101 - asked for only where the key was found
    return place


def _end(node: Node) -> int:
    """The line after the last one that says something: comments and empty lines behind it are not part of it."""
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    if isinstance(node, ScalarNode) and node.style not in ("|", ">"):
        return int(node.end_mark.line) + 1
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    return int(node.end_mark.line) + (1 if node.end_mark.column else 0)
