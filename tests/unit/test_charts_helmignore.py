"""Helm's reading of .helmignore. That it is helm's is compared in tests/e2e/test_modules_charts.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.base.problems import SettingsFailure
from tfwrap.stacks.emissary.helmignore import packaged_files

FILES = ("Chart.yaml", "a.txt", "b/a.txt", "b/c/a.txt", "b.md", "[x]", "templates/.swp", "templates/x.yaml")


def packaged(folder: Path, rules: str) -> set[str]:
    for path in FILES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("")
    (folder / ".helmignore").write_text(rules)
    return {path for path, _ in packaged_files(folder)} - {".helmignore"}


ALL = set(FILES) - {"templates/.swp"}


@pytest.mark.parametrize(
    ("rules", "left_out"),
    [
        ("", set()),
        ("# a.txt\n\n   \n", set()),
        ("a.txt", {"a.txt", "b/a.txt", "b/c/a.txt"}),
        ("/a.txt", {"a.txt"}),
        ("b/a.txt", {"b/a.txt"}),
        ("b/*.txt", {"b/a.txt"}),
        ("b/*/a.txt", {"b/c/a.txt"}),
        ("c/", {"b/c/a.txt"}),
        ("b", {"b/a.txt", "b/c/a.txt"}),
        ("a.txt/", set()),
        ("?.md", {"b.md"}),
        ("[a-c].md", {"b.md"}),
        ("[^a].md", {"b.md"}),
        (r"\[x\]", {"[x]"}),
        ("  b.md  ", {"b.md"}),
    ],
)
def test_rules(tmp_path: Path, rules: str, left_out: set[str]) -> None:
    assert packaged(tmp_path, rules) == ALL - left_out


def test_a_negated_rule_leaves_out_all_others(tmp_path: Path) -> None:
    assert packaged(tmp_path, "!*.*") == {"Chart.yaml", "a.txt", "b.md"}


@pytest.mark.parametrize("rule", ["docs/**", "[abc", "x\\", "[]"])
def test_what_helm_refuses_is_a_problem_with_its_line(tmp_path: Path, rule: str) -> None:
    with pytest.raises(SettingsFailure) as caught:
        packaged(tmp_path, f"*.bak\n{rule}\n")
    (problem,) = caught.value.problems
    assert problem.code == "E161"
    assert problem.location is not None
    assert (problem.location.line, problem.location.length) == (2, len(rule))


def test_files_come_sorted_whatever_the_folder_says(tmp_path: Path) -> None:
    packaged(tmp_path, "")

    names = [name for name, _ in packaged_files(tmp_path)]
    assert names == sorted(names)
