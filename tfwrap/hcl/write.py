"""A Body as text, equal to what `terraform fmt` makes of it. Pure: never runs Terraform, touches no file.

A body becomes lines of three cells (lead, `= value`, `# comment`); the cells are then aligned the way fmt
does: over runs of neighbouring lines that have such a cell. A value that is left open at the end of its line
has no cell of its own, so it ends a run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeGuard

from tfwrap.hcl.nodes import (
    Attribute,
    Blank,
    Block,
    Body,
    Call,
    Comment,
    Heredoc,
    Template,
    Traversal,
    Value,
)
from tfwrap.hcl.quote import (
    fits_heredoc,
    is_identifier,
    merge,
    quote,
    write_comment,
    write_heredoc,
    write_key,
)

_WIDTH = 80
_INDENT = "  "


def render(body: Body) -> str:
    """The text of a file; ends in one newline, unless there is nothing to write."""
    return "".join(f"{text}\n" for text in _align(list(_body_lines(body, 0))))


@dataclass(frozen=True)
class _Line:
    depth: int
    lead: str
    assign: str | None = None
    comment: str | None = None
    tail: tuple[str, ...] = ()  # the rest of a heredoc, written as it is


@dataclass(frozen=True)
class _Spread:
    """A value over several lines: how its first line ends, the lines between, how its last line begins."""

    head: str
    inner: tuple[_Line, ...]
    close: str


def _align(lines: list[_Line]) -> Iterator[str]:
    texts = [_INDENT * line.depth + line.lead for line in lines]
    for cell, separator in (("assign", " "), ("comment", " ")):
        run: list[int] = []
        for index, line in enumerate([*lines, _Line(0, "")]):
            if getattr(line, cell) is not None:
                run.append(index)
                continue
            width = max((len(texts[member]) for member in run), default=0)
            for member in run:
                texts[member] = texts[member].ljust(width) + separator + getattr(lines[member], cell)
            run = []
    for text, line in zip(texts, lines, strict=True):
        yield text
        yield from line.tail


def _body_lines(body: Body, depth: int) -> Iterator[_Line]:
    previous: Attribute | Block | Comment | Blank = Blank()
    items = list(body.items)
    while items and isinstance(items[-1], Blank):
        items.pop()
    for index, item in enumerate(items):
        if isinstance(item, Blank):
            if not isinstance(previous, Blank):
                yield _Line(0, "")
        else:
            apart = isinstance(previous, Block) or _heads_block(items, index)
            if apart and not isinstance(previous, Blank | Comment):
                yield _Line(0, "")
            yield from _item_lines(item, depth)
        previous = item


def _heads_block(items: Sequence[Attribute | Block | Comment | Blank], index: int) -> bool:
    """Whether a block stands here, or comments that belong to one."""
    while index < len(items) and isinstance(items[index], Comment):
        index += 1
    return index < len(items) and isinstance(items[index], Block)


def _item_lines(item: Attribute | Block | Comment, depth: int) -> Iterator[_Line]:
    match item:
        case Comment(text):
            for line in text.splitlines() or [""]:
                yield _Line(depth, write_comment(line))
        case Attribute(name, value, comment):
            yield from _named_lines(_name(name), value, comment, depth)
        case Block(kind, labels, body):
            head = " ".join([_name(kind), *(f'"{_name(label)}"' for label in labels)])
            inner = list(_body_lines(body, depth + 1))
            if inner:
                yield _Line(depth, f"{head} {{")
                yield from inner
                yield _Line(depth, "}")
            else:
                yield _Line(depth, f"{head} {{}}")


def _named_lines(name: str, value: Value, comment: str | None, depth: int) -> Iterator[_Line]:
    """`name = value` of a body or an object."""
    note = None if comment is None else write_comment(" ".join(comment.split()))
    parts = _heredoc_parts(value)
    if parts is not None:
        if note is not None:  # behind `<<EOT` it would belong to the mark
            yield _Line(depth, note)
        mark, rest = write_heredoc(parts, _inline)
        indent = _INDENT * depth
        tail = tuple(
            indent + (_INDENT if index + 1 < len(rest) else "") + text if indented else text
            for index, (indented, text) in enumerate(rest)
        )
        yield _Line(depth, name, f"= {mark}", None, tail)
        return
    used = len(_INDENT) * depth + len(name) + len(" = ")
    written = _value(value, depth, used, narrow=note is not None)
    if isinstance(written, _Spread):
        yield _Line(depth, f"{name} = {written.head}")
        yield from written.inner
        yield _Line(depth, written.close, None, note)
    else:
        yield _Line(depth, name, f"= {written}", note)


def _heredoc_parts(value: Value) -> tuple[str | Traversal | Call, ...] | None:
    if isinstance(value, Heredoc):
        return value.parts if fits_heredoc(value.parts) else None
    if isinstance(value, str) and value.count("\n") > 1 and fits_heredoc((value,)):
        return (value,)
    return None


def _value(value: Value, depth: int, used: int, *, narrow: bool = False) -> str | _Spread:
    """On one line if it fits behind `used` columns and holds no object, else spread."""
    value = _bare(value)
    if not _holds_object(value):
        text = _inline(value, narrow=narrow)
        if used + len(text) <= _WIDTH or not (isinstance(value, Call) or _is_list(value)):
            return text
    if isinstance(value, Mapping):
        inner = [line for key, item in value.items() for line in _named_lines(_key(key), item, None, depth + 1)]
        return _Spread("{", tuple(inner), "}")
    if isinstance(value, Call):
        return _call(value, depth, used)
    assert _is_list(value)  # noqa: S101 - all else went out on one line
    return _Spread("[", tuple(_item_list(value, depth)), "]") if value else "[]"


def _call(call: Call, depth: int, used: int) -> str | _Spread:
    """The last argument hugs the parentheses, `f(a, {`, if it alone is spread; else one argument a line."""
    *first, last = call.arguments or (None,)
    if not call.arguments:
        return f"{call.name}()"
    start = "".join(f"{_inline(argument)}, " for argument in first)
    if not any(_holds_object(argument) for argument in first):
        head = f"{call.name}({start}"
        hugged = _value(last, depth, used + len(head))
        if isinstance(hugged, _Spread) and used + len(head) <= _WIDTH:
            return replace(hugged, head=head + hugged.head, close=hugged.close + ")")
    return _Spread(f"{call.name}(", tuple(_item_list(call.arguments, depth)), ")")


def _item_list(items: Sequence[Any], depth: int) -> Iterator[_Line]:
    for item in items:
        written = _value(item, depth + 1, len(_INDENT) * (depth + 1) + 1)
        if isinstance(written, _Spread):
            yield _Line(depth + 1, written.head)
            yield from written.inner
            yield _Line(depth + 1, f"{written.close},")
        else:
            yield _Line(depth + 1, f"{written},")


def _bare(value: Value) -> Value:
    """`"${x}"` is x itself, also for fmt."""
    if isinstance(value, Template | Heredoc):
        parts = merge(value.parts)
        if len(parts) == 1 and not isinstance(parts[0], str):
            return parts[0]
    return value


def _holds_object(value: Value) -> bool:
    value = _bare(value)
    if isinstance(value, Mapping):
        return bool(value)
    if isinstance(value, Call):
        return any(map(_holds_object, value.arguments))
    return _is_list(value) and any(map(_holds_object, value))


def _inline(value: Value, *, narrow: bool = False) -> str:  # noqa: C901, PLR0911 - one case for each kind of value
    value = _bare(value)
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return quote((value,), _inline, narrow=narrow)
        case Traversal(path):
            return path
        case Template(parts) | Heredoc(parts):
            return quote(parts, partial(_inline, narrow=narrow), narrow=narrow)
        case Call(name, arguments):
            return f"{name}({', '.join(_inline(argument, narrow=narrow) for argument in arguments)})"
    if isinstance(value, Mapping):
        items = [f"{_key(key)} = {_inline(item, narrow=narrow)}" for key, item in value.items()]
        return f"{{ {', '.join(items)} }}" if items else "{}"
    if _is_list(value):
        return f"[{', '.join(_inline(item, narrow=narrow) for item in value)}]"
    raise TypeError(f"{type(value).__name__} is not a value HCL can hold")


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number in HCL")
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"object key {key!r} is not text")
    return write_key(key)


def _name(name: str) -> str:
    if not is_identifier(name):
        raise ValueError(f"{name!r} is not a name in HCL")
    return name
