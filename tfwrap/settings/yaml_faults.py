"""YAML text -> the parser's events; what the parser says is wrong becomes a Problem in plain English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Location, Problem, SettingsFailure

_NO_COMMA = "expected ',' or"
_NO_COLON = "could not find expected ':'"
_UNCLOSED = ("end of stream", "<stream end>")
# What ruamel.yaml says, what a user reads, and how to mend it; the first that fits.
_WORDS = (
    ("mapping values are not allowed", "a second `:` stands where YAML allows none", "quote a text with `: ` in it"),
    (_NO_COLON, "this line has no `:` after its key", "write key: value"),
    ("cannot start any token", "a text cannot start with this character", "put the text in quotes"),
    ("<block end>", "this line does not line up with the ones above", "mend its indentation"),
    (_NO_COMMA, "a comma or a closing bracket is missing here", None),
    (_UNCLOSED[0], "this bracket or quote is never closed", None),
    (_UNCLOSED[1], "this bracket or quote is never closed", None),
)


def read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        raise SettingsFailure(Problem("E107", message, Location(path, 1, 1))) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _behind(path, data[: error.start].decode())
        raise SettingsFailure(Problem("E101", "this byte is not UTF-8 text", place, "save it as UTF-8")) from None


def read_events(path: Path) -> Iterator[Any]:
    """The events of ruamel.yaml's parser; SettingsFailure where it stops."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    text = read_text(path)
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except ReaderError as error:
        place = _behind(path, text[: error.position])
        raise SettingsFailure(Problem("E101", "YAML does not allow this control character", place)) from None
    except MarkedYAMLError as error:
        said, start, mark = error.problem or "", error.context_mark, error.problem_mark
        if said.startswith(_NO_COMMA) and start and mark and start.line != mark.line:
            said = _UNCLOSED[0]  # the lines below were taken for its contents
        # A bracket that is never closed is noticed far behind it: the bracket is the place.
        mark = (start if any(words in said for words in (*_UNCLOSED, _NO_COLON)) else None) or mark
        place = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path, 1, 1)
        raise SettingsFailure(_reword(said, place, text)) from None


def _behind(path: Path, before: str) -> Location:
    return Location(path, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _reword(said: str, place: Location, text: str) -> Problem:
    lines = text.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        at = Location(place.file, place.line, indent.index("\t") + 1)
        return Problem("E101", "a tab stands where YAML allows only spaces", at, "indent with spaces")
    for fragment, message, hint in _WORDS:
        if fragment in said:
            return Problem("E101", message, place, hint)
    return Problem("E101", f"this is not YAML: {said}", place, "look at the brackets and quotes before it")
