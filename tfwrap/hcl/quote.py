"""Text as HCL source: quoted strings, heredocs, object keys. Never decides where a value stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from tfwrap.hcl.nodes import Call, Traversal

Part = str | Traversal | Call

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KEYWORDS = frozenset({"for", "if", "in", "null", "true", "false"})  # as keys: expressions, or an error
_MARKER = re.compile(r"[$%](?=\{)")
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_JOINERS = "\u200c\u200d"

# `terraform fmt` counts grapheme clusters. Characters of these ranges never merge with a neighbour,
# so that one character is one column.
_ONE_COLUMN = (
    (0x20, 0x7E),
    (0xA1, 0xAC),
    (0xAE, 0x2FF),
    (0x370, 0x482),
    (0x48A, 0x58F),
    (0x1E00, 0x1FFF),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x20A0, 0x20CF),
    (0x2190, 0x2BFF),
    (0x3041, 0x3096),
    (0x309B, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0x1F300, 0x1F3FA),
    (0x1F400, 0x1F64F),
)


def is_identifier(text: str) -> bool:
    return _IDENTIFIER.fullmatch(text) is not None


def write_key(key: str) -> str:
    """An object key: bare where Terraform reads it as a name, else quoted, one column a character."""
    if is_identifier(key) and key not in _KEYWORDS:
        return key
    return f'"{_escape(unicodedata.normalize("NFC", key), narrow=True)}"'


def write_comment(line: str) -> str:
    """What cannot be seen is shown here too, lest a comment reads otherwise than it is."""
    shown = (
        _code_point(character) if _needs_escape(character) and character != "\t" else character for character in line
    )
    return f"# {''.join(shown)}".rstrip()


def quote(parts: Iterable[Part], inline: Callable[[Traversal | Call], str], *, narrow: bool = False) -> str:
    """A quoted string; text parts are escaped, the others stand in `${}`.

    `narrow` keeps every character to one column, which only matters where something is aligned behind it.
    """
    merged = merge(parts)
    written = []
    for index, part in enumerate(merged):
        if not isinstance(part, str):
            written.append(f"${{{inline(part)}}}")
            continue
        text = _escape(part, narrow=narrow)
        if index + 1 < len(merged) and text[-1] in "$%":  # `$${` would be an escape
            text = f"{text[:-1]}\\u{ord(text[-1]):04x}"
        written.append(text)
    return f'"{"".join(written)}"'


def merge(parts: Iterable[Part]) -> list[Part]:
    """Neighbouring texts joined, empty ones dropped: an escape may span two of them."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return merged


def fits_heredoc(parts: Iterable[Part]) -> bool:
    """Whether a heredoc can say this: the last line is ended, and nothing needs an escape."""
    merged = merge(parts)
    texts = [part for part in merged if isinstance(part, str)]
    if not merged or not isinstance(merged[-1], str) or not merged[-1].endswith("\n"):
        return False
    return not any(_needs_escape(character) for text in texts for character in text if character not in "\n\t")


def write_heredoc(
    parts: Iterable[Part], inline: Callable[[Traversal | Call], str]
) -> tuple[str, list[tuple[bool, str]]]:
    """`<<-EOT` and the lines that follow it, the end mark too, each with whether it is to be indented."""
    merged = merge(parts)
    written = []
    for index, part in enumerate(merged):
        if not isinstance(part, str):
            written.append(f"${{{inline(part)}}}")
            continue
        text = _MARKER.sub(lambda match: match[0] * 2, part)
        if index + 1 < len(merged) and text[-1] in "$%":
            text = f'{text[:-1]}${{"{text[-1]}"}}'
        written.append(text)
    lines = "".join(written).removesuffix("\n").split("\n")
    tag = _free_tag(lines)
    flush = _may_be_indented(lines)
    body = [(flush and line != "", line) for line in lines]
    return f"<<{'-' if flush else ''}{tag}", [*body, (flush, tag)]


def _may_be_indented(lines: list[str]) -> bool:
    """Terraform takes the least indentation of all lines away again: too much if the text has one of its own.

    It counts grapheme clusters: a mark at a line's begin would go with the blank before it.
    """
    starts = [line[0] for line in lines if line]
    at_margin = any(not start.isspace() for start in starts)
    marks = any(not start.isspace() and _needs_escape(start, narrow=True) for start in starts)
    return at_margin and not marks and not any(line.isspace() for line in lines)


def _free_tag(lines: list[str]) -> str:
    taken = {line.strip() for line in lines}
    tag, number = "EOT", 1
    while tag in taken:
        number += 1
        tag = f"EOT{number}"
    return tag


def _escape(text: str, *, narrow: bool) -> str:
    return _MARKER.sub(lambda match: match[0] * 2, _escape_characters(text, narrow=narrow))


def _escape_characters(text: str, *, narrow: bool) -> str:
    return "".join(
        _SHORT.get(character) or (_code_point(character) if _needs_escape(character, narrow=narrow) else character)
        for character in text
    )


def _needs_escape(character: str, *, narrow: bool = False) -> bool:
    """Control and invisible characters, which a reviewer must see; with `narrow` all that may merge."""
    code = ord(character)
    if 0x20 <= code < 0x7F:  # noqa: PLR2004 - printable ASCII, nearly always
        return False
    if narrow:
        return not any(low <= code <= high for low, high in _ONE_COLUMN)
    return character not in _JOINERS and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _code_point(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - end of the basic plane
