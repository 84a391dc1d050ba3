"""What a reviewer reads, plan by plan; and what no plan can make of it."""

from __future__ import annotations

import re

import pytest
from golden import comment_cases, records
from golden.golden import assert_golden

from tfwrap.plan.model import Plan
from tfwrap.report.comment import NO_CHANGES, apply_comment, comment, neutral
from tfwrap.run.record import Result, RunRecord, UnitRecord

PLANS = comment_cases.plans()
GITHUB = 60_000
# As Atlantis counts (server/events/models/models.go).
SUMMARY = re.compile(
    r"Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy(?:, (\d+) to forget)?\."
)


def record(plan: Plan) -> RunRecord:
    result: Result = "changed" if plan.has_changes else "unchanged"
    unit = UnitRecord("unit", result, "exact", plan=plan)
    return RunRecord("plan", "dev", records.ROOT, [unit])


def test_there_are_thirty() -> None:
    assert len(PLANS) >= 30


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    limit = 6_000 if name in ("two-thousand-lines", "many-resources") else GITHUB
    assert_golden(comment(record(PLANS[name]), limit=limit) + "\n", f"comments/{name}.txt")


@pytest.mark.parametrize("name", PLANS)
def test_what_holds_for_all(name: str) -> None:
    plan = PLANS[name]
    text = comment(record(plan), limit=GITHUB)
    assert len(SUMMARY.findall(text)) + text.count(NO_CHANGES) == 1
    if plan.has_changes:
        counts = [int(number or 0) for number in SUMMARY.findall(text)[0]]
        assert counts == [getattr(plan.counts, one) for one in ("import_", "add", "change", "destroy", "forget")]
    assert len(text.encode()) <= GITHUB
    for harmful in ("```", "~~~", "</details>", "@everyone", "\x1b", "\u202e", "<img", "hunter2"):
        assert harmful not in text
    assert all(line[:1] in "+-!@#" or line == text.splitlines()[0] for line in text.splitlines()[:-1])


def test_losses_come_first() -> None:
    text = comment(record(PLANS["update"]), limit=GITHUB)
    assert text.splitlines()[1].startswith("! 1 unit would lose resources")
    assert (
        text.index("@@ ! terraform_data.gone")
        < text.index("@@ ! terraform_data.replaced")
        < text.index("@@ terraform_data.doc")
    )


@pytest.mark.parametrize("limit", [3_000, 6_000, 30_000, 60_000])
def test_what_is_cut_is_counted(limit: int) -> None:
    full = comment(record(PLANS["two-thousand-lines"]), limit=10**9).splitlines()
    text = comment(record(PLANS["two-thousand-lines"]), limit=limit)
    assert len(text.encode()) <= limit
    if text.splitlines() == full:
        return
    said = re.search(r"! too long for a comment: (\d+) lines left out", text)
    assert said
    shown = [line for line in text.splitlines() if "more line" not in line and "too long" not in line]
    assert len(full) - len(shown) == int(said[1])
    assert (
        "@@ terraform_data.small  update in place @@\n- input: a\n+ input: b" in text
    )  # the long one is cut, not this
    assert "@@ ! terraform_data.gone  destroy @@" in text


def test_the_short_ones_are_read_without_a_click() -> None:
    """Atlantis folds what has more than twelve line ends."""
    for name in (
        "helm-create",
        "helm-update",
        "emissary-ingress-scaled",
        "emissary-config-host",
        "emissary-crds-chart",
    ):
        assert comment(record(PLANS[name]), limit=GITHUB).count("\n") <= 12, name


def test_notes_follow_the_headline() -> None:
    text = comment(record(PLANS["helm-create"]), notes=["DEFERRED: x @all"], limit=GITHUB)
    assert text.splitlines()[:2] == ["unit: 1 to add", "! DEFERRED: x @\u200ball"]


def test_several_units() -> None:
    run = records.mixed()
    text = comment(run, limit=GITHUB)
    assert "dns: deferred, needs zone.id, known after zone is applied" in text
    assert "zones must not be empty" in text
    assert len(SUMMARY.findall(text)) == 1


def test_an_apply_always_says_something() -> None:
    for name in ("applied", "destroyed", "emissary"):
        text = apply_comment(getattr(records, name)())
        assert text.strip()
        assert not SUMMARY.search(text.replace("Plan: ", "")) or name == "emissary"
    assert "new   needs a new plan: network.id moved since the plan" in apply_comment(records.applied())


def test_neutral_text_keeps_its_lines() -> None:
    assert neutral("a\n\tb\n") == "a\n  b\n"
    assert neutral("user@example.com") == "user@\u200bexample.com"
    assert neutral("@@ web @@") == "@@ web @@"
