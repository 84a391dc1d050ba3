"""`extends`, and where every value stands afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.settings.document import Document, read_document


def read(root: Path, **files: str) -> Document:
    """The files by name; `env` is the one that is read."""
    for name, text in files.items():
        file = root / "live" / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return read_document(root / "live" / "env.yaml")


def place(location: Location) -> tuple[str, int, int, int]:
    return location.file.name, location.line, location.column, location.length


def fault(root: Path, **files: str) -> Problem:
    with pytest.raises(SettingsFailure) as caught:
        read(root, **files)
    [problem] = caught.value.problems
    return problem


def test_maps_merge_and_all_else_is_replaced(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        base="a: {x: 1, y: {z: [1, 2]}}\nlist: [1, 2]\nmap: {k: v}\nonly: base\n",
        env="extends: base.yaml\na: {y: {z: [3], w: 4}}\nlist: [9]\nmap: text\n",
    )
    assert document.data == {
        "a": {"x": 1, "y": {"z": [3], "w": 4}},
        "list": [9],
        "map": "text",
        "only": "base",
    }
    assert [file.name for file in document.files] == ["base.yaml", "env.yaml"]


def test_of_several_files_the_later_one_wins_and_the_own_file_over_all(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        one="a: 1\nb: 1\nc: 1\n",
        two="b: 2\nc: 2\n",
        env="extends: [one.yaml, two.yaml]\nc: 3\n",
    )
    assert document.data == {"a": 1, "b": 2, "c": 3}


def test_a_file_that_is_reached_twice_is_no_circle(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        common="a: 1\n",
        one="extends: common.yaml\n",
        two="extends: common.yaml\nb: 2\n",
        env="extends: [one.yaml, two.yaml]\n",
    )
    assert document.data == {"a": 1, "b": 2}


def test_places_are_those_of_the_file_a_value_stands_in(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        base="units:\n  app:\n    module: ../x\n    tags: [a, bb]\n",
        env='extends: base.yaml\nunits:\n  app: {inputs: {name: "dev"}}\n',
    )
    assert place(document.location(("units", "app", "module"))) == ("base.yaml", 3, 13, 4)
    assert place(document.location(("units", "app", "module"), key=True)) == ("base.yaml", 3, 5, 6)
    assert place(document.location(("units", "app", "tags", 1))) == ("base.yaml", 4, 15, 2)
    assert place(document.location(("units", "app", "inputs", "name"))) == ("env.yaml", 3, 24, 5)
    assert place(document.location(("units", "app"), key=True)) == ("env.yaml", 3, 3, 3)


def test_what_is_not_there_is_placed_at_the_key_of_its_nearest_ancestor(tmp_path: Path) -> None:
    document = read(tmp_path, env="a:\n  b:\n    c: 1\n")
    assert place(document.location(("a", "b", "missing", "deep"))) == ("env.yaml", 2, 3, 1)
    assert place(document.location(("missing",))) == ("env.yaml", 1, 1, 1)
    assert place(document.location(("a", "b", 7))) == ("env.yaml", 2, 3, 1)


def test_relative_paths_start_where_they_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "base.yaml").write_text("path: modules/x\n")
    document = read(tmp_path, env="extends: ../shared/base.yaml\nown: y\n")
    assert document.folder(("path",)) == folder
    assert document.folder(("own",)) == tmp_path / "live"


def test_a_missing_file_is_told_at_its_entry(tmp_path: Path) -> None:
    problem = fault(tmp_path, base="a: 1\n", env="extends:\n  - base.yaml\n  - gone.yaml\n")
    assert problem.code == "E107"
    assert problem.message == "extends names gone.yaml, which is not a file"
    assert problem.location is not None
    assert place(problem.location) == ("env.yaml", 3, 5, 9)


def test_a_circle_is_told_with_the_whole_way(tmp_path: Path) -> None:
    problem = fault(
        tmp_path,
        env="a: 1\nextends: one.yaml\n",
        one="extends: two.yaml\n",
        two="extends: [env.yaml]\n",
    )
    assert problem.code == "E106"
    assert problem.message == "extends goes in a circle: env.yaml -> one.yaml -> two.yaml -> env.yaml"
    assert problem.location is not None
    assert place(problem.location) == ("two.yaml", 1, 11, 8)


def test_a_fault_in_an_extended_file_is_told_there(tmp_path: Path) -> None:
    problem = fault(tmp_path, base="a: [1\n", env="extends: base.yaml\n")
    assert problem.location is not None
    assert (problem.code, *place(problem.location)[:3]) == ("E101", "base.yaml", 1, 4)


@pytest.mark.parametrize("value", ["5", "''", "{a: b}", "[base.yaml, 5]", "~"])
def test_extends_takes_file_names_only(tmp_path: Path, value: str) -> None:
    problem = fault(tmp_path, base="a: 1\n", env=f"extends: {value}\n")
    assert (problem.code, problem.message) == (
        "E103",
        "extends should be a file name or a list of file names",
    )
