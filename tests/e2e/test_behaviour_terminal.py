"""What a person sees on a terminal while a run goes on and when it is done (behaviours 1-4, 7, 8, 17, 19, 21)."""

from __future__ import annotations

import json
import re
import signal
from typing import Any

import pytest
from kit.project import ProjectKit
from kit.screen import Screen
from kit.units import prepare, unit

PLAIN_ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
ESCAPE = b"\x1b["
COLOR = re.compile(rb"\x1b\[[0-9;]*m")
BROKEN = unit("work", inputs={"text": "broken", "needs": "/nowhere/to/be/found"})


@pytest.fixture
def slow(project: ProjectKit) -> ProjectKit:
    """network is at work for two seconds, app waits for it, dns is done at once."""
    units: dict[str, dict[str, Any]] = {
        "network": unit("work", inputs={"text": "net", "seconds": 2}),
        "dns": unit("echo", text="dns"),
        "app": unit("echo", text="on ${network.id}"),
    }
    prepare(project, units)
    return project


@pytest.fixture
def changing(project: ProjectKit) -> ProjectKit:
    """Of applied units one would be replaced, one changed, and one stays."""
    units = {"old": unit("kept", text="a"), "new": unit("echo", text="a"), "same": unit("echo", text="a")}
    prepare(project, units)
    project.write(
        {"modules/kept/main.tf": (project.root / "modules/kept/main.tf").read_text().replace("true", "false")}
    )
    assert project.run("apply", "dev", "--yes").status == 0
    prepare(project, {**units, "old": unit("kept", text="b"), "new": unit("echo", text="b")})
    project.write(
        {"modules/kept/main.tf": (project.root / "modules/kept/main.tf").read_text().replace("true", "false")}
    )
    return project


def test_units_at_work_are_redrawn_and_finished_ones_scroll_up(slow: ProjectKit) -> None:
    screen = Screen(slow, "apply", "dev", "--yes")
    screen.wait_for(r"\S network  applying      [12]\.\ds   terraform_data\.this: provisioning")
    lines = screen.lines()
    assert re.fullmatch(r"  ✔ dns      applied       \d\.\ds   1 added", lines[-3]), screen.text()
    assert lines[-1] == "  · app      waits for network"
    assert screen.finish() == 0
    assert "applying" not in screen.text()  # the board is gone, the single lines stay
    assert "waits for" not in screen.text()
    assert len(re.findall(r"^  ✔ (?:network|dns|app) +applied", screen.text(), re.MULTILINE)) == 3


@pytest.mark.parametrize("columns", [48, 80, 160])
def test_a_finished_unit_is_one_line_however_much_there_is_to_say(project: ProjectKit, columns: int) -> None:
    prepare(project, {"broken": BROKEN})
    screen = Screen(project, "apply", "dev", "--yes", columns=columns)
    assert screen.finish() == 1
    text = screen.text()
    board = text[: text.index("broken   failed\n")].splitlines()
    assert [line.split()[1:3] for line in board if line] == [["broken", "planned"], ["broken", "failed"]]
    assert board[1].endswith("…") or columns > len(board[1])
    assert all(len(line) <= columns for line in screen.lines())
    assert "broken: local-exec" not in board[1]  # the row says whose it is already
    said = " ".join(text[text.index("error[E501]") :].split())
    assert "/nowhere/to/be/found" in said  # whole, below
    assert text.rstrip().endswith("Next: tfwrap logs dev broken")


def test_messages_are_broken_between_words(project: ProjectKit) -> None:
    prepare(project, {"broken": BROKEN})
    screen = Screen(project, "apply", "dev", "--yes", columns=60)
    screen.finish()
    start = next(place for place, line in enumerate(screen.lines()) if line.startswith("error[E501]"))
    message = screen.lines()[start : start + 4]
    assert all(len(line) <= 60 for line in message)
    assert message[1].startswith(" " * len("error[E501]: "))


def test_in_a_narrow_terminal_the_table_keeps_what_matters(changing: ProjectKit) -> None:
    wide = Screen(changing, "plan", "dev", columns=100)
    assert wide.finish() == 0
    assert next(line for line in wide.lines() if line.startswith("  unit")).split() == [
        *("unit", "add", "change", "replace", "destroy", "class", "time"),
    ]
    narrow = Screen(changing, "plan", "dev", columns=42)
    assert narrow.finish() == 0
    rows = [line for line in narrow.lines() if re.match(r"  (unit|old|new|same) ", line)]
    assert [row.split() for row in rows] == [
        ["unit", "add", "change", "destroy", "class"],
        ["old", "1", "·", "1", "exact"],
        ["new", "·", "1", "·", "exact"],
        ["same", "·", "·", "·", "exact"],
    ]


def test_what_is_lost_is_first_and_red_and_the_end_says_what_to_type(changing: ProjectKit) -> None:
    screen = Screen(changing, "plan", "dev")
    assert screen.finish() == 0
    lines = [line for line in screen.lines() if line]
    loss = next(place for place, line in enumerate(lines) if line.startswith("! "))
    assert lines[loss] == "! 1 unit would lose resources: old (1 replaced)"
    assert screen.color("! 1 unit") == ("red", True)
    table = next(place for place, line in enumerate(lines) if line.startswith("  unit "))
    assert loss < table
    assert lines[table + 1].split()[:5] == ["old", "1", "·", "1", "1"]  # before those that lose nothing
    assert screen.color("old ")[0] == "red"
    assert screen.color("new ")[0] == "green"
    assert lines[-2].startswith("Plan: 1 to add, 1 to change, 1 to destroy. 3 units in ")
    assert lines[-1] == "Next: tfwrap apply dev --plan .tfwrap/plans/dev"


def test_the_result_can_be_piped_while_the_board_is_watched(slow: ProjectKit) -> None:
    screen = Screen(slow, "plan", "dev", "--json", piped=True)
    assert screen.process.stdout
    assert screen.process.stdout
    with screen.process.stdout as result:
        document = json.loads(result.read())
    assert screen.finish() == 0
    assert [row["name"] for row in document["units"]] == ["network", "dns", "app"]
    assert "✔ dns" in screen.text()
    assert "{" not in screen.text()


def test_without_colours_there_are_none_at_all(slow: ProjectKit) -> None:
    ways: list[tuple[tuple[str, ...], dict[str, str]]] = [
        ((), {"NO_COLOR": "1"}),
        ((), {"NO_COLOR": "1", "FORCE_COLOR": "1"}),
        (("--color", "never"), {"FORCE_COLOR": "1"}),
    ]
    for arguments, env in ways:
        screen = Screen(slow, "plan", "dev", *arguments, env=env)
        assert screen.finish() == 0
        assert "✔ dns" in screen.text()
        assert {*COLOR.findall(screen.raw)} <= {b"\x1b[0m", b"\x1b[m"}, (arguments, env)


def test_a_dumb_terminal_gets_lines_without_any_escape(slow: ProjectKit) -> None:
    screen = Screen(slow, "plan", "dev", env={"TERM": "dumb"})
    assert screen.finish() == 0
    assert re.search(r"^\d\d:\d\d:\d\d dns planned in \d\.\ds: 1 to add$", screen.text(), re.MULTILINE)
    assert ESCAPE not in screen.raw


def test_without_glyphs_the_board_is_ascii(slow: ProjectKit) -> None:
    screen = Screen(slow, "apply", "dev", "--yes", env=PLAIN_ASCII)
    screen.wait_for(r"[-|/\\] network  applying")
    assert screen.lines()[-1] == "  . app      waits for network"
    assert screen.finish() == 0
    assert screen.raw.isascii()


def test_lines_and_silence_can_be_had_on_a_terminal(slow: ProjectKit) -> None:
    plain = Screen(slow, "plan", "dev", "--progress", "plain")
    assert plain.finish() == 0
    assert re.search(r"^\d\d:\d\d:\d\d dns planned", plain.text(), re.MULTILINE)
    quiet = Screen(slow, "plan", "dev", "--progress", "quiet")
    assert quiet.finish() == 0
    assert quiet.lines()[0].startswith("network   1 to add")


def test_in_ci_nothing_is_redrawn_though_it_is_a_terminal(slow: ProjectKit) -> None:
    screen = Screen(slow, "plan", "dev", env={"CI": "true"})
    assert screen.finish() == 0
    assert re.search(r"^\d\d:\d\d:\d\d dns planned", screen.text(), re.MULTILINE)
    assert b"\x1b[1A" not in screen.raw


def test_ctrl_c_still_ends_with_a_summary(slow: ProjectKit) -> None:
    screen = Screen(slow, "apply", "dev", "--yes")
    screen.wait_for(lambda text: re.search(r"dns +applied", text) is not None and "network  applying" in text)
    screen.process.send_signal(signal.SIGINT)
    assert screen.finish() == 130
    table = screen.text()[screen.text().index("  unit ") :]
    assert re.search(r"^  dns .* applied ", table, re.MULTILINE)
    assert re.search(r"^  app .* interrupted ", table, re.MULTILINE)


def test_a_diff_is_coloured_for_people_and_exact_in_a_pipe(changing: ProjectKit) -> None:
    screen = Screen(changing, "generate", "dev", "--diff")
    assert screen.finish() == 0
    assert screen.color("changed live/dev/new/main.tf") == ("default", True)
    assert [screen.color(line)[0] for line in ('-  text = "a"', '+  text = "b"')] == ["red", "green"]
    piped = changing.run("generate", "dev", "--diff").out
    assert "\x1b" not in piped
    assert [line.rstrip() for line in piped.splitlines()] == screen.lines()


def test_losses_are_approved_by_the_name_of_the_environment(changing: ProjectKit) -> None:
    refused = Screen(changing, "apply", "dev")
    refused.wait_for("1 to destroy. Type dev to go on: ?$")
    refused.type("y\n")
    assert refused.finish() == 6
    assert "error[E604]: not approved" in refused.text()
    stopped = Screen(changing, "apply", "dev")
    stopped.wait_for("Type dev to go on")
    stopped.process.send_signal(signal.SIGINT)
    assert stopped.finish() == 130
    assert stopped.lines()[-1] == "Interrupted. Nothing was applied."  # on a line of its own
    agreed = Screen(changing, "apply", "dev")
    agreed.wait_for("Type dev to go on")
    assert "! 1 unit would lose resources: old (1 replaced)" in agreed.text()  # shown before it asks
    agreed.type("dev\n")
    assert agreed.finish() == 0
    assert "Applied: 1 added, 1 changed, 1 destroyed." in agreed.text()


def test_without_losses_a_yes_will_do(slow: ProjectKit) -> None:
    refused = Screen(slow, "apply", "dev", "-u", "dns")
    refused.wait_for(r"Apply dev\? \[y/N\]")
    refused.type("n\n")
    assert refused.finish() == 6
    agreed = Screen(slow, "apply", "dev", "-u", "dns")
    agreed.wait_for(r"Apply dev\?")
    agreed.type("y\n")
    assert agreed.finish() == 0
