from __future__ import annotations

import io
from typing import Literal

import pytest

from tfwrap.report.line import Line, write_lines
from tfwrap.report.terminal import Terminal
from tfwrap.report.words import amount, cells, duration, printable, to_ascii, value


class Stream(io.TextIOWrapper):
    def __init__(self, *, tty: bool, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(
    ("tty", "environ", "choice", "expected"),
    [
        (True, {}, "auto", True),
        (False, {}, "auto", False),
        (True, {"NO_COLOR": "1"}, "auto", False),
        (True, {"NO_COLOR": ""}, "auto", True),
        (False, {"FORCE_COLOR": "1"}, "auto", True),
        (False, {"FORCE_COLOR": "0"}, "auto", False),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False),
        (True, {"TERM": "dumb"}, "auto", False),
        (True, {"TERM": "unknown"}, "auto", False),
        (False, {"NO_COLOR": "1"}, "always", True),
        (True, {"FORCE_COLOR": "1"}, "never", False),
    ],
)
def test_color(tty: bool, environ: dict[str, str], choice: Literal["auto", "always", "never"], expected: bool) -> None:
    assert Terminal.of(Stream(tty=tty), environ, choice).color is expected


@pytest.mark.parametrize(
    ("tty", "environ", "expected"),
    [
        (True, {}, "tty"),
        (False, {}, "plain"),
        (True, {"TERM": "dumb"}, "plain"),
        (True, {"TERM": "unknown"}, "plain"),
        (True, {"CI": "true"}, "plain"),
    ],
)
def test_progress(tty: bool, environ: dict[str, str], expected: str) -> None:
    terminal = Terminal.of(Stream(tty=tty), environ)
    assert terminal.progress() == expected
    assert terminal.progress("quiet") == "quiet"


@pytest.mark.parametrize(("encoding", "expected"), [("utf-8", False), ("ascii", True), ("latin-1", True)])
def test_glyphs_need_an_encoding_that_has_them(encoding: str, expected: bool) -> None:
    assert Terminal.of(Stream(tty=True, encoding=encoding), {}).ascii is expected


def test_width() -> None:
    assert Terminal.of(Stream(tty=False), {"COLUMNS": "50"}).width == 120
    assert Terminal.of(Stream(tty=True), {"COLUMNS": "50"}).width == 50
    assert Terminal.of(Stream(tty=True), {}).width == 120  # no file descriptor to ask


def test_lines_in_color_and_in_ascii() -> None:
    stream = io.StringIO()
    lines = [Line("+ näme · 1…", "good"), Line(), Line("x", "plain")]
    write_lines(lines, stream, color=True, ascii=True)
    assert stream.getvalue() == "\x1b[32m+ n\\xe4me . 1...\x1b[0m\n\nx\n"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.04, "0.0s"), (0.44, "0.4s"), (9.97, "10s"), (59.4, "59s"), (59.6, "1m00s"), (185, "3m05s"), (3725, "1h02m")],
)
def test_duration(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("plain text", "plain text"),
        ("", '""'),
        ("1.5", '"1.5"'),
        ("true", '"true"'),
        (True, "true"),
        (None, "null"),
        ("a\nb", '"a\\nb"'),
        ("\x1b[31mred", '"\\u001b[31mred"'),
        ("a\u202eb", '"a\\u202eb"'),
        ([1, {"a": "ä"}], '[1, {"a": "ä"}]'),
        (" x", '" x"'),
    ],
)
def test_a_value_on_one_line(item: object, expected: str) -> None:
    assert value(item) == expected


def test_long_values_say_how_long_they_are() -> None:
    text = value("x" * 500)
    assert len(text) <= 120
    assert text.endswith("x… (500 characters)")


def test_words() -> None:
    assert (amount(1, "unit"), amount(0, "unit")) == ("1 unit", "0 units")
    assert printable("a\x00b\x9bc\ud800") == "a\\u0000b\\u009bc\\ud800"
    assert (cells("日本"), cells("e\u0301"), cells("ab")) == (4, 1, 2)
    assert to_ascii("✔ a… · 日") == "+ a... . \\u65e5"
