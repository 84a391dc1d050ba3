"""A worker's process: what is left where it cannot be started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.engine.launch import launch


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


@pytest.mark.parametrize(
    ("environment", "program", "error"),
    [({}, "x" * (1 << 20), OSError), ({"NAME": "a\0b"}, "terraform", ValueError)],
    ids=["too long", "not for an environment"],
)
def test_a_worker_that_cannot_be_started_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    program: str,
    error: type[Exception],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", ".")  # short, as the folder's name must be
    before = open_files()
    with pytest.raises(error):
        launch(environment, library=None, program=(program,), providers={}, patience=1.0)
    assert list(tmp_path.iterdir()) == []
    assert open_files() == before
