"""The journal of an apply: what was noted is there after a kill, a line that was cut off is not."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest

from tfwrap.base.problems import NeedsPlanFailure
from tfwrap.run.journal import Journal, Step


def test_what_was_noted_is_there_for_the_next_run(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert not journal.used
    journal.save()
    assert Journal(tmp_path).used
    steps: list[tuple[str, Step]] = [
        ("a", "started"), ("a", "applied"), ("b", "started"), ("b", "failed"), ("c", "started")
    ]  # fmt: skip
    for unit, step in steps:
        journal.note(unit, step)
    assert Journal(tmp_path).steps == {"a": "applied", "b": "failed", "c": "started"}
    assert (tmp_path / "journal.json").stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_is_not_there_and_does_no_harm(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.save()
    journal.note("a", "started")
    file = tmp_path / "journal.json"
    file.write_bytes(file.read_bytes() + b'{"unit": "b", "st')
    again = Journal(tmp_path)
    assert again.steps == {"a": "started"}
    again.save()
    again.note("c", "started")
    assert Journal(tmp_path).steps == {"a": "started", "c": "started"}


def test_a_disk_that_is_full_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.save()
    journal.note("a", "started")
    before = (tmp_path / "journal.json").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 5, limits[1]))
        with pytest.raises(OSError, match="written whole"):
            journal.note("a", "applied")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / "journal.json").read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "{}\n", '{"version": 2}\nx\n', '{"version": 2}\n[1]\n', '{"version": 1, "units": {}}\n']
)
def test_what_tfwrap_did_not_write_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "journal.json").write_text(text)
    with pytest.raises(NeedsPlanFailure, match="is not what tfwrap wrote"):
        Journal(tmp_path)
