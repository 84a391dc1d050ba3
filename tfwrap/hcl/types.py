"""Terraform's type constraints: read from text, held against literal values with Terraform's conversions.

Never evaluates: an expression may become anything, so it fits every type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tfwrap.base.suggest import did_you_mean
from tfwrap.hcl.nodes import Call, Heredoc, Template, Traversal

Path: TypeAlias = tuple[str | int, ...]
Fault: TypeAlias = tuple[Path, str]


@dataclass(frozen=True)
class Primitive:
    name: Literal["string", "number", "bool"]


@dataclass(frozen=True)
class AnyType:
    pass


@dataclass(frozen=True)
class Collection:
    kind: Literal["list", "set", "map"]
    element: Type


@dataclass(frozen=True)
class Tuple:
    elements: tuple[Type, ...]


@dataclass(frozen=True)
class Object:
    attributes: Mapping[str, Type]
    optional: frozenset[str] = field(default_factory=frozenset)


_EXPRESSIONS = (Traversal, Call, Template, Heredoc)

Type: TypeAlias = Primitive | AnyType | Collection | Tuple | Object


def parse_type(text: str | None) -> Type:
    """The type that `text` names; None (a variable without `type`) is `any`. ValueError if it is no type."""
    if text is None:
        return AnyType()
    reader = _Reader(text)
    found = reader.type()
    if reader.next != "":
        raise ValueError(f"`{reader.next}` behind the type in `{text}`")
    return found


def check(type_: Type, value: Any, path: Path = ()) -> list[Fault]:  # noqa: PLR0911 - one for each kind of type
    """Where `value` is not what Terraform would take for `type_`: paths into it, and what is wrong there.

    Stricter than Terraform in one thing: attributes that the type does not have are faults, being typos.
    Messages tell kinds of values, never the values: they may be secret.
    """
    if value is None or isinstance(value, _EXPRESSIONS):
        return []
    match type_:
        case Primitive(name):
            return [] if _converts(name, value) else [(path, f"should be a {name}, not {_kind(value)}")]
        case Collection("map", element) if isinstance(value, Mapping):
            entries = list(value.items())
            return _check_all(entries, [element] * len(entries), path) or _check_alike(element, value, path)
        case Collection("list" | "set", element) if _is_list(value):
            items = list(enumerate(value))
            return _check_all(items, [element] * len(items), path) or _check_alike(element, value, path)
        case Collection(kind):
            return [(path, f"should be a {kind}, not {_kind(value)}")]
        case Tuple(elements) if _is_list(value) and len(value) == len(elements):
            return _check_all(list(enumerate(value)), elements, path)
        case Tuple(elements):
            what = f"{len(value)} elements" if _is_list(value) else _kind(value)
            return [(path, f"should be a tuple of {len(elements)} elements, not {what}")]
        case Object() if isinstance(value, Mapping):
            return _check_object(type_, value, path)
        case Object():
            return [(path, f"should be an object, not {_kind(value)}")]
    return []


def _check_all(items: Sequence[tuple[Any, Any]], types: Sequence[Type], path: Path) -> list[Fault]:
    return [
        fault for (key, item), type_ in zip(items, types, strict=True) for fault in check(type_, item, (*path, key))
    ]


def _check_object(type_: Object, value: Mapping[str, Any], path: Path) -> list[Fault]:
    faults: list[Fault] = []
    for name, item in value.items():
        if name in type_.attributes:
            faults += check(type_.attributes[name], item, (*path, name))
        else:
            hint = did_you_mean(name, [known for known in type_.attributes if known not in value])
            faults.append(((*path, name), "is not an attribute of this object" + (f"; {hint}" if hint else "")))
    missing = [name for name in type_.attributes if name not in value and name not in type_.optional]
    faults += [(path, f"lacks the attribute {name}") for name in missing]
    return faults


def _check_alike(element: Type, value: Any, path: Path) -> list[Fault]:
    """Elements of `any` must have one type in the end; what is plainly of several kinds cannot.

    Only told where it is sure: nothing is said of what is deeper, or of elements beside an expression.
    """
    items = [item for item in (value.values() if isinstance(value, Mapping) else value) if item is not None]
    if not isinstance(element, AnyType) or any(isinstance(item, _EXPRESSIONS) for item in items):
        return []
    kinds = {_kind(item) for item in items}
    if len(kinds) < 2 or ("text" in kinds and kinds <= {"text", "a number", "a bool"}):  # noqa: PLR2004
        return []
    return [(path, f"should hold elements of one type, not {', '.join(sorted(kinds))}")]


def _converts(name: str, value: Any) -> bool:
    match name:
        case "string":
            return isinstance(value, str | bool | int | float)
        case "number":
            return (isinstance(value, int | float) and not isinstance(value, bool)) or (
                isinstance(value, str) and _NUMBER.fullmatch(value) is not None
            )
    return isinstance(value, bool) or (isinstance(value, str) and value in {"true", "false", "1", "0"})


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "a bool"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case Mapping():
            return "an object"
    return "a list"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


_NUMBER = re.compile(r"[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eEpP][+-]?[0-9]+)?|[iI]nf)")
_TOKEN = re.compile(
    r"""(?:\s|\#[^\n]*|//[^\n]*|/\*.*?\*/)*
        ( [A-Za-z_][\w-]* | "(?:[^"\\]|\\.)*" | -?\d[\w.+-]* | [^\w\s] | \Z )""",
    re.DOTALL | re.VERBOSE,
)


class _Reader:
    """Recursive descent over the few words a type is made of."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self.next = ""
        self._advance()

    def type(self) -> Type:
        word = self._advance()
        match word.strip('"'):  # quoted constraints are Terraform 0.11's
            case "string" | "number" | "bool" as name:
                return Primitive(name)
            case "any":
                return AnyType()
            case "list" | "map" | "set" as kind:
                if self.next != "(":  # also an old form
                    return Collection(kind, AnyType())
                self._expect("(")
                element = self.type()
                self._close(")")
                return Collection(kind, element)
            case "tuple":
                return self._tuple()
            case "object":
                return self._object()
        raise ValueError(f"`{word}` is not a type in `{self._text}`")

    def _tuple(self) -> Tuple:
        self._expect("(")
        self._expect("[")
        elements: list[Type] = []
        while self.next != "]":
            elements.append(self.type())
            if self.next != "]":
                self._expect(",")
        self._expect("]")
        self._close(")")
        return Tuple(tuple(elements))

    def _object(self) -> Object:
        self._expect("(")
        self._expect("{")
        attributes: dict[str, Type] = {}
        optional: set[str] = set()
        while self.next != "}":
            name = self._advance().strip('"')
            if self._advance() not in {"=", ":"}:
                raise ValueError(f"`=` is missing behind `{name}` in `{self._text}`")
            if self.next == "optional":
                self._advance()
                self._expect("(")
                optional.add(name)
                attributes[name] = self.type()
                self._skip_default()
                self._expect(")")
            else:
                attributes[name] = self.type()
            if self.next == ",":
                self._advance()
        self._expect("}")
        self._close(")")
        return Object(attributes, frozenset(optional))

    def _skip_default(self) -> None:
        depth = 0
        while self.next and (depth or self.next != ")"):
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(self.next, 0)
            self._advance()

    def _close(self, mark: str) -> None:
        if self.next == ",":
            self._advance()
        self._expect(mark)

    def _expect(self, mark: str) -> None:
        if self._advance() != mark:
            raise ValueError(f"`{mark}` is missing in `{self._text}`")

    def _advance(self) -> str:
        taken = self.next
        match = _TOKEN.match(self._text, self._position)
        if match is None:
            raise ValueError(f"`{self._text}` is not a type")
        self.next, self._position = match[1], match.end()
        return taken
