"""Expressions of Terragrunt, as far as they can be worked out without running it.

Text in, values out: plain data, with `Ask` where a value comes from another unit or the environment, and `Joined`
for a text around such values. What cannot be worked out raises `Unknown` with the expression that is to blame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<heredoc><<-?\w+\r?\n.*)|(?P<string>"(?:[^"\\$%]|\\.|\$(?!\{)|%(?!\{)|(?P<open>[$%]\{))*)|"""
    r"""(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<name>[A-Za-z_][\w-]*)|(?P<mark>[][(){},.:=-]))""",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_WORDS = {"true": True, "false": False, "null": None}

Function = Callable[[list[Any]], Any]


class Unknown(Exception):
    """It cannot be worked out; the text is what could not."""


@dataclass(frozen=True)
class Ask:
    """`text` is what stands between `${` and `}` in env.yaml."""

    text: str


@dataclass(frozen=True)
class Joined:
    """Literal texts and what is asked for between them."""

    parts: tuple[str | Ask, ...]


@dataclass(frozen=True)
class Scope:
    """What names stand for (worked out when they are asked for), and the functions there are."""

    names: Mapping[str, Callable[[], Any]]
    functions: Mapping[str, Function]

    def work_out(self, source: str) -> Any:
        """The value of the expression; all of the text must be one."""
        parser = _Parser(source, self)
        value = parser.expression()
        if parser.text[parser.at :].strip():
            raise Unknown(source.strip())
        return value


@dataclass
class _Parser:
    text: str
    scope: Scope
    at: int = 0

    def expression(self) -> Any:
        """A term with what is picked out of it; operators, conditions and loops are Unknown to the caller."""
        value = self._term()
        while True:
            if self._take("."):
                value = self._pick(value, self._word())
            elif self._take("["):
                value = self._pick(value, self.expression())
                self._need("]")
            else:
                return value

    def _term(self) -> Any:
        match = _TOKEN.match(self.text, self.at)
        if match is None or match["heredoc"]:
            raise Unknown(self.text.strip())
        if match["string"]:
            self.at = match.start("string") + 1
            return self._string()
        self.at = match.end()
        if match["number"]:
            number = match["number"]
            return int(number) if number.isdigit() else float(number)
        if match["name"]:
            return self._named(match["name"])
        return self._bracketed(match["mark"])

    def _bracketed(self, mark: str) -> Any:
        if mark == "(":
            value = self.expression()
            self._need(")")
            return value
        if mark == "[":
            return self._list("]")
        if mark == "{":
            return self._map()
        if mark == "-" and isinstance(value := self._term(), int | float):
            return -value
        raise Unknown(self.text.strip())

    def _named(self, name: str) -> Any:
        if name in _WORDS:
            return _WORDS[name]
        if self._take("("):
            arguments = self._list(")")
            if name not in self.scope.functions:
                raise Unknown(f"{name}()")
            return self.scope.functions[name](arguments)
        if name not in self.scope.names:
            raise Unknown(name)
        return self.scope.names[name]()

    def _list(self, end: str) -> list[Any]:
        items: list[Any] = []
        while not self._take(end):
            items.append(self.expression())
            if not self._take(","):
                self._need(end)
                break
        return items

    def _map(self) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not self._take("}"):
            match = _TOKEN.match(self.text, self.at)
            key = self._word() if match and match["name"] else self._term()
            if not (self._take("=") or self._take(":")) or not isinstance(key, str):
                raise Unknown(self.text.strip())
            items[key] = self.expression()
            self._take(",")
        return items

    def _string(self) -> Any:
        """After the opening quote: a text, or a text with something in it."""
        parts: list[Any] = []
        text = ""
        while self.at < len(self.text):
            char = self.text[self.at]
            doubled = re.compile(r"([$%])\1\{").match(self.text, self.at)
            if char == '"':
                self.at += 1
                return _joined([*parts, text])
            if char == "\\":
                text += self._escape()
            elif doubled:
                text += doubled[0][1:]
                self.at = doubled.end()
            elif self.text.startswith("${", self.at):
                self.at += 2
                parts += [text, self.expression()]
                text = ""
                self._need("}")
            elif self.text.startswith("%{", self.at):
                break
            else:
                text += char
                self.at += 1
        raise Unknown(self.text.strip())

    def _escape(self) -> str:
        code = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL).match(self.text, self.at)
        if code is None:
            raise Unknown(self.text.strip())
        self.at = code.end()
        return chr(int(code[1], 16)) if code[1] else _ESCAPES.get(code[2], code[2])

    def _pick(self, value: Any, key: Any) -> Any:
        if isinstance(value, Ask):
            return Ask(f"{value.text}.{key}" if isinstance(key, str) else f"{value.text}[{key}]")
        if isinstance(value, Mapping) and isinstance(key, str) and key in value:
            return value[key]() if callable(value[key]) else value[key]
        if isinstance(value, list) and isinstance(key, int) and key < len(value):
            return value[key]
        raise Unknown(self.text.strip())

    def _word(self) -> str:
        match = _TOKEN.match(self.text, self.at)
        if match is None or not match["name"]:
            raise Unknown(self.text.strip())
        self.at = match.end()
        return match["name"]

    def _take(self, mark: str) -> bool:
        match = _TOKEN.match(self.text, self.at)
        if match is None or match["mark"] != mark:
            return False
        self.at = match.end()
        return True

    def _need(self, mark: str) -> None:
        if not self._take(mark):
            raise Unknown(self.text.strip())


def _joined(parts: list[Any]) -> Any:
    """One text if everything in it is known."""
    pieces: list[str | Ask] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Joined) else (part,):
            if isinstance(piece, Ask):
                pieces.append(piece)
            elif isinstance(piece, str | int | float) or piece is None:
                said = {True: "true", False: "false"}.get(piece) if isinstance(piece, bool) else str(piece)
                if said and pieces and isinstance(pieces[-1], str):
                    pieces[-1] += said
                elif said:
                    pieces.append(said)
            else:
                raise Unknown("a list or map inside a text")
    if not pieces:
        return ""
    return pieces[0] if len(pieces) == 1 and isinstance(pieces[0], str) else Joined(tuple(pieces))
