"""Settings as data with places: an env.yaml merged with the files it extends.

`data` is plain dicts, lists and scalars; `location` finds where any part of it was written. Knows no model.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.settings.yaml_source import Entry, Node, read_yaml

DataPath: TypeAlias = Sequence[str | int]


@dataclass(frozen=True)
class Document:
    """`path` is the environment's own file; `files` are all it is made of, itself last."""

    path: Path
    root: Node
    data: dict[str, Any]
    files: tuple[Path, ...]

    def location(self, path: DataPath, *, key: bool = False) -> Location:
        """Where the value at `path` (or its key) stands; if nowhere, the key of its nearest ancestor."""
        node, place = self.root, self.root.location
        for depth, step in enumerate(path):
            child, at = _step(node, step)
            if child is None:
                break
            last = depth == len(path) - 1
            node, place = child, (child.location if last and not key else at)
        return place

    def folder(self, path: DataPath) -> Path:
        """The folder of the file that the value at `path` stands in: what its relative paths start from."""
        return self.location(path).file.parent


def read_document(path: Path) -> Document:
    """Read `path` and what it extends; every syntax fault of the first broken file is raised together."""
    files: dict[Path, None] = {}
    own = Path(os.path.normpath(path.absolute()))
    root = _read(own, (), files)
    return Document(own, root, plain(root), tuple(files))


def plain(node: Node) -> Any:
    """The node as plain data."""
    if isinstance(node.value, dict):
        return {name: plain(entry.node) for name, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def _step(node: Node, step: str | int) -> tuple[Node | None, Location]:
    """The child and where it is named: the key in a map, the item itself in a list."""
    if isinstance(node.value, dict) and (entry := node.value.get(str(step))) is not None:
        return entry.node, entry.key
    if isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
        return node.value[step], node.value[step].location
    return None, node.location


def _read(path: Path, chain: tuple[Path, ...], files: dict[Path, None]) -> Node:
    """The file's map, over those it extends. `chain` holds the files that led here."""
    own = read_yaml(path)
    if own.value is None:
        own = Node({}, own.location)  # an empty file is an empty map
    if not isinstance(own.value, dict):
        raise SettingsFailure(Problem("E103", f"{path.name} should be a map of settings", own.location))
    entries = dict(own.value)
    extends = entries.pop("extends", None)
    merged: Node | None = None
    for name, place in _extended(extends) if extends else ():
        base_path = Path(os.path.normpath(path.parent / name))
        _refuse(base_path, place, name, (*chain, path))
        base = _read(base_path, (*chain, path), files)
        merged = base if merged is None else _merge(merged, base)
    files.setdefault(path)
    own = Node(entries, own.location)
    return own if merged is None else _merge(merged, own)


def _extended(extends: Entry) -> Iterator[tuple[str, Location]]:
    node = extends.node
    for item in node.value if isinstance(node.value, list) else [node]:
        if not isinstance(item.value, str) or not item.value:
            message = "extends should be a file name or a list of file names"
            raise SettingsFailure(Problem("E103", message, item.location))
        yield item.value, item.location


def _refuse(path: Path, place: Location, name: str, chain: tuple[Path, ...]) -> None:
    if path in chain:
        circle = " -> ".join(os.path.relpath(file, chain[0].parent) for file in (*chain[chain.index(path) :], path))
        hint = "a file cannot extend itself, not even through others"
        raise SettingsFailure(Problem("E106", f"extends goes in a circle: {circle}", place, hint))
    if not path.is_file():
        hint = "the path is relative to the file that extends it"
        raise SettingsFailure(Problem("E107", f"extends names {name}, which is not a file", place, hint))


def _merge(base: Node, over: Node) -> Node:
    """Maps merge, key by key in the order of `base`; all else is replaced."""
    if not (isinstance(base.value, dict) and isinstance(over.value, dict)):
        return over
    merged = dict(base.value)
    for name, entry in over.value.items():
        under = merged.get(name)
        merged[name] = Entry(entry.key, _merge(under.node, entry.node)) if under else entry
    return Node(merged, over.location)
