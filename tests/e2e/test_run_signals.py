"""Signals with real processes (semantics.md: Signals, Two runs at once)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from kit.both_ways import BOTH_WAYS
from kit.processes import wait_until_quiet
from kit.project import ProjectKit
from kit.units import prepare, resources, unit
from kit.waiting import wait_for
from parts.terraform import terraform

# A kind of stack that reads a file of its own before anybody knows of units.
_OWN_STACK = """\
from pathlib import Path

from tfwrap.stacks.units import UnitsStack

Path(__file__).with_name("held").read_text()


class Own(UnitsStack):
    name = "own"
"""


def _slow(project: ProjectKit, seconds: int = 60) -> Path:
    """`fast` and `slow` run, `last` waits; the trace tells when `slow` is at work."""
    trace = project.root / "trace"
    work = {"trace": str(trace)}
    prepare(
        project,
        {
            "fast": unit("work", text="fast", inputs=work),
            "slow": unit("work", text="slow", inputs={**work, "seconds": seconds}, after=["fast"]),
            "last": unit(text="last", after=["slow"]),
        },
    )
    return trace


def _at_work(trace: Path) -> bool:
    return trace.exists() and "start slow" in trace.read_text()


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=60)
    return out, err


def _lock_info(project: ProjectKit) -> Path:
    return project.root / "state/dev/.slow.tfstate.lock.info"


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)], ids=str
)
def test_one_signal_ends_a_run_in_order(project: ProjectKit, number: signal.Signals, status: int) -> None:
    trace = _slow(project)
    assert project.run("plan", "dev").status == 0
    arguments = ["--json", "--report", "report.json", "--report", "report.md", "--progress", "plain"]
    process = project.start("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", *arguments)
    wait_for(lambda: _at_work(trace))
    process.send_signal(number)
    out, err = _end(process)
    assert process.returncode == status, err
    assert "waiting for slow" in err
    rows = {row["name"]: row["result"] for row in json.loads(out)["units"]}
    assert rows == {"fast": "applied", "slow": "interrupted", "last": "interrupted"}
    assert json.loads((project.root / "report.json").read_text()) == json.loads(out)
    assert "Next: `tfwrap apply dev`" in (project.root / "report.md").read_text()  # slow needs a new plan
    wait_until_quiet(project.root)
    assert not _lock_info(project).exists()
    assert resources(project, "fast") == 1
    if number != signal.SIGINT:
        return
    resumed = project.run("apply", "dev", "--resume", "--yes", "--json")
    assert resumed.status == 5
    assert resumed.results() == {"fast": "unchanged", "slow": "needs_replan", "last": "blocked"}
    _slow(project, 0)
    assert project.run("apply", "dev", "--yes").status == 0
    assert [resources(project, name) for name in rows] == [1, 1, 1]


@pytest.mark.parametrize("place", [[], ["--plan", "reviewed"]], ids=["own", "named"])
def test_what_had_not_begun_goes_on_where_it_was_stopped(project: ProjectKit, place: list[str]) -> None:
    at_hook = project.root / "at-hook"
    hook = ["sh", "-c", f"touch {at_hook}; while ! test -e {at_hook}.go; do sleep 0.05; done"]
    prepare(
        project,
        {
            "fast": unit(text="fast", hooks={"after_apply": [hook]}),
            "last": unit(text="last", after=["fast"]),
        },
    )
    assert project.run("plan", "dev", "-o", "reviewed").status == 0
    process = project.start("apply", "dev", *place, "--yes", "--progress", "plain")
    wait_for(at_hook.exists)
    process.send_signal(signal.SIGINT)
    (project.root / "at-hook.go").touch()
    out, err = _end(process)
    assert process.returncode == 130, err
    assert f"Next: {' '.join(['tfwrap apply dev', *place, '--resume'])}" in out.splitlines()
    resumed = project.run("apply", "dev", *place, "--resume", "--yes", "--json")
    assert resumed.results() == {"fast": "unchanged", "last": "applied"}


@BOTH_WAYS
def test_three_signals_kill_and_name_the_lock(project: ProjectKit) -> None:
    """With a Terraform that hears no SIGINT: the third signal ends it, and its lock is named with the way out."""
    program = project.root.parent / "deaf"
    program.write_text(f'#!/bin/sh\ntrap "" INT\n{terraform(project.root.parent)} "$@"\n')
    program.chmod(0o755)
    project.env["TFWRAP_ENGINE"] = str(program)
    trace = _slow(project)
    process = project.start("apply", "dev", "--yes", "--json", "--progress", "plain")
    wait_for(lambda: _at_work(trace))
    for _ in range(3):
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    out, err = _end(process)
    assert process.returncode == 130, err
    assert "a third time: killing slow" in err
    (problem,) = json.loads(out)["problems"]
    lock = json.loads(_lock_info(project).read_text())["ID"]
    assert (problem["code"], f"tfwrap unlock dev slow {lock}" in problem["hint"]) == ("E507", True)
    wait_until_quiet(project.root, 70)
    assert project.run("unlock", "dev", "slow", "another-id", "--json").codes() == ["E505"]
    assert project.run("unlock", "dev", "slow", lock).status == 0
    assert not _lock_info(project).exists()
    assert resources(project, "fast") == 1


@BOTH_WAYS
def test_an_apply_outlives_tfwrap(project: ProjectKit) -> None:
    """Nobody can handle SIGKILL; Terraform goes on by itself, and a later run finds its work."""
    trace = _slow(project, 3)
    process = project.start("apply", "dev", "--yes", "--report", "report.json")
    wait_for(lambda: _at_work(trace))
    process.kill()
    process.communicate()
    report = json.loads((project.root / "report.json").read_text())
    assert report["exit_code"] == 1
    assert [row["result"] for row in report["units"]] == ["applied", "interrupted", "interrupted"]
    wait_for(lambda: "end slow" in trace.read_text())
    wait_until_quiet(project.root)
    assert resources(project, "slow") == 1
    again = project.run("apply", "dev", "--yes", "--json")
    assert (again.status, again.results()) == (0, {"fast": "unchanged", "slow": "unchanged", "last": "applied"})
    left = [path.name for path in (project.root / ".tfwrap/plans").iterdir()]
    assert left == ["dev"]


@BOTH_WAYS
def test_hooks_hear_of_signals_and_plans_end_too(project: ProjectKit) -> None:
    trace = project.root / "trace"
    hook = ["sh", "-c", f"touch {trace}; exec sleep 60"]
    prepare(project, {"a": unit(text="a", hooks={"before_plan": [hook]}), "b": unit(text="b", after=["a"])})
    process = project.start("plan", "dev", "--json")
    wait_for(trace.exists)
    process.send_signal(signal.SIGINT)
    out, err = _end(process)
    assert process.returncode == 130, err
    assert {row["name"]: row["result"] for row in json.loads(out)["units"]} == {"a": "interrupted", "b": "interrupted"}
    assert not (project.root / ".tfwrap/plans/dev").exists()


def test_a_second_run_waits_and_can_be_stopped(project: ProjectKit) -> None:
    trace = _slow(project, 8)
    assert project.run("plan", "dev").status == 0
    saved = ["apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json", "--progress", "plain"]
    first = project.start(*saved)
    wait_for(lambda: _at_work(trace))
    second, third = project.start(*saved), project.start(*saved)
    assert third.stderr is not None
    assert any("waiting for another tfwrap run that works on dev" in line for line in third.stderr)
    third.send_signal(signal.SIGINT)
    out, err = _end(third)
    assert third.returncode == 130, err
    assert {row["result"] for row in json.loads(out)["units"]} == {"interrupted"}
    out, err = _end(first)
    assert first.returncode == 0, err
    out, err = _end(second)
    assert (second.returncode, [one["code"] for one in json.loads(out)["problems"]]) == (5, ["E525"]), err


def test_a_lock_not_had_in_time_is_a_failure(project: ProjectKit) -> None:
    trace = _slow(project, 10)
    project.write({"tfwrap.toml": 'lock_timeout = "1s"\n'})
    first = project.start("apply", "dev", "--yes")
    wait_for(lambda: _at_work(trace))
    planned = project.run("plan", "dev", "-u", "slow", "--json")
    assert (planned.status, planned.results(), set(planned.codes())) == (1, {"slow": "failed"}, {"E530"})
    _, err = _end(first)
    assert first.returncode == 0, err


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)], ids=str
)
def test_a_signal_before_the_first_unit_gives_every_unit_its_row(
    project: ProjectKit, number: signal.Signals, status: int
) -> None:
    """While providers are being looked for: a registry that never answers."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        module = 'terraform {\n  required_providers {\n    x = {\n      source = "HOST/a/x"\n    }\n  }\n}\n'
        project.write({"modules/far/main.tf": module.replace("HOST", f"localhost:{deaf.getsockname()[1]}")})
        prepare(project, {"far": unit("far"), "a": unit(text="a")})
        process = project.start("plan", "dev", "--json", "--report", "report.json", "--progress", "plain")
        deaf.settimeout(60)
        connection, _ = deaf.accept()
        process.send_signal(number)
        out, err = _end(process)
        connection.close()
    assert process.returncode == status, err
    document = json.loads(out)
    rows = {row["name"]: (row["result"], row["reason"]) for row in document["units"]}
    assert rows == dict.fromkeys(("far", "a"), ("interrupted", "not started"))
    assert document["exit_code"] == status
    assert json.loads((project.root / "report.json").read_text()) == document


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=str)
@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("held", []),  # while settings are read nobody knows the units
        ("live/dev/.generated.json", ["a"]),  # while files are generated
    ],
)
def test_a_signal_before_units_are_prepared_leaves_a_whole_report(
    project: ProjectKit, place: str, names: list[str], number: signal.Signals, status: int
) -> None:
    prepare(project, {"a": unit(text="a"), "b": unit(text="b")}, stack="own")
    project.write({"tfwrap.toml": 'stacks = {own = "own_stack:Own"}\n', "own_stack.py": _OWN_STACK, "held": ""})
    fifo = project.root / place
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo)
    process = project.start("plan", "dev", "-u", "a", "--json", "--report", "report.json")
    with _held(fifo):
        process.send_signal(number)
        out, err = _end(process)
    assert process.returncode == status, err
    document = json.loads(out)
    assert [(row["name"], row["result"]) for row in document["units"]] == [(name, "interrupted") for name in names]
    assert (document["command"], document["env"], document["exit_code"]) == ("plan", "dev", status)
    assert json.loads((project.root / "report.json").read_text()) == document
    assert "Traceback" not in err


@contextmanager
def _held(fifo: Path) -> Iterator[None]:
    """From when somebody reads `fifo`: who does waits for words that never come."""
    handles: list[int] = []

    def is_read() -> bool:
        with suppress(OSError):  # ENXIO: nobody does yet
            handles.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        return bool(handles)

    try:
        wait_for(is_read)
        yield
    finally:
        for handle in handles:
            os.close(handle)


def test_a_command_that_was_told_to_end_ends_in_its_own_way(project: ProjectKit) -> None:
    """A terminal's Ctrl-C reaches it by itself; what reaches tfwrap alone is passed on, except SIGINT."""
    prepare(project, {"a": unit(text="a")})
    script = 'trap "echo told; exit 7" TERM; touch "$0"; while true; do sleep 0.1; done'
    process = project.start("exec", "dev", "a", "--", "sh", "-c", script, str(project.root / "ready"))
    wait_for((project.root / "ready").exists)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    out, err = _end(process)
    assert (process.returncode, out) == (7, "told\n"), err
