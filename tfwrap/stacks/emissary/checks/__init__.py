"""Rules R1 to R56: what Emissary, silently or at apply, makes of settings that look right, told before any plan.

`check` runs the table over one frozen view of the settings. Rules whose fault is a wrong type or word are raised
by the models themselves; R45 to R47 cannot be broken by settings. Nothing here generates, plans or asks a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from tfwrap.base.problems import Problem
from tfwrap.settings.document import Document
from tfwrap.settings.faults import in_order
from tfwrap.stacks.emissary.checks.finding import Finding, Owner, Rule
from tfwrap.stacks.emissary.checks.table import RULES
from tfwrap.stacks.emissary.checks.view import View, build_view
from tfwrap.stacks.emissary.settings import EmissarySettings

STALE = "E154"


class Silenced(NamedTuple):
    rule: str
    resource: str
    reason: str


@dataclass(frozen=True)
class _Found:
    rule: Rule
    finding: Finding
    reason: str | None  # why it is silenced, if it is


class Verdict(NamedTuple):
    """What is told, and what would have been told of a resource whose author gave a reason not to."""

    problems: list[Problem]
    silenced: list[Silenced]


def check(settings: EmissarySettings, document: Document, *, now: datetime | None = None) -> Verdict:
    """Every rule that the settings break, in the order of the file; `now` is what certificates expire by."""
    view = build_view(settings, document, now or datetime.now(UTC))
    found = _find(view)
    told = [_problem(view, item.rule, item.finding) for item in found if item.reason is None]
    silenced = (
        Silenced(item.rule.id, item.finding.owner.title, item.reason) for item in found if item.reason is not None
    )
    # Two Hosts with one bad secret are one fault at one place.
    return Verdict(in_order([*dict.fromkeys(told), *_stale(view, found)]), list(dict.fromkeys(silenced)))


def _find(view: View) -> list[_Found]:
    return [_Found(rule, finding, _reason(rule.id, finding.owner)) for rule in RULES for finding in rule.find(view)]


def _reason(rule: str, owner: Owner) -> str | None:
    return next((ignore.reason for ignore in owner.ignore if ignore.rule == rule), None)


def _problem(view: View, rule: Rule, finding: Finding) -> Problem:
    place = view.document.location(finding.path)
    return Problem(rule.id, finding.message, place, finding.hint, rule.severity)


def _stale(view: View, found: list[_Found]) -> Iterator[Problem]:
    """Silences that silence nothing would hide the rule from whoever breaks it next."""
    used = {(item.finding.owner.path, item.rule.id) for item in found}
    known = {rule.id for rule in RULES}
    for owner in _owners(view):
        for index, ignore in enumerate(owner.ignore):
            if (owner.path, ignore.rule) in used:
                continue
            if ignore.rule in known:
                message = f"{owner.title} ignores {ignore.rule}, which it does not break"
                hint = "take it out, or the rule stays silent when it is broken one day"
            else:
                message = f"{owner.title} ignores {ignore.rule}, which cannot be silenced"
                hint = f"take it out; `tfwrap explain {ignore.rule}` says what the rule is about"
            place = view.document.location((*owner.path, "ignore", index))
            yield Problem(STALE, message, place, hint, "warning")


def _owners(view: View) -> Iterator[Owner]:
    for install in view.installs:
        yield install
        yield from install.resources
