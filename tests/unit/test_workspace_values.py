from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.workspace.values import render_template


def fault(folders: list[Path], name: str, **context: Any) -> Problem:
    with pytest.raises(SettingsFailure) as caught:
        render_template(folders, name, context)
    (problem,) = caught.value.problems
    assert problem.code == "E310"
    return problem


def test_blocks_leave_no_lines_and_the_last_newline_stays(tmp_path: Path) -> None:
    (tmp_path / "x.j2").write_text("a: {{ a }}\n  {% if b %}\nb: ${b}\n  {% endif %}\nc: '<&>'\n")
    assert render_template([tmp_path], "x.j2", {"a": "<1>", "b": True}) == "a: <1>\nb: ${b}\nc: '<&>'\n"


def test_the_first_folder_wins_and_includes_look_everywhere(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder in (own, shipped):
        folder.mkdir()
        (folder / "x.j2").write_text(f"from: {folder.name}\n{{% include 'part.j2' %}}")
    (shipped / "part.j2").write_text("part: shipped\n")
    assert render_template([own, shipped], "x.j2", {}) == "from: own\npart: shipped\n"
    assert render_template([tmp_path / "missing", shipped], "x.j2", {}) == "from: shipped\npart: shipped\n"


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: 1\nb: {{ missing }}\n", 2, "'missing' is undefined"),
        ("a: 1\nb: {{ a.missing }}\n", 2, "no attribute 'missing'"),
        ("a: 1\n\n{% if %}\n", 3, "Expected an expression"),
        ("{% for x in [1] %}\na: {{ x + 'y' }}\n{% endfor %}\n", 2, "unsupported operand"),
        ("a: {{ 1 / 0 }}\n", 1, "division by zero"),
        ("a: 1\nb: {{ a | no_such_filter }}\n", 2, "no_such_filter"),
    ],
)
def test_a_fault_is_located_in_the_template(tmp_path: Path, text: str, line: int, word: str) -> None:
    (tmp_path / "x.j2").write_text(text)
    problem = fault([tmp_path], "x.j2", a={"b": 1})
    assert problem.message.startswith("template x.j2: ")
    assert word in problem.message
    assert problem.location is not None
    assert (problem.location.file, problem.location.line) == (tmp_path / "x.j2", line)


def test_a_fault_in_an_included_template_is_located_there(tmp_path: Path) -> None:
    (tmp_path / "x.j2").write_text("{% include 'part.j2' %}")
    (tmp_path / "part.j2").write_text("\n\n{{ gone }}")
    problem = fault([tmp_path], "x.j2")
    assert problem.location is not None
    assert (problem.location.file.name, problem.location.line) == ("part.j2", 3)


def test_a_missing_template_has_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "ingress.yaml.tftpl.j2").write_text("")
    problem = fault([tmp_path], "ingres.yaml.tftpl.j2")
    assert problem.message == "there is no template ingres.yaml.tftpl.j2"
    assert problem.hint == "did you mean ingress.yaml.tftpl.j2?"
