from __future__ import annotations

from collections.abc import Sequence

import pytest

from tfwrap.base.exits import Exit
from tfwrap.base.problems import NoUnitsFailure, UsageFailure
from tfwrap.graph.dag import Dag
from tfwrap.graph.select import names_units, select

DAG = Dag(("network", "dns", "db", "app", "app-two"), {"db": ("network",), "app": ("db", "dns"), "app-two": ("db",)})
TAGS = {"network": ("core",), "dns": ("core", "slow-dns"), "app": ("web",), "app-two": ("web", "team:blue")}
CHANGES = {"main": ["db", "gone"], "v1+x": ["dns"], "HEAD~2": []}


def chosen(*selectors: str) -> str:
    return " ".join(select(DAG, selectors, TAGS, CHANGES.__getitem__))


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ([], "network dns db app app-two"),
        (["app"], "app"),
        (["app*"], "app app-two"),
        (["[nd]*"], "network dns db"),
        (["d?"], "db"),
        (["app", "network"], "network app"),
        (["tag:core"], "network dns"),
        (["tag:*-dns"], "dns"),
        (["tag:team:blue"], "app-two"),
        (["+app"], "network dns db app"),
        (["db+"], "db app app-two"),
        (["+db+"], "network db app app-two"),
        (["tag:core+"], "network dns db app app-two"),
        (["+tag:web"], "network dns db app app-two"),
        (["changed:main"], "db"),
        (["changed:main+"], "db app app-two"),
        (["+changed:main"], "network db"),
        (["changed:v1+x"], "dns"),
        (["!app"], "network dns db app-two"),
        (["!db+"], "network dns"),
        (["!tag:core"], "db app app-two"),
        (["+app", "!network"], "dns db app"),
        (["!network", "+app"], "dns db app"),
        (["!+app"], "app-two"),
        (["!changed:main"], "network dns app app-two"),
        (["app", "zzz*"], "app"),
        (["app", "changed:HEAD~2"], "app"),
        (["app", "app"], "app"),
    ],
)
def test_selectors(selectors: Sequence[str], expected: str) -> None:
    assert chosen(*selectors) == expected


def test_taking_units_away_names_none() -> None:
    assert [names_units(some) for some in ([], ["!app", "!tag:core"], ["!app", "db+"])] == [False, False, True]


@pytest.mark.parametrize(
    ("selectors", "message", "hint"),
    [
        (["netwrok"], "no unit is called netwrok", "did you mean network?"),
        (["core"], "no unit is called core", "did you mean tag:core?"),
        (["+netwrok+"], "no unit is called netwrok", "did you mean network?"),
        (["app", "netwrok"], "no unit is called netwrok", "did you mean network?"),
        (["!netwrok"], "no unit is called netwrok", "did you mean network?"),
        (["tag:coer"], "no unit has the tag coer", "did you mean tag:core?"),
        (["tag:network"], "no unit has the tag network", "did you mean network?"),
        (["zzz"], "no unit is called zzz", "units: network, dns, db, app, app-two"),
        (["tag:zzz"], "no unit has the tag zzz", "tags: core, slow-dns, team:blue, web"),
        (["zzz*", "y*"], "no unit is selected by zzz*, y*", None),
        (["changed:HEAD~2"], "no unit is selected by changed:HEAD~2", None),
        (["app", "!app"], "no unit is selected by app, !app", None),
    ],
)
def test_nothing_selected_is_exit_3(selectors: Sequence[str], message: str, hint: str | None) -> None:
    with pytest.raises(NoUnitsFailure) as caught:
        chosen(*selectors)
    assert caught.value.exit is Exit.NO_UNITS
    assert [(one.code, one.message, one.hint) for one in caught.value.problems] == [("E320", message, hint)]


def test_all_unknown_names_are_told_together() -> None:
    with pytest.raises(NoUnitsFailure) as caught:
        chosen("netwrok", "app", "dsn")
    assert [one.hint for one in caught.value.problems] == ["did you mean network?", "did you mean dns?"]


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ("", "a unit is named by"),
        ("+", "a unit is named by"),
        ("!", "a unit is named by"),
        ("!!app", "a unit is named by"),
        ("++app", "a unit is named by"),
        ("app++", "a unit is named by"),
        ("app,dns", "a unit is named by"),
        ("a b", "a unit is named by"),
        ("tag:", "a tag is missing"),
        ("changed:", "a git ref is missing"),
        ("changed:+", "a git ref is missing"),
        ("changed:--output=x", "a git ref is missing"),
        ("tags:core", "`tags:` is unknown"),
    ],
)
def test_bad_syntax_is_a_usage_error(selector: str, reason: str) -> None:
    with pytest.raises(UsageFailure) as caught:
        chosen(selector)
    assert caught.value.exit is Exit.USAGE
    (problem,) = caught.value.problems
    assert problem.code == "E321"
    assert problem.message.startswith(f"{selector!r} is not a selector: {reason}")


def test_bad_syntax_has_hints_and_is_told_together() -> None:
    with pytest.raises(UsageFailure) as caught:
        chosen("app,dns", "tags:core", "app")
    assert [one.hint for one in caught.value.problems] == ["repeat -u for several units", "did you mean tag:core?"]


def test_git_is_asked_once_per_ref() -> None:
    asked: list[str] = []

    def changed(ref: str) -> list[str]:
        asked.append(ref)
        return ["db"]

    select(DAG, ["changed:main", "changed:main", "app"], TAGS, changed)
    assert asked == ["main"]
