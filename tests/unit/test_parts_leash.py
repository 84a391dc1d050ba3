"""What tests start ends with them, however they end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kit.processes import alive
from kit.waiting import wait_for
from parts import leash

# Holds a leash as a test run would, until it is killed.
HOLDER = """
import subprocess, sys, time
held = subprocess.Popen([sys.executable, sys.argv[1], sys.argv[2]], stdin=subprocess.PIPE)
time.sleep(60)
"""
# Notes its own pid and goes on for a while.
PROGRAM = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"


@pytest.fixture
def pids(tmp_path: Path) -> list[Path]:
    return [tmp_path / "one", tmp_path / "two"]


def _commands(pids: list[Path]) -> str:
    return json.dumps([[sys.executable, "-c", PROGRAM, str(file)] for file in pids])


def test_all_end_when_the_holder_is_killed(pids: list[Path]) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, leash.__file__, _commands(pids)])
    wait_for(lambda: all(file.exists() and file.read_text() for file in pids))
    running = [int(file.read_text()) for file in pids]
    assert all(map(alive, running))
    holder.kill()
    holder.wait()
    wait_for(lambda: not any(map(alive, running)))


def test_when_one_ends_so_do_the_others(pids: list[Path]) -> None:
    commands = json.dumps([[sys.executable, "-c", "raise SystemExit(3)"], *json.loads(_commands(pids[:1]))])
    with subprocess.Popen([sys.executable, leash.__file__, commands], stdin=subprocess.PIPE) as held:
        assert held.wait(20) == 0
    if pids[0].exists():
        assert not alive(int(pids[0].read_text()))
