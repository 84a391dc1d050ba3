"""A unit written into an env.yaml that a person keeps: only lines are added, comments and layout stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfwrap.settings.yaml_source import Node, read_yaml

_INDENT = 2


def unit_lines(name: str, module: str, inputs: Mapping[str, tuple[str, str]]) -> list[str]:
    """The unit, not indented yet. `inputs` are YAML values, each with a comment."""
    lines = [f"{name}:", f"  module: {module}"]
    if inputs:
        lines.append("  inputs:")
        lines += [f"    {key}: {value} # {comment}" for key, (value, comment) in inputs.items()]
    return lines


def insert_unit(path: Path, lines: Sequence[str]) -> str | None:
    """The file's text with the unit after the others; None if `units` is written in a way that no line can be added."""
    text = path.read_text(encoding="utf-8")
    changed = _insert(text, read_yaml(path), lines)
    name = lines[0].removesuffix(":")
    before, after = _plain(text), _plain(changed)
    if after is None or before is None:
        return None
    added = (after.get("units") or {}).pop(name, None)
    if not before.get("units"):
        before, after = ({**data, "units": None} for data in (before, after))
    return changed if added and before == after else None


def _insert(text: str, root: Node, lines: Sequence[str]) -> str:
    entries = root.value if isinstance(root.value, dict) else {}
    written = text.splitlines()
    units = entries.get("units")
    if units is None:
        return _joined([*written, "", "units:", *_indented(lines, _INDENT)])
    children = units.node.value if isinstance(units.node.value, dict) else {}
    indent = next((entry.key.column - 1 for entry in children.values()), _INDENT)
    following = [entry.key.line for entry in entries.values() if entry.key.line > units.key.line]
    at = min(following, default=len(written) + 1) - 1
    if following:
        while at > units.key.line and _is_apart(written[at - 1]):  # what stands before a key belongs to the key
            at -= 1
    while at > units.key.line and not written[at - 1].strip():
        at -= 1
    return _joined([*written[:at], *_indented(lines, indent), *written[at:]])


def _is_apart(line: str) -> bool:
    return not line.strip() or line.startswith("#")


def _indented(lines: Sequence[str], indent: int) -> list[str]:
    return [" " * indent + line for line in lines]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def _plain(text: str) -> dict[str, Any] | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return None
    return data if isinstance(data, dict) else None
