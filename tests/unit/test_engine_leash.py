"""A program on a leash is the program itself, and is not started for somebody who is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tfwrap.engine.leash import REFUSED, leashed


def _run(argv: tuple[str, ...]) -> tuple[int, str, str]:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    return done.returncode, done.stdout, done.stderr


def test_it_has_its_own_arguments_and_status() -> None:
    said = 'import sys; print(*sys.argv[1:], sep="|"); sys.exit(7)'
    assert _run(leashed(sys.executable, "-c", said, "a b", "--c")) == (7, "a b|--c\n", "")


def test_nothing_is_started_for_somebody_who_is_gone() -> None:
    argv = leashed("/bin/echo", "here")
    gone = tuple("1" if word == str(os.getpid()) else word for word in argv)
    assert _run(argv)[:2] == (0, "here\n")
    assert _run(gone) == (0, "", "")


def test_what_is_no_program_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "envoy"
    assert _run(leashed(str(missing))) == (REFUSED, "", f"{missing} cannot be started: No such file or directory\n")
