"""What became of a unit, in a few words; the same ones on the board, in lines and in the result."""

from __future__ import annotations

from tfwrap.plan.model import Counts
from tfwrap.plan.summary import drift_in_words, in_words
from tfwrap.report.line import Style
from tfwrap.report.words import duration
from tfwrap.run.record import Phase, UnitRecord

_VERBS = {"unchanged": "planned", "changed": "planned", "applied": "applied", "destroyed": "destroyed"}
_RESULTS = {"needs_replan": "needs a new plan", None: "interrupted"}
_DOING: dict[Phase, str] = {
    "init": "initialising",
    "plan": "planning",
    "apply": "applying",
    "destroy": "destroying",
    "refresh": "refreshing",
    "hook": "running hooks",
}


def doing(phase: Phase) -> str:
    return _DOING[phase]


def outcome(unit: UnitRecord, command: str = "plan") -> str:
    """`planned in 0.4s: 1 to add`, `failed in 2.0s: no such host`, `blocked: network failed`."""
    if unit.result not in _VERBS:
        verb, words = result_in_words(unit), why(unit) or ""
    else:
        verb, words = "checked" if command == "drift" else _VERBS[unit.result], said(unit, command)
    took = f" in {duration(total_seconds(unit))}" if total_seconds(unit) else ""
    return f"{verb}{took}: {words}" if words else f"{verb}{took}"


def said(unit: UnitRecord, command: str = "plan") -> str:
    """`1 to add`, `1 to change, affected by network.id`, `1 added`, `no changes`, `1 changed`."""
    if unit.plan is None:
        return "no changes" if unit.result == "unchanged" else ""
    if command == "drift":
        return drift_in_words(unit.plan)
    if unit.result in ("applied", "destroyed"):
        return in_words(unit.plan, "done")
    # Nothing but outputs may change above: what makes this unit change would be seen nowhere else.
    return in_words(unit.plan) + (f", {unit.reason}" if unit.plan_class == "chained" and unit.reason else "")


def why(unit: UnitRecord) -> str | None:
    """Why a unit did not come to its end: its own reason, its first problem, or the unit it hangs on."""
    told = unit.reason or (unit.problems[0].message if unit.problems else "")
    first = next((line.strip() for line in told.splitlines() if line.strip()), None)
    if first:
        return first.removeprefix(f"{unit.name}: ")  # wherever it is said, the unit's name stands before it
    return f"{unit.cause} failed" if unit.cause and unit.cause != unit.name else None


def result_in_words(unit: UnitRecord) -> str:
    return _RESULTS.get(unit.result, unit.result or "interrupted")


def outcome_style(unit: UnitRecord, command: str = "plan") -> Style:
    if unit.result in ("failed", "interrupted", "needs_replan", None):
        return "bad"
    if unit.result in ("blocked", "deferred"):
        return "changed"
    if unit.result in ("unchanged", "excluded"):
        return "dim"
    if command == "drift":
        return "changed"
    return "bad" if counts_of(unit).destroy else "good"


def counts_of(unit: UnitRecord) -> Counts:
    return unit.plan.counts if unit.plan else Counts()


def total_seconds(unit: UnitRecord) -> float:
    return unit.seconds.get("total", sum(unit.seconds.values()))
