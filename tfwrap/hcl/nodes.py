"""What a generated file is made of. `write.render` turns a Body into text equal to `terraform fmt`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Traversal:
    """A reference such as `var.network_id` or `module.this.ids[0]`, written as it is."""

    path: str


@dataclass(frozen=True)
class Call:
    """A function call: `templatefile("${path.module}/x", {...})`. Also type expressions: `list(string)`."""

    name: str
    arguments: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Template:
    """A quoted string with interpolations: text parts are escaped, the others stand in `${}`."""

    parts: tuple[str | Traversal | Call, ...]


@dataclass(frozen=True)
class Heredoc:
    """A multi-line text with interpolations that ends in a newline. Quoted where it cannot stand."""

    parts: tuple[str | Traversal | Call, ...]


# Plain data (None, bool, int, float, str, lists, mappings with text keys) may hold expressions at any depth.
Expression: TypeAlias = Traversal | Call | Template | Heredoc
Value: TypeAlias = "Expression | bool | int | float | str | Sequence[Any] | Mapping[str, Any] | None"


@dataclass(frozen=True)
class Attribute:
    name: str
    value: Value
    comment: str | None = None  # ends the line: `timeout = 30 # seconds`


@dataclass(frozen=True)
class Comment:
    """One or more whole-line comments; `text` without the leading `# `."""

    text: str


@dataclass(frozen=True)
class Blank:
    """An empty line, to set runs of attributes apart."""


@dataclass(frozen=True)
class Block:
    type: str
    labels: tuple[str, ...] = ()
    body: Body = field(default_factory=lambda: Body())  # noqa: PLW0108 - not yet defined here


@dataclass(frozen=True)
class Body:
    items: tuple[Attribute | Block | Comment | Blank, ...] = ()
