"""YAML 1.2 with the core schema, as data only: nodes that know where they stand.

Built on the parser's events, so that nothing is ever constructed from a tag and no scalar is guessed at:
`on`, `12:30` and dates are text, `0123` is 123. Aliases may repeat data, but not blow it up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.settings.yaml_faults import read_events

if TYPE_CHECKING:
    from ruamel.yaml.error import StringMark

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NO_TEXT = re.compile("[\ud800-\udfff]|\0")
_DEEPEST = 64
_MOST_REPEATED = 100_000  # nodes that aliases may add
_LONGEST_NUMBER = 1000  # digits


@dataclass(frozen=True)
class Entry:
    """One pair of a map: where its key stands, and its value."""

    key: Location
    node: Node


Content: TypeAlias = "dict[str, Entry] | list[Node] | str | int | float | bool | None"


@dataclass(frozen=True)
class Node:
    value: Content
    location: Location


def read_yaml(path: Path) -> Node:
    """The one document of the file; an empty file is null. Raises SettingsFailure with every fault found."""
    builder = _Builder(path, read_events(path))
    node = builder.document()
    if builder.problems:
        raise SettingsFailure(builder.problems)
    return node


@dataclass
class _Builder:
    """Events -> nodes."""

    path: Path
    events: Iterator[Any]
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)  # with the number of nodes
    open_anchors: set[str] = field(default_factory=set)
    nodes: int = 0
    repeated: int = 0

    def document(self) -> Node:
        from ruamel.yaml.events import DocumentStartEvent, StreamEndEvent, StreamStartEvent

        event = next(self.events)
        while isinstance(event, StreamStartEvent):
            event = next(self.events)
        if isinstance(event, StreamEndEvent):
            return Node(None, Location(self.path, 1, 1))
        node = self.node(next(self.events), 0)
        next(self.events)  # the document's end
        after = next(self.events)
        if isinstance(after, DocumentStartEvent):
            message = "there is a second YAML document in this file"
            raise SettingsFailure(Problem("E101", message, self.place(after), "keep one, without `---` after it"))
        return node

    def node(self, event: Any, depth: int) -> Node:
        from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

        self.nodes += 1
        if isinstance(event, AliasEvent):
            return self.alias(event)
        if depth > _DEEPEST:
            raise SettingsFailure(Problem("E101", f"nested deeper than {_DEEPEST} levels", self.place(event)))
        if getattr(event, "tag", None):
            hint = "settings are plain data: leave the tag out; quote a value to make it text"
            self.problems.append(Problem("E101", "YAML tags are not allowed here", self.place(event), hint))
        anchor, before = event.anchor, self.nodes + self.repeated
        if anchor:
            self.open_anchors.add(anchor)
        match event:
            case MappingStartEvent():
                node = self.map(event, depth)
            case SequenceStartEvent():
                node = self.list(event, depth)
            case ScalarEvent():
                node = Node(self.scalar(event), self.place(event))
            case _:  # pragma: no cover - the parser gives no other event here
                raise AssertionError(event)
        if anchor:
            self.open_anchors.discard(anchor)
            self.anchors[anchor] = (node, self.nodes + self.repeated - before + 1)
        return node

    def alias(self, event: Any) -> Node:
        if event.anchor in self.open_anchors or event.anchor not in self.anchors:
            why = "stands inside what it names" if event.anchor in self.open_anchors else "has no anchor before it"
            raise SettingsFailure(Problem("E101", f"the alias *{event.anchor} {why}", self.place(event)))
        node, size = self.anchors[event.anchor]
        self.repeated += size
        if self.repeated > _MOST_REPEATED:
            message = f"aliases repeat more than {_MOST_REPEATED} values"
            raise SettingsFailure(Problem("E101", message, self.place(event)))
        return node

    def map(self, start: Any, depth: int) -> Node:
        from ruamel.yaml.events import MappingEndEvent

        entries: dict[str, Entry] = {}
        event = next(self.events)
        while not isinstance(event, MappingEndEvent):
            place = self.place(event)
            key = self.node(event, depth + 1).value
            value = self.value(next(self.events), depth + 1, place)
            if not isinstance(key, str):
                written = getattr(event, "value", None)
                hint = f'put it in quotes: "{written}"' if written else None
                self.problems.append(Problem("E103", "a key should be text", place, hint))
            elif key in entries:
                first = entries[key].key
                hint = f"the first one is in line {first.line}, column {first.column}"
                self.problems.append(Problem("E105", f"the key {key} stands twice in one map", place, hint))
            else:
                entries[key] = Entry(place, value)
            event = next(self.events)
        return Node(entries, self.place(start, event))

    def value(self, event: Any, depth: int, key: Location) -> Node:
        """What stands behind a key. Where nothing does, the key is the place to look at: the parser is lines ahead."""
        node = self.node(event, depth)
        empty = node.value is None and event.start_mark.index == event.end_mark.index
        return Node(None, key) if empty else node

    def list(self, start: Any, depth: int) -> Node:
        from ruamel.yaml.events import SequenceEndEvent

        items = []
        event = next(self.events)
        while not isinstance(event, SequenceEndEvent):
            items.append(self.node(event, depth + 1))
            event = next(self.events)
        return Node(items, self.place(start, event))

    def scalar(self, event: Any) -> str | int | float | bool | None:
        text: str = event.value
        if found := _NO_TEXT.search(text):
            nul = "a NUL character fits into no name, variable or file of an operating system"
            message = nul if found[0] == "\0" else "half of a surrogate pair is not text"
            self.problems.append(Problem("E101", message, self.place(event)))
        if event.style:  # quoted, literal or folded
            return text
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        return self.number(text, event)

    def number(self, text: str, event: Any) -> str | int | float:
        if len(text) > _LONGEST_NUMBER and (_INT.fullmatch(text) or _FLOAT.fullmatch(text)):
            self.problems.append(Problem("E103", "this number is too long", self.place(event), "quote it for text"))
            return 0
        if _INT.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
        finite = _FLOAT.fullmatch(text)
        if _INFINITE.fullmatch(text) or (finite and math.isinf(float(text))):
            self.problems.append(Problem("E103", f"{text} is not a finite number", self.place(event)))
            return 0.0
        return float(text) if finite else text

    def place(self, event: Any, end: Any = None) -> Location:
        first: StringMark = event.start_mark
        last: StringMark = (end or event).end_mark
        length = last.column - first.column if last.line == first.line else 1
        return Location(self.path, first.line + 1, first.column + 1, max(length, 1))
