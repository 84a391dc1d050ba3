"""What tests start ends with them, however they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from parts import leash

# Holds a leash as a test run would, until it is killed.
HOLDER = """
import subprocess, sys, time
held = subprocess.Popen([sys.executable, sys.argv[1], sys.argv[2]], stdin=subprocess.PIPE)
time.sleep(60)
"""
# Notes its own pid and goes on for a while.
PROGRAM = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def pids(tmp_path: Path) -> list[Path]:
    return [tmp_path / "one", tmp_path / "two"]


def _commands(pids: list[Path]) -> str:
    return json.dumps([[sys.executable, "-c", PROGRAM, str(file)] for file in pids])


def test_all_end_when_the_holder_is_killed(pids: list[Path]) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, leash.__file__, _commands(pids)])
    _wait(lambda: all(file.exists() and file.read_text() for file in pids))
    running = [int(file.read_text()) for file in pids]
    assert all(map(_alive, running))
    holder.kill()
    holder.wait()
    _wait(lambda: not any(map(_alive, running)))


def test_when_one_ends_so_do_the_others(pids: list[Path]) -> None:
    commands = json.dumps([[sys.executable, "-c", "raise SystemExit(3)"], *json.loads(_commands(pids[:1]))])
    with subprocess.Popen([sys.executable, leash.__file__, commands], stdin=subprocess.PIPE) as held:
        assert held.wait(20) == 0
    if pids[0].exists():
        assert not _alive(int(pids[0].read_text()))
