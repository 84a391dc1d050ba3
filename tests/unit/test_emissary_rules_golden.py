"""Every rule with settings that break it alone, and near misses that break nothing."""

from __future__ import annotations

import pytest
from golden.golden import assert_golden
from golden.rules.kit import CHECKOUT, FOLDER, cases, problems, show

from tfwrap.base.bundled import bundled

BY_CONSTRUCTION = {"R45", "R46", "R47"}  # held by test_emissary_rules_construction.py
RULES = [f"R{number}" for number in range(1, 57)]


@pytest.mark.parametrize("case", cases("breaks"))
def test_breaks_exactly_this_rule(case: str) -> None:
    found = problems(FOLDER / f"{case}.yaml")
    assert [problem.code for problem in found] == [case.partition("/")[0]], [show(problem) for problem in found]
    assert_golden("".join(show(problem) for problem in found), f"rules/{case}.txt")


@pytest.mark.parametrize("case", cases("passes"))
def test_a_near_miss_breaks_no_rule(case: str) -> None:
    assert [show(problem) for problem in problems(FOLDER / f"{case}.yaml")] == []


def test_base_breaks_no_rule() -> None:
    assert [show(problem) for problem in problems(FOLDER / "base.yaml")] == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in BY_CONSTRUCTION])
def test_every_rule_has_cases(rule: str) -> None:
    assert f"{rule}/breaks" in cases("breaks")
    assert f"{rule}/passes" in cases("passes")


def test_no_golden_text_without_its_settings() -> None:
    texts = {str(file.relative_to(FOLDER).with_suffix("")) for file in FOLDER.glob("R*/*.txt")}
    assert texts == set(cases("breaks"))


@pytest.mark.parametrize("rule", [*RULES, "E154"])
def test_every_rule_has_a_page(rule: str) -> None:
    page = bundled("docs/codes") / f"{rule}.md"
    assert page.read_text(encoding="utf-8").startswith(f"# {rule}: ")


def test_the_articles_settings_are_valid_with_two_warnings() -> None:
    found = problems(CHECKOUT / "live" / "dev" / "env.yaml")
    assert sorted((problem.code, problem.severity) for problem in found) == [("R35", "warning"), ("R42", "warning")]


def test_production_has_no_fault() -> None:
    assert [show(problem) for problem in problems(CHECKOUT / "live" / "prod" / "env.yaml")] == []
