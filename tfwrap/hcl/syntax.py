"""Blocks and attributes of a parsed file, the same for `.tf` and `.tf.json`.

Literals become plain data, every other expression a Traversal with its source text. Never evaluates.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfwrap.base.problems import Location
from tfwrap.hcl.nodes import Traversal

if TYPE_CHECKING:
    from lark import Token, Tree

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_TEMPLATE = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")
_HEREDOC = re.compile(r"<<(-?)([^\r\n]+)\r?\n(.*?)[ \t]*\2\r?\n?", re.DOTALL)
_FOREIGN = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Parsed:
    """A block: `type`, labels, literal attributes, nested blocks. A file is one without type and labels."""

    type: str
    labels: tuple[str, ...]
    location: Location
    attributes: Mapping[str, Any] = field(default_factory=dict)
    blocks: tuple[Parsed, ...] = ()


def tame(text: str) -> str:
    """The text without what python-hcl2's grammar lacks, every character in its place; for the parser only.

    An escaped `$${` would swallow all up to the next `}`, `${~` and names beyond ASCII are unknown to it.
    """
    text = re.sub(r"([$%])\1\{", r"\1\1_", text.replace("${~", "${ ").replace("~}", " }"))
    text = " " + text[1:] if text.startswith("\ufeff") else text
    return _FOREIGN.sub(lambda match: "_" if f"a{match[0]}".isidentifier() else match[0], text)


def read_tree(tree: Tree[Token], text: str, file: Path) -> Parsed:
    """What a Lark tree of python-hcl2's grammar says, if `text` was parsed tamed."""
    (body,) = tree.children
    return _Reader(text, file).body("", (), Location(file, 1, 1), body)


class _Reader:
    def __init__(self, text: str, file: Path) -> None:
        self._text = text
        self._file = file

    def body(self, kind: str, labels: tuple[str, ...], location: Location, tree: Any) -> Parsed:
        attributes: dict[str, Any] = {}
        blocks: list[Parsed] = []
        for item in _trees(tree):
            if item.data == "attribute":
                name, expression = _trees(item)
                attributes[self._word(name)] = self.value(expression)
            elif item.data == "block":
                blocks.append(self.block(item))
        return Parsed(kind, labels, location, attributes, tuple(blocks))

    def block(self, tree: Any) -> Parsed:
        *head, body = (item for item in _trees(tree) if item.data != "new_line_or_comment")
        kind, *labels = [self.value(item) if item.data == "string" else self._word(item) for item in head]
        start, end = tree.meta, head[-1].meta
        length = end.end_column - start.column if end.end_line == start.line else len(str(kind))
        location = Location(self._file, start.line, start.column, length)
        return self.body(str(kind), tuple(map(str, labels)), location, body)

    def value(self, tree: Any) -> Any:
        known, value = self._literal(tree)
        return value if known else Traversal(self._word(tree).strip())

    def _word(self, tree: Any) -> str:
        return self._text[tree.meta.start_pos : tree.meta.end_pos]

    def _literal(self, tree: Any) -> tuple[bool, Any]:  # noqa: PLR0911 - one for each kind of literal
        children = list(_trees(tree))
        match str(tree.data):
            case "expr_term" if len(children) == 1:
                return self._literal(children[0])
            case "int_lit":
                return True, int(self._word(tree))
            case "float_lit":
                return True, float(self._word(tree))
            case "literal_value":
                return True, {"true": True, "false": False, "null": None}[self._word(tree)]
            case "string":
                return self._string(children)
            case "heredoc_template" | "heredoc_template_trim":
                return _heredoc(self._word(tree))
            case "unary_op":
                known, value = self._literal(children[-1])
                negative = tree.children[0] == "-" and isinstance(value, int | float)
                return known and negative, -value if negative else None
            case "tuple":
                return True, [self.value(item) for item in children if item.data != "new_line_or_comment"]
            case "object":
                return self._object(children)
        return False, None

    def _object(self, children: list[Any]) -> tuple[bool, Any]:
        items: dict[str, Any] = {}
        for child in children:
            if child.data != "object_elem":
                continue
            key, value = (item for item in _trees(child) if item.data != "new_line_or_comment")
            name = self._object_key(key)
            if name is None:
                return False, None
            items[name] = self.value(value)
        return True, items

    def _object_key(self, tree: Any) -> str | None:
        """A name or a plain string; None for a key that is computed."""
        while tree.data in {"object_elem_key", "object_elem_key_expression", "expr_term"}:
            if len(tree.children) != 1:
                return None
            tree = tree.children[0]
        if tree.data in {"identifier", "keyword", "literal_value", "int_lit"}:
            return self._word(tree)
        if tree.data == "string":
            _, text = self._string(list(_trees(tree)))
            return text
        return None

    def _string(self, parts: list[Any]) -> tuple[bool, str | None]:
        if any(list(_trees(part)) for part in parts):
            return False, None
        text = "".join(map(self._word, parts))
        return True, _ESCAPE.sub(_unescape, _unescape_markers(text))


def _trees(tree: Any) -> Iterator[Any]:
    return (child for child in tree.children if hasattr(child, "data"))


def _unescape(match: re.Match[str]) -> str:
    short, long, character = match.groups()
    if character:
        return _SHORT.get(character, character)
    code = int(short or long, 16)
    return chr(code) if code <= sys.maxunicode else match[0]


def _unescape_markers(text: str) -> str:
    return re.sub(r"([$%])\1(?=\{)", r"\1", text)


def _heredoc(source: str) -> tuple[bool, str | None]:
    match = _HEREDOC.fullmatch(source)
    if match is None or _TEMPLATE.search(match[3]):
        return False, None
    lines = match[3].split("\n")
    if match[1]:
        indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
        lines = [line[indent:] for line in lines]
    return True, _unescape_markers("\n".join(lines))
