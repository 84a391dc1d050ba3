"""Which files of a chart folder helm packages: all but what its .helmignore and helm's own rule leave out.

Helm's reading of that file is not git's: order does not matter, `!x` leaves out everything that is *not* x, and
there is no `**`. Nothing here knows what a chart's files mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfwrap.base.problems import Location, Problem, SettingsFailure

FILE_NAME = ".helmignore"
_OWN_RULE = "templates/.?*"
_TOKEN = re.compile(r"\\(?P<literal>.)|(?P<set>\[\^?(?:\\.|[^\]\\])+\])|(?P<any>\*)|(?P<one>\?)|(?P<plain>[^\\\[])")


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern[str]
    negated: bool
    folders_only: bool
    whole_path: bool

    def leaves_out(self, path: str, *, is_folder: bool) -> bool:
        if self.folders_only and not is_folder:
            return self.negated
        subject = path if self.whole_path else path.rsplit("/", 1)[-1]
        return (self.pattern.fullmatch(subject) is not None) != self.negated


def packaged_files(chart: Path) -> Iterator[tuple[str, Path]]:
    """Path inside the chart with `/`, and the file, sorted by the former; links are followed, as helm does."""
    yield from sorted(_walk(chart, "", _rules(chart / FILE_NAME)))


def _walk(folder: Path, prefix: str, rules: tuple[Rule, ...]) -> Iterator[tuple[str, Path]]:
    for entry in folder.iterdir():
        path, is_folder = f"{prefix}{entry.name}", entry.is_dir()
        if any(rule.leaves_out(path, is_folder=is_folder) for rule in rules):
            continue
        if is_folder:
            yield from _walk(entry, f"{path}/", rules)
        else:
            yield path, entry


def _rules(file: Path) -> tuple[Rule, ...]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    rules = [_parse(_OWN_RULE)]
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        rule = None if "**" in text else _parse(text)
        if rule is None:
            message = f"{FILE_NAME}: helm does not understand {text!r}"
            hint = "helm knows *, ?, [a-z], a leading / or ! and a trailing /; there is no **"
            raise SettingsFailure(Problem("E161", message, Location(file, number, 1, len(text)), hint))
        rules.append(rule)
    return tuple(rule for rule in rules if rule is not None)


def _parse(text: str) -> Rule | None:
    body = text.removeprefix("!")
    name = body.removesuffix("/")
    pattern = _translate(name.removeprefix("/"))
    return pattern and Rule(pattern, text != body, name != body, "/" in name)


def _translate(glob: str) -> re.Pattern[str] | None:
    """A regular expression for a pattern of Go's path/filepath.Match, or None if that refuses it."""
    parts, position = [], 0
    while position < len(glob):
        token = _TOKEN.match(glob, position)
        if token is None:
            return None
        position = token.end()
        if token["any"]:
            parts.append("[^/]*")
        elif token["one"]:
            parts.append("[^/]")
        elif token["set"]:
            parts.append(token["set"].replace("[[", r"[\["))
        else:
            parts.append(re.escape(token["literal"] or token["plain"]))
    return re.compile("".join(parts), re.DOTALL)
