"""Settings with unknown keys, read once more as they may have been meant: what else is wrong is told in the same run.

An unknown key counts as the known one it is nearest to, or as not written; a value that a rule refuses as not written.
Whatever else does not fit its model leaves nothing to look at. The result is looked at only, nothing is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from tfwrap.base.problems import Location, SettingsFailure
from tfwrap.base.suggest import closest
from tfwrap.settings.document import Document, plain
from tfwrap.settings.environment import parse, validate
from tfwrap.settings.faults import Path, find_faults
from tfwrap.settings.shape import names_at
from tfwrap.settings.yaml_source import Entry, Node

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_Settings = TypeVar("_Settings", bound=BaseModel)
_RULE = re.compile(r"R[0-9]+")


def read_as_meant(document: Document, model: type[_Settings]) -> tuple[Document, _Settings, frozenset[Location]] | None:
    """The document that may have been meant, its settings, and the places where something was left out."""
    faults = _faults(document, model)
    if not all(_may_be_mended(path, error) for path, error in faults):
        return None
    for renaming in (True, False):
        mended, places = _mend(document, model, faults, renaming=renaming)
        try:
            return mended, parse(mended, model), places
        except SettingsFailure:
            continue
    return None


def _faults(document: Document, model: type[BaseModel]) -> Sequence[tuple[Path, ErrorDetails]]:
    try:
        validate(document, model)
    except ValidationError as error:
        return find_faults(error.errors(include_url=False), document.data)
    return ()


def _may_be_mended(path: Path, error: ErrorDetails) -> bool:
    refused = bool(_RULE.fullmatch(error["type"])) and not isinstance(error["input"], dict | list)
    # What is missing may stand there under an unknown key.
    return bool(path) and (refused or error["type"] in ("extra_forbidden", "missing"))


def _mend(
    document: Document,
    model: type[BaseModel],
    faults: Sequence[tuple[Path, ErrorDetails]],
    *,
    renaming: bool,
) -> tuple[Document, frozenset[Location]]:
    root, places = document.root, set[Location]()
    for path, error in faults:
        if error["type"] == "missing":
            continue
        meant = None
        if renaming and error["type"] == "extra_forbidden":
            meant = closest(str(path[-1]), names_at(model, path[:-1]))
        changed = _rename(root, path, meant) if meant else None
        if changed is None:
            places |= _around(document, path)
            changed = _rename(root, path, None)
        root = changed or root
    return replace(document, root=root, data=plain(root)), frozenset(places)


def _rename(node: Node, path: Path, name: str | None) -> Node | None:
    """The node with another name for the key at `path`, or without the key; None if the name is taken."""
    step, rest = path[0], path[1:]
    if isinstance(node.value, list) and isinstance(step, int) and rest:
        if (child := _rename(node.value[step], rest, name)) is None:
            return None
        return replace(node, value=[*node.value[:step], child, *node.value[step + 1 :]])
    if not isinstance(node.value, dict) or step not in node.value:
        return None
    entries = dict(node.value)
    entry = entries.pop(str(step))
    if rest:
        child = _rename(entry.node, rest, name)
        return replace(node, value={**node.value, str(step): Entry(entry.key, child)}) if child else None
    if name in entries:
        return None
    return replace(node, value=entries if name is None else {**entries, name: entry})


def _around(document: Document, path: Path) -> set[Location]:
    """Where the map stands that something was left out of, and what is in it: what is said of these may be untrue."""
    data: Any = document.data
    for step in path[:-1]:
        data = data[step]
    inside = [path[:-1], *((*path[:-1], name) for name in data)]
    return {document.location(one, key=key) for one in inside for key in (True, False)}
