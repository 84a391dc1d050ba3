from __future__ import annotations

from pathlib import Path

from tfwrap.base.problems import Location, Problem
from tfwrap.report.annotations import github_annotations

ROOT = Path("/checkout")


def test_a_problem_stands_beside_its_line() -> None:
    place = Location(ROOT / "infra/live/dev/env.yaml", 12, 7, 10)
    problem = Problem("E102", "netwrok_id is not an input", place, "did you mean network_id?")
    (line,) = github_annotations([problem], ROOT)
    assert line == (
        "::error file=infra/live/dev/env.yaml,line=12,col=7,endColumn=16,title=E102"
        "::netwrok_id is not an input%0Adid you mean network_id?"
    )


def test_a_warning_without_a_place() -> None:
    assert github_annotations([Problem("R35", "odd", severity="warning")], ROOT) == ["::warning title=R35::odd"]


def test_each_once_in_the_order_of_the_file() -> None:
    def at(line: int) -> Problem:
        return Problem("E101", f"line {line}", Location(ROOT / "env.yaml", line, 1))

    said = github_annotations([at(9), at(2), at(9)], ROOT)
    assert [line.rpartition("::")[2] for line in said] == ["line 2", "line 9"]


def test_what_a_pull_request_writes_cannot_be_a_command() -> None:
    """A runner takes every line that begins with `::` for a command; `%0A` and `,` mean something to it, too."""
    message = "100%0A::add-mask::x\n::stop-commands::token\r\n  ::debug::\x1b[31mred"
    place = Location(ROOT / "a,line=1::b%\n::error::.yaml", 1, 1)
    (line,) = github_annotations([Problem("E101", message, place, "hint\n::warning::no")], ROOT)
    assert line == (
        "::error file=a%2Cline=1%3A%3Ab%25\\n%3A%3Aerror%3A%3A.yaml,line=1,col=1,endColumn=1,title=E101"
        "::100%250A::add-mask::x%0A::stop-commands::token%0A  ::debug::\\u001b[31mred%0Ahint\\n::warning::no"
    )
    assert len(line.splitlines()) == 1
