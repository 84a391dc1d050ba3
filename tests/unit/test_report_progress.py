from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from golden import records

from tfwrap.base.problems import Problem
from tfwrap.report.board import Board
from tfwrap.report.document import document
from tfwrap.report.events import Events
from tfwrap.report.lines import Lines, Quiet
from tfwrap.run.record import Listener, Result, UnitRecord

NOON = datetime(2026, 1, 2, 12, 1, 7, 250_000, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def lines_of(command: str = "plan", **more: bool) -> tuple[Lines, io.StringIO, Clock]:
    stream, clock = io.StringIO(), Clock()
    return Lines(stream, command=command, now=lambda: NOON, clock=clock, **more), stream, clock


def test_a_finished_unit_is_one_line() -> None:
    lines, stream, _ = lines_of()
    unit = records.planned("emissary-crds", "helm-create")
    lines.started(unit, "init")
    lines.started(unit, "plan")
    lines.finished(unit)
    lines.finished(
        UnitRecord("app", "failed", problems=[Problem("E500", "\n  no such host\nmore")], seconds={"plan": 2})
    )
    lines.finished(UnitRecord("web", "blocked", cause="app"))
    lines.finished(records.planned("same", "unchanged"))
    lines.note("waiting for a lock\nof somebody")
    assert stream.getvalue().splitlines() == [
        "12:01:07 emissary-crds planned in 0.3s: 1 to add",
        "12:01:07 app failed in 2.0s: no such host",
        "12:01:07 web blocked: app failed",
        "12:01:07 same planned in 0.3s: no changes",
        "12:01:07 waiting for a lock\\nof somebody",
    ]


@pytest.mark.parametrize(
    ("command", "result", "expected"),
    [
        ("apply", "applied", "applied in 0.3s: 12 added"),
        ("drift", "unchanged", "checked in 0.3s: no drift"),
        ("apply", "needs_replan", "needs a new plan in 0.3s: moved"),
    ],
)
def test_words_of_commands(command: str, result: Result, expected: str) -> None:
    lines, stream, _ = lines_of(command)
    unit = records.planned("a", "create")
    unit.result, unit.reason = result, "moved" if result == "needs_replan" else None
    lines.finished(unit)
    assert stream.getvalue() == f"12:01:07 a {expected}\n"


def test_a_long_apply_gives_a_sign_of_life_now_and_then() -> None:
    lines, stream, clock = lines_of("apply")
    unit = UnitRecord("app")
    lines.started(unit, "apply")
    for _ in range(25):
        clock.now += 1
        lines.progress(unit, "apply", "helm_release.this: creating")
    assert stream.getvalue().splitlines() == [
        "12:01:07 app applying",
        "12:01:07 app applying: helm_release.this: creating",
        "12:01:07 app applying: helm_release.this: creating",
    ]


def test_color_and_ascii_of_lines() -> None:
    lines, stream, _ = lines_of(color=True, ascii=True)
    lines.finished(UnitRecord("app", "failed", reason="nö"))
    assert stream.getvalue() == "\x1b[31m12:01:07 app failed: n\\xf6\x1b[0m\n"


def test_events_are_one_json_object_a_line() -> None:
    stream = io.StringIO()
    record = records.mixed()
    events = Events(stream, record.root, now=lambda: NOON)
    unit = record.unit("network")
    events.started(unit, "plan")
    events.progress(unit, "plan", "reading")
    events.finished(unit)
    events.note("hello")
    events.run_finished(record)
    read = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["type"] for event in read] == [
        "unit_started", "progress", "unit_finished", "note", "run_finished",
    ]  # fmt: skip
    assert all((event["version"], event["time"]) == (1, "2026-01-02T12:01:07.250Z") for event in read)
    assert read[0] == {
        "version": 1, "type": "unit_started", "time": "2026-01-02T12:01:07.250Z", "unit": "network", "phase": "plan",
    }  # fmt: skip
    assert read[2]["result"] == "failed"
    assert read[2]["row"] == document(record)["units"][2]
    assert read[4]["document"] == document(record)


def test_the_board_off_a_terminal_prints_finished_units_only() -> None:
    stream = io.StringIO()
    board = Board({"network": (), "app": ("network",)}, stream=stream, color=False)
    with board:
        board.started(UnitRecord("network"), "plan")
        board.note("a note")
        board.finished(records.planned("network", "create"))
        board.finished(UnitRecord("app", "blocked", cause="network"))
    assert stream.getvalue().splitlines() == [
        "  a note",
        "  ✔ network  planned       0.3s   12 to add",
        "  · app      blocked              network failed",
    ]


def board_rows(board: Board) -> list[str]:
    return [text.plain for text in board.rows()]


def test_the_board_says_who_runs_and_who_waits_for_whom() -> None:
    clock = Clock()
    names = {"crds": (), "ingress": ("crds",), "config": ("ingress", "crds"), "free": ()}
    board = Board(names, stream=io.StringIO(), clock=clock)
    board.started(UnitRecord("crds"), "init")
    clock.now += 0.3
    board.started(UnitRecord("crds"), "plan")
    board.progress(UnitRecord("crds"), "plan", "helm_release.this: reading\x1b[2J chart")
    assert board_rows(board) == [
        "  ⠸ crds     planning      0.3s   helm_release.this: reading\\u001b[2J chart",
        "  · ingress  waits for crds",
        "  · config   waits for ingress, crds",
        "  · free     waits for its turn",
    ]
    board.finished(records.planned("crds", "create"))
    assert board_rows(board)[:2] == ["  · ingress  waits for its turn", "  · config   waits for ingress"]


def test_the_board_counts_waiting_units_it_has_no_room_for() -> None:
    board = Board({f"u{number:02}": () for number in range(20)}, stream=io.StringIO(), ascii=True)
    rows = board_rows(board)
    assert len(rows) == 7
    assert rows[-1] == "  . 14 more units waiting"


def test_all_are_listeners() -> None:
    listeners: list[Listener] = [
        Lines(io.StringIO()), Quiet(), Board({}, stream=io.StringIO()), Events(io.StringIO(), Path("/")),
    ]  # fmt: skip
    for listener in listeners[1:2]:
        listener.started(UnitRecord("a"), "plan")
        listener.progress(UnitRecord("a"), "plan", "x")
        listener.finished(UnitRecord("a"))
        listener.note("x")


def test_rich_and_pydantic_are_not_needed_for_plain_output() -> None:
    code = (
        "import sys, tfwrap.report.text, tfwrap.report.lines, tfwrap.report.problems, tfwrap.report.terminal, "
        "tfwrap.report.files; "
        "print([name for name in ('rich', 'pydantic', 'ruamel.yaml') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
