"""Where things stand in a TOML file: the standard library reads TOML without places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Location, Problem, SettingsFailure

_HEADER = re.compile(r"\s*\[\[?\s*(?P<key>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_PAIR = re.compile(
    r"(?P<indent>\s*)(?P<key>(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'|\s*\.\s*)+?)(?P<equals>\s*=\s*)(?P<value>.*)"
)
_PLACE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True)
class TomlDocument:
    """A TOML file's data, and the places of the tables and keys that start a line."""

    path: Path
    data: dict[str, Any]
    places: dict[tuple[str, ...], tuple[Location, Location]]  # path -> (key, value)
    prefix: tuple[str, ...] = ()

    def location(self, path: Sequence[str | int], *, key: bool = False) -> Location:
        """The place of the value or key at `path`, or of its nearest known ancestor's key."""
        whole = (*self.prefix, *(str(step) for step in path))
        for length in range(len(whole), 0, -1):
            found = self.places.get(whole[:length])
            if found is not None:
                return found[1] if length == len(whole) and not key else found[0]
        return Location(self.path, 1, 1)

    def table(self, *path: str) -> TomlDocument | None:
        """The part below a table, with its own paths; None if there is none."""
        data: Any = self.data
        for step in path:
            data = data.get(step) if isinstance(data, dict) else None
        return TomlDocument(self.path, data, self.places, path) if isinstance(data, dict) else None


def read_toml(path: Path) -> TomlDocument:
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors write a mark first
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name} cannot be read: {getattr(error, 'strerror', 'it is not UTF-8 text')}"
        raise SettingsFailure(Problem("E110", message, Location(path, 1, 1))) from None
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsFailure(_broken(path, text, str(error))) from None
    return TomlDocument(path, data, _places(path, text))


def _broken(path: Path, text: str, message: str) -> Problem:
    found = _PLACE.search(message)
    line, column = (found["line"], found["column"]) if found and found["line"] else (text.count("\n") + 1, 1)
    reason = _PLACE.sub("", message)
    return Problem(
        "E110", f"this is not TOML: {reason[:1].lower()}{reason[1:]}", Location(path, int(line), int(column))
    )


def _places(path: Path, text: str) -> dict[tuple[str, ...], tuple[Location, Location]]:
    places: dict[tuple[str, ...], tuple[Location, Location]] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            steps = _steps(header["key"])
            place = Location(path, number, header.start("key") + 1, len(header["key"]))
            if steps:
                table = steps
                places.setdefault(table, (place, place))
        elif pair := _PAIR.fullmatch(line):
            value = pair["value"].split(" #")[0].rstrip()
            key_place = Location(path, number, pair.start("key") + 1, len(pair["key"]))
            value_place = Location(path, number, pair.start("value") + 1, max(len(value), 1))
            places.setdefault((*table, *_steps(pair["key"])), (key_place, value_place))
    return places


def _steps(key: str) -> tuple[str, ...]:
    """A dotted key as its parts; tomllib knows how quotes work."""
    import tomllib

    try:
        data: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    steps = []
    while isinstance(data, dict):
        step, data = next(iter(data.items()))
        steps.append(step)
    return tuple(steps)
