"""Regular expressions as Envoy's RE2 takes them: syntax, and roughly the compiled size.

Python's `re` compiles what is left when RE2's own words are replaced; what RE2 has not is looked for by itself.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_TOKEN = re.compile(
    r"""
      (?P<class>\[\^?\]?(\[:\^?\w+:\]|\\.|[^\]\\])*\])
    | (?P<quoted>\\Q.*?(\\E|$))
    | (?P<escape>\\(p\{\^?\w+\}|P\{\^?\w+\}|[pP]\w|x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|.))
    | (?P<repeat>(\*|\+|\?|\{\d+(,\d*)?\})(?P<manner>[?+]?))
    | (?P<open>\((\?(P?<[A-Za-z_]\w*>|P=\w+\)?|P>\w+\)?|[a-zA-Z-]*[:)]|[=!>|#(&]|<[=!]|R\)|\d+\)?))?)
    | (?P<close>\))
    | (?P<alternative>\|)
    | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_FOREIGN = (
    (re.compile(r"\(\?<?[=!]"), "look-around"),
    (re.compile(r"\(\?P[=>]|\(\?R|\(\?\d|\(\?&"), "a reference to a group"),
    (re.compile(r"\(\?>"), "an atomic group"),
    (re.compile(r"\(\?\("), "a condition"),
    (re.compile(r"\(\?#"), "a comment"),
)
_MOST_REPEATS: Final = 1000
_OVERHEAD: Final = 2  # instructions of RE2 around any expression, at least
_ANY: Final = 8  # instructions for any character but some, in UTF-8


def expression_fault(expression: str, most: int) -> str | None:
    """Why RE2 would refuse it; `most` is the largest program that Envoy accepts."""
    tokens = list(_TOKEN.finditer(expression))
    fault = _foreign(tokens) or _unreadable(tokens)
    if fault:
        return fault
    size = _size(tokens)
    return f"compiles to about {size} instructions, more than {most} (regex_max_size)" if size > most else None


def _foreign(tokens: Sequence[re.Match[str]]) -> str | None:
    for token in tokens:
        text = token[0]
        if token["open"]:
            for pattern, name in _FOREIGN:
                if pattern.match(text):
                    return f"has {name} ({text}…), which RE2 has not"
        if token["escape"] and re.fullmatch(r"\\[1-9gkK]", text):
            return f"has a reference to a group ({text}), which RE2 has not"
        if token["escape"] and re.fullmatch(r"\\[ZGhHNRuUX]", text):
            return f"has {text}, which RE2 has not"
        if token["repeat"]:
            if token["manner"] == "+":
                return f"has a possessive quantifier ({text}), which RE2 has not"
            if any(int(number) > _MOST_REPEATS for number in re.findall(r"\d+", text)):
                return f"repeats more than {_MOST_REPEATS} times ({text}), which RE2 refuses"
    return None


def _unreadable(tokens: Sequence[re.Match[str]]) -> str | None:
    """What Python cannot compile either, once words that only RE2 has are replaced by equals."""
    python = "".join(_in_python(token) for token in tokens)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(python)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression ({error})"
    return None


def _in_python(token: re.Match[str]) -> str:
    text = token[0]
    if token["quoted"]:
        return re.escape(text.removeprefix("\\Q").removesuffix("\\E"))
    if token["class"]:
        return re.sub(r"\[:\^?\w+:\]|\\[pP](\{\^?\w+\}|\w)", r"\\w", text)
    if token["escape"]:
        return r"\Z" if text == r"\z" else r"\w" if text[1] in "pPC" or text.startswith(r"\x{") else text
    # Flags: `(?i)` anywhere and `(?U:` are fine in RE2. And its other way to name a group.
    text = re.sub(r"^\(\?[a-zA-Z-]*:?(\)?)$", r"(?:\1", text)
    return re.sub(r"^\(\?<(?=\w)", "(?P<", text)


@dataclass
class _Group:
    """Sizes while a group is open: alternatives that are done, the one being read, and what captures cost."""

    captures: int
    done: int = 0
    size: int = 0
    last: int = 0  # of the atom a quantifier would repeat
    atoms: int = 0  # of the alternative
    texts: list[str] = field(default_factory=lambda: [""])


def _size(tokens: Sequence[re.Match[str]]) -> int:
    """Rather too low: RE2 shares what neighbouring alternatives begin with, so what is alike is counted once."""
    stack = [_Group(0)]
    for token in tokens:
        top = stack[-1]
        if token["open"] and token[0].endswith(")"):
            continue  # flags
        if token["open"]:
            stack.append(_Group(0 if re.match(r"\(\?[a-zA-Z-]*:", token[0]) else 2))
        elif token["close"] and len(stack) > 1:
            stack.pop()
            stack[-1].last = _finished(top) + top.captures
            stack[-1].size += stack[-1].last
            stack[-1].atoms += max(top.captures, top.atoms)
            stack[-1].texts[-1] += "\0"  # a group is like nothing else
        elif token["alternative"]:
            top.done, top.size, top.last, top.atoms = _finished(top), 0, 0, 0
            top.texts.append("")
        elif token["repeat"]:
            top.size += _repeated(token[0].rstrip("?+") or token[0], top.last) - top.last
            top.texts[-1] += token[0]
        else:
            top.last = _atom(token)
            top.size += top.last
            top.atoms += 1
            top.texts[-1] += token[0]
    return _OVERHEAD + _finished(stack[0])


def _finished(group: _Group) -> int:
    if len(group.texts) == 1:
        return group.size
    before, now = group.texts[-2:]
    alike = next((at for at, (a, b) in enumerate(zip(before, now, strict=False)) if a != b), min(len(before), len(now)))
    if group.atoms <= 1:  # characters alone, as in a|[c-f]|., become one class
        return max(group.done, group.size)
    return group.done + max(group.size - alike - 1, 0)


def _atom(token: re.Match[str]) -> int:
    text = token[0]
    if token["quoted"]:
        return len(text.removeprefix("\\Q").removesuffix("\\E"))
    if text == "." or text.startswith("[^"):
        return _ANY
    return 0 if text in ("^", "$", r"\z", r"\A", r"\b", r"\B") else 1


def _repeated(quantifier: str, size: int) -> int:
    counts = [int(number) for number in re.findall(r"\d+", quantifier)]
    if not counts:
        return size  # and a branch, which RE2 may fold
    return size * counts[-1]
