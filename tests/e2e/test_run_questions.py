"""A later plan that differs is asked about while other units go on, on a real terminal."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kit.project import ProjectKit
from kit.units import prepare, resources, unit
from kit.waiting import wait_for

_QUESTION = "many: 2 to add, 0 to change, 0 to destroy now. Apply that? [y/N]: "


class Terminal:
    """What a person sees, and types."""

    def __init__(self, process: subprocess.Popen[str], handle: int) -> None:
        self.process = process
        self._handle = handle
        self.seen = ""

    def shows(self, text: str) -> bool:
        try:
            self.seen += os.read(self._handle, 1 << 16).decode()
        except BlockingIOError:
            pass
        except OSError:  # the other end is closed
            return text in self.seen
        return text in self.seen

    def wait(self, text: str) -> None:
        wait_for(lambda: self.shows(text), say=lambda: self.seen)

    def type(self, words: str) -> None:
        os.write(self._handle, f"{words}\n".encode())

    def end(self) -> str:
        """The rest of what is shown, once the command has ended; its result."""
        wait_for(lambda: self.shows("\0") or self.process.poll() is not None, say=lambda: self.seen)
        out, _ = self.process.communicate(timeout=60)
        self.shows("")
        return out


@contextmanager
def at_a_terminal(project: ProjectKit, *arguments: str) -> Iterator[Terminal]:
    """The command with a terminal as stdin and stderr; its result goes into a pipe."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    process = subprocess.Popen(
        project.command(*arguments),
        cwd=project.root,
        env={**project.environment(), "TERM": "xterm"},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        os.close(ours)


def _lay_out(project: ProjectKit) -> Path:
    """`many` can be planned only after `late`: it is asked about. `slow` and `slower` have nothing to do with it."""
    trace, go = project.root / "trace", project.root / "go"
    work = {"trace": str(trace)}
    waits = f"while ! test -e {go}; do sleep 0.1; done"
    prepare(
        project,
        {
            "late": unit("late", inputs={"texts": ["a", "b"]}),
            "many": unit("count", inputs={"names": "${late.texts}"}),
            "slow": unit("work", text="slow", inputs=work, hooks={"before_apply": [["sh", "-c", waits]]}),
            "slower": unit("work", text="slower", inputs=work, after=["slow"]),
        },
    )
    return trace


@pytest.mark.parametrize("progress", ["plain", "tty"])
def test_others_go_on_while_somebody_thinks(project: ProjectKit, progress: str) -> None:
    trace = _lay_out(project)
    with at_a_terminal(project, "apply", "dev", "--json", "-j", "3", "--progress", progress) as terminal:
        terminal.wait("Apply dev? [y/N]: ")
        terminal.type("y")
        terminal.wait(_QUESTION)
        (project.root / "go").touch()
        wait_for(lambda: trace.exists() and "end slower" in trace.read_text(), say=lambda: terminal.seen)
        wait_for(lambda: resources(project, "slower") == 1)
        terminal.shows("")
        assert terminal.seen.endswith(_QUESTION)
        terminal.type("what?")
        terminal.wait("invalid input")
        terminal.type("y")
        out = terminal.end()
    assert terminal.process.returncode == 0, terminal.seen
    rows = {row["name"]: row["result"] for row in json.loads(out)["units"]}
    assert rows == dict.fromkeys(("late", "many", "slow", "slower"), "applied")
    assert resources(project, "many") == 2
    after = terminal.seen.partition(_QUESTION)[2].partition("y\r\n")[2]
    assert ("slower" in after, "many" in after) == (True, True)


def test_a_no_leaves_the_unit_alone(project: ProjectKit) -> None:
    _lay_out(project)
    (project.root / "go").touch()
    with at_a_terminal(project, "apply", "dev", "--progress", "plain") as terminal:
        terminal.wait("Apply dev? [y/N]: ")
        assert "Planned again on the way, and asked about if something else comes out: many.\r\n" in terminal.seen
        terminal.type("y")
        terminal.wait(_QUESTION)
        terminal.type("")
        terminal.end()
    assert terminal.process.returncode == 5, terminal.seen
    assert (resources(project, "many"), resources(project, "slower")) == (0, 1)


def test_a_signal_ends_the_question(project: ProjectKit) -> None:
    _lay_out(project)
    (project.root / "go").touch()
    with at_a_terminal(project, "apply", "dev", "--report", "report.json", "--progress", "plain") as terminal:
        terminal.wait("Apply dev? [y/N]: ")
        terminal.type("y")
        terminal.wait(_QUESTION)
        wait_for(lambda: resources(project, "slower") == 1)
        terminal.process.send_signal(signal.SIGINT)
        terminal.end()
    assert terminal.process.returncode == 130, terminal.seen
    rows = {row["name"]: row["result"] for row in json.loads((project.root / "report.json").read_text())["units"]}
    assert rows == {"late": "applied", "many": "interrupted", "slow": "applied", "slower": "applied"}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=str)
def test_a_signal_at_the_first_question_changes_nothing(
    project: ProjectKit, number: signal.Signals, status: int
) -> None:
    prepare(project, {"a": unit(text="a")})
    with at_a_terminal(project, "apply", "dev", "--progress", "plain") as terminal:
        terminal.wait("Apply dev? [y/N]: ")
        assert "Planned again" not in terminal.seen  # everything shown is what would be done
        terminal.process.send_signal(number)
        terminal.end()
    assert terminal.process.returncode == status, terminal.seen
    assert (resources(project, "a"), "Traceback" in terminal.seen) == (0, False)


@pytest.mark.parametrize("flag", ["--json", "--events"])
def test_what_is_asked_about_is_no_part_of_the_result(project: ProjectKit, flag: str) -> None:
    """stdout is for a program: the plan is shown beside the question."""
    prepare(project, {"one": unit(text="a")})
    with at_a_terminal(project, "apply", "dev", flag, "--report", "report.json", "--progress", "plain") as terminal:
        terminal.wait("Apply dev? [y/N]: ")
        assert "1 to add" in terminal.seen.replace("one planned in", "")
        terminal.type("n")
        out = terminal.end()
    assert terminal.process.returncode == 6, terminal.seen
    report = json.loads((project.root / "report.json").read_text())
    assert [(row["name"], row["result"], row["add"]) for row in report["units"]] == [("one", "changed", 1)]
    assert (report["exit_code"], [problem["code"] for problem in report["problems"]]) == (6, ["E604"])
    last = json.loads(out if flag == "--json" else out.splitlines()[-1])
    assert (last if flag == "--json" else last["document"]) == report
    assert resources(project, "one") == 0


def test_without_a_terminal_the_document_says_what_was_not_approved(project: ProjectKit) -> None:
    prepare(project, {"one": unit(text="a"), "two": unit(text="b", after=["one"])})
    refused = project.run("apply", "dev", "--json")
    assert (refused.status, refused.codes()) == (6, ["E604"])
    assert refused.results() == {"one": "changed", "two": "changed"}


def test_events_end_with_the_document_also_where_nothing_ran(project: ProjectKit) -> None:
    prepare(project, {"one": unit(text="a")})
    for arguments, status, code in ((("plan", "dve"), 1, "E108"), (("plan", "dev", "-u", "nobody"), 3, "E320")):
        outcome = project.run(*arguments, "--events")
        (event,) = [json.loads(line) for line in outcome.out.splitlines()]
        assert (event["type"], event["exit_code"]) == ("run_finished", outcome.status)
        document = event["document"]
        assert (outcome.status, [problem["code"] for problem in document["problems"]]) == (status, [code])
