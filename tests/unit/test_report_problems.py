from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.base.problems import Location, Problem
from tfwrap.report.problems import render_problems

SETTINGS = "stack: emissary\ninstalls:\n  emissary:\n    replicas: {min: 2, mx: 3}\n"


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / "live" / "dev" / "env.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SETTINGS)
    return path


def text(problems: list[Problem], root: Path, closing: str | None = None, width: int | None = None) -> str:
    return "\n".join(line.text for line in render_problems(problems, root=root, closing=closing, width=width))


def test_all_problems_at_once(env: Path, tmp_path: Path) -> None:
    problems = [
        Problem("E500", "nowhere in particular", hint="look around"),
        Problem("R10", "this is odd", Location(env, 4, 24, 2), severity="warning"),
        Problem("E102", "installs.emissary.replicas.mx is not a setting", Location(env, 4, 24, 2), "did you mean max?"),
        Problem("E101", "first", Location(env, 1, 1, 5)),
        Problem("E101", "first", Location(env, 1, 1, 5)),
    ]
    assert (
        text(problems, tmp_path, "Nothing was planned.")
        == """\
error[E101]: first
 --> live/dev/env.yaml:1:1
  |
1 | stack: emissary
  | ^^^^^

warning[R10]: this is odd
 --> live/dev/env.yaml:4:24
  |
4 |     replicas: {min: 2, mx: 3}
  |                        ^^

error[E102]: installs.emissary.replicas.mx is not a setting
 --> live/dev/env.yaml:4:24
  |
4 |     replicas: {min: 2, mx: 3}
  |                        ^^ did you mean max?

error[E500]: nowhere in particular
  = look around

3 errors, 1 warning. Nothing was planned."""
    )


def test_no_problem_says_nothing(tmp_path: Path) -> None:
    assert text([], tmp_path) == ""


def test_tabs_crlf_and_wide_letters_keep_the_caret_in_place(env: Path, tmp_path: Path) -> None:
    env.write_bytes("a: 1\r\n\tb: {日本: 1, mx: 2}\r\n".encode())
    lines = text([Problem("E1", "m", Location(env, 2, 13, 2))], tmp_path).split("\n")
    assert lines[3] == "2 |     b: {日本: 1, mx: 2}"
    assert lines[4] == "  | " + " " * 4 + " " * len("b: {") + " " * 4 + " " * len(": 1, ") + "^^"


def test_a_long_line_is_shown_where_the_fault_is(env: Path, tmp_path: Path) -> None:
    env.write_text(f"a: [{'x' * 300}, bad, {'y' * 300}]\n")
    lines = text([Problem("E1", "m", Location(env, 1, 307, 3))], tmp_path, width=80).split("\n")
    shown, carets = lines[3], lines[4]
    assert len(shown) <= 80
    assert shown.startswith("1 | …xxx")
    assert shown.endswith("yyy…")
    assert shown[carets.index("^") : carets.index("^") + 3] == "bad"
    assert carets.count("^") == 3


def test_escapes_in_a_source_line_are_spelled_out(env: Path, tmp_path: Path) -> None:
    env.write_text("a: \x1b[31mred\n")
    shown = text([Problem("E1", "m\x1b[0m", Location(env, 1, 1))], tmp_path)
    assert "\x1b" not in shown
    assert "1 | a: \\u001b[31mred" in shown


@pytest.mark.parametrize("line", [0, 99])
def test_a_place_outside_of_the_file_shows_no_line(env: Path, tmp_path: Path, line: int) -> None:
    shown = text([Problem("E1", "m", Location(env, line, 7), "hint")], tmp_path)
    assert f"env.yaml:{line}:7" in shown
    assert "|" not in shown
    assert shown.endswith("= hint")


def test_a_file_that_is_gone_shows_no_line(tmp_path: Path) -> None:
    assert text([Problem("E1", "m", Location(tmp_path / "x", 1, 1))], tmp_path) == "error[E1]: m\n --> x:1:1"


def test_messages_are_wrapped_on_a_terminal_only(env: Path, tmp_path: Path) -> None:
    problem = Problem("R10", " ".join(["word"] * 40), Location(env, 1, 1), " ".join(["hint"] * 30))
    assert problem.message in text([problem], tmp_path)
    wrapped = text([problem], tmp_path, width=60).split("\n")
    assert max(map(len, wrapped)) <= 60
    assert wrapped[1].startswith(" " * len("error[R10]: ") + "word")
    assert "  = hint hint" in "\n".join(wrapped)


def test_the_line_of_a_secret_is_never_shown(env: Path, tmp_path: Path) -> None:
    env.write_text("inputs: {password: hunter2, nme: x}\n")
    problems = [
        Problem("E116", "a literal for the sensitive variable password", Location(env, 1, 20, 7)),
        Problem("E102", "nme is not an input", Location(env, 1, 29, 3), "did you mean name?"),
    ]
    shown = text(problems, tmp_path)
    assert "hunter2" not in shown
    assert "env.yaml:1:29" in shown
    assert "did you mean name?" in shown
