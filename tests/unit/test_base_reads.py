"""What is noted of reads: every open and listing with a stamp from before, and the folder around it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfwrap.base.reads import noting, stamp


def test_files_and_their_folders_are_noted(tmp_path: Path) -> None:
    file = tmp_path / "one" / "env.yaml"
    file.parent.mkdir()
    file.write_text("a")
    before = stamp(str(file))
    with noting() as reads:
        file.read_text()
    file.write_text("b")
    assert reads == {str(file): before, str(file.parent): stamp(str(file.parent))}
    assert stamp(str(file)) != before


def test_what_is_not_there_is_noted_too(tmp_path: Path) -> None:
    with noting() as reads, pytest.raises(FileNotFoundError):
        (tmp_path / "none").read_bytes()
    assert reads[str(tmp_path / "none")] == ()


@pytest.mark.parametrize("look", [os.listdir, lambda path: list(os.scandir(path)), lambda path: list(path.glob("*"))])
def test_listings_are_noted(tmp_path: Path, look: object) -> None:
    assert callable(look)
    with noting() as reads:
        look(tmp_path)
    assert set(reads) == {str(tmp_path)}
    (tmp_path / "new").touch()
    assert stamp(str(tmp_path)) != reads[str(tmp_path)]


def test_relative_paths_are_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()
    monkeypatch.chdir(tmp_path)
    with noting() as reads:
        Path("a").read_bytes()
        os.listdir()  # noqa: PTH208 (of nothing named)
    assert set(reads) == {str(tmp_path / "a"), str(tmp_path)}


def test_writing_is_not_reading(tmp_path: Path) -> None:
    with noting() as reads:
        (tmp_path / "new").write_text("x")
        os.close(os.open(tmp_path / "other", os.O_RDWR | os.O_CREAT))
    assert reads == {}


def test_nothing_is_noted_outside_of_the_block_and_blocks_do_not_mix(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).touch()
    with noting() as outer:
        (tmp_path / "a").read_bytes()
        with noting() as inner:
            (tmp_path / "b").read_bytes()
    (tmp_path / "c").read_bytes()
    assert {path.rsplit("/", 1)[1] for path in inner} == {"b", tmp_path.name}
    assert {path.rsplit("/", 1)[1] for path in outer} == {"a", "b", tmp_path.name}
