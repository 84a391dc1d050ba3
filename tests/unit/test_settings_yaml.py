"""YAML as the core schema has it, and every way in which a file can be no YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.settings.document import read_document


def read(tmp_path: Path, text: str) -> dict[str, Any]:
    file = tmp_path / "env.yaml"
    file.write_text(text, encoding="utf-8")
    return read_document(file).data


def faults(tmp_path: Path, text: str) -> list[tuple[str, int, int, str]]:
    with pytest.raises(SettingsFailure) as caught:
        read(tmp_path, text)
    return [_row(problem) for problem in caught.value.problems]


def _row(problem: Problem) -> tuple[str, int, int, str]:
    assert problem.location is not None
    return problem.code, problem.location.line, problem.location.column, problem.message


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2001-01-01", "2001-01-01"),
        ("on", "on"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("0123", 123),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("+5", 5),
        ("-0", 0),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        ("True", True),
        ("tRue", "tRue"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("'true'", "true"),
        ('"1"', "1"),
        ("|\n  two\n  lines", "two\nlines\n"),
        (">-\n  two\n  words", "two words"),
        ("{x: [1, {y: z}]}", {"x": [1, {"y": "z"}]}),
    ],
)
def test_scalars_are_those_of_the_core_schema(tmp_path: Path, written: str, value: object) -> None:
    found = read(tmp_path, f"a: {written}\n")["a"]
    assert (found, type(found)) == (value, type(value))


def test_an_empty_file_is_an_empty_map(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing yet\n") == {}


def test_aliases_repeat_data(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &x {k: [1]}\nb: *x\n") == {"a": {"k": [1]}, "b": {"k": [1]}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n\tb: 2\n", ("E101", 2, 1, "a tab stands where YAML allows only spaces")),
        ("a:\n  - x\n \t - y\n", ("E101", 3, 2, "a tab stands where YAML allows only spaces")),
        ("a: b: c\n", ("E101", 1, 5, "a second `:` stands where YAML allows none")),
        ("a: [1, 2\n\nb: 1\n", ("E101", 1, 4, "this bracket or quote is never closed")),
        ("a: [1 : 2 : 3]\n", ("E101", 1, 11, "a comma or a closing bracket is missing here")),
        ("a: 'x\n", ("E101", 1, 4, "this bracket or quote is never closed")),
        ("a: @x\n", ("E101", 1, 4, "a text cannot start with this character")),
        ("a:\n  b: 1\n c: 2\n", ("E101", 3, 2, "this line does not line up with the ones above")),
        ("a: 1\nbc\n\n\nd: 2\n", ("E101", 2, 1, "this line has no `:` after its key")),
        ("a: *x\n", ("E101", 1, 4, "the alias *x has no anchor before it")),
        ("a: &a [*a]\n", ("E101", 1, 8, "the alias *a stands inside what it names")),
        ("a: !!python/name:os.system x\n", ("E101", 1, 4, "YAML tags are not allowed here")),
        ("a: 1\n---\nb: 2\n", ("E101", 2, 1, "there is a second YAML document in this file")),
        ("a: \x01\n", ("E101", 1, 4, "YAML does not allow this control character")),
        ('a: "\\ud800"\n', ("E101", 1, 4, "half of a surrogate pair is not text")),
        ('a: "b\\0"\n', ("E101", 1, 4, "a NUL character fits into no name, variable or file of an operating system")),
        (f"a: {'[' * 80}{']' * 80}\n", ("E101", 1, 68, "nested deeper than 64 levels")),
        ("8080: x\n", ("E103", 1, 1, "a key should be text")),
        ("a: -.inf\n", ("E103", 1, 4, "-.inf is not a finite number")),
        ("a: 1e999\n", ("E103", 1, 4, "1e999 is not a finite number")),
        (f"a: {'9' * 5000}\n", ("E103", 1, 4, "this number is too long")),
        ("- a\n", ("E103", 1, 1, "env.yaml should be a map of settings")),
    ],
)
def test_a_broken_file_says_where_and_why(tmp_path: Path, text: str, expected: tuple[str, int, int, str]) -> None:
    assert faults(tmp_path, text) == [expected]


def test_every_doubled_key_is_told_with_both_places(tmp_path: Path) -> None:
    with pytest.raises(SettingsFailure) as caught:
        read(tmp_path, "a: 1\nb: {x: 1, y: 2, x: 3}\na: 2\n")
    assert [(*_row(problem), problem.hint) for problem in caught.value.problems] == [
        ("E105", 2, 17, "the key x stands twice in one map", "the first one is in line 2, column 5"),
        ("E105", 3, 1, "the key a stands twice in one map", "the first one is in line 1, column 1"),
    ]


def test_nothing_behind_a_key_is_found_at_the_key(tmp_path: Path) -> None:
    file = tmp_path / "env.yaml"
    file.write_text("a:\n  b:\n\n# the end\n\nc: ~\n")
    document = read_document(file)
    assert document.data == {"a": {"b": None}, "c": None}
    places = [document.location(path) for path in (("a", "b"), ("c",))]
    assert [(place.line, place.column) for place in places] == [(2, 3), (6, 4)]


def test_a_bomb_of_aliases_does_not_go_off(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    [(code, line, _, message)] = faults(tmp_path, "\n".join(lines))
    assert (code, line, message) == ("E101", 5, "aliases repeat more than 100000 values")


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "env.yaml"
    file.write_bytes("a: 1\nb: ä".encode("latin-1"))
    with pytest.raises(SettingsFailure) as caught:
        read_document(file)
    assert _row(caught.value.problems[0]) == ("E101", 2, 4, "this byte is not UTF-8 text")
