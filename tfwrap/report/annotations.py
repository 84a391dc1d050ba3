"""Problems as workflow commands of GitHub Actions: they stand beside the line of the pull request they are about.

Pure. Whatever a message says stays one command: control characters are spelled out, `%` and line ends escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tfwrap.base.problems import Problem
from tfwrap.report.problems import in_order
from tfwrap.report.words import printable, relative

_DATA = str.maketrans({"%": "%25"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})
_LINE_END = "%0A"


def github_annotations(problems: Iterable[Problem], workspace: Path) -> list[str]:
    """One line per problem; files are relative to `workspace`, the checkout that GitHub knows."""
    return [_annotation(problem, workspace) for problem in in_order(problems)]


def _annotation(problem: Problem, workspace: Path) -> str:
    properties = {"title": problem.code}
    if problem.location is not None:
        place = problem.location
        end = place.column + max(place.length, 1) - 1
        properties = {
            "file": relative(place.file, workspace),
            "line": str(place.line),
            "col": str(place.column),
            "endColumn": str(end),
            **properties,
        }
    said = ",".join(f"{name}={printable(value).translate(_PROPERTY)}" for name, value in properties.items())
    lines = [*problem.message.strip().splitlines(), *([problem.hint] if problem.hint else [])]
    text = _LINE_END.join(printable(line).translate(_DATA) for line in lines)
    return f"::{problem.severity} {said}::{text}"
