"""Terraform's machine-readable output (`-json`), one line at a time, as small facts: what a run shows. Pure.

Other types and keys are ignored, and minor versions of the format may bring new ones. A new major version is refused.
Values never come along, not those that diagnostics quote beside their snippet, either.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from tfwrap.base.problems import Failure, Problem

UI_MAJOR = "1"

Stage = Literal["start", "progress", "complete", "errored"]
What = Literal["apply", "refresh", "provision", "ephemeral_op"]


@dataclass(frozen=True)
class PlannedChange:
    address: str
    action: str  # create, update, delete, replace, read, move, import, noop, forget


@dataclass(frozen=True)
class Step:
    """Something that happens to one resource instance."""

    what: What
    stage: Stage
    address: str
    action: str = ""  # create, read, …; empty for a refresh
    seconds: float = 0.0


@dataclass(frozen=True)
class Position:
    file: str  # relative to the folder Terraform ran in
    line: int


@dataclass(frozen=True)
class Diagnostic:
    severity: str  # error or warning
    summary: str
    detail: str = ""
    position: Position | None = None
    snippet: str | None = None  # the source line
    context: str | None = None  # the block it stands in


Event = PlannedChange | Step | Diagnostic


def decode(line: str) -> Event | None:
    """The event of one line; None for what is not JSON, not an event, or of a type that nobody here needs.

    Failure E403 if the output says that it is of another major version.
    """
    data = _load(line)
    kind = str(data.get("type"))
    if kind == "version":
        _check(str(data.get("ui", "")))
    if kind in _EVENTS:
        return _EVENTS[kind](data)
    what, _, stage = kind.rpartition("_")
    if what in _STEPS and stage in _STAGES:
        return _step(cast("What", what), cast("Stage", stage), data)
    return None


def _load(line: str) -> dict[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        data = json.loads(line)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _check(ui: str) -> None:
    major = ui.partition(".")[0]
    if major != UI_MAJOR:
        raise Failure(
            Problem(
                "E403",
                f"this engine writes its machine-readable output in version {ui or 'unknown'}; "
                f"tfwrap reads version {UI_MAJOR}",
                hint="use an older engine (`engine` or TFWRAP_ENGINE), or a newer tfwrap",
            )
        )


def _planned_change(data: Mapping[str, Any]) -> PlannedChange:
    change = data.get("change", {})
    return PlannedChange(_address(change), change.get("action", ""))


def _step(what: What, stage: Stage, data: Mapping[str, Any]) -> Step:
    hook = data.get("hook", {})
    action = hook.get("action") or hook.get("provisioner") or ""
    return Step(what, stage, _address(hook), action, float(hook.get("elapsed_seconds", 0)))


def _diagnostic(data: Mapping[str, Any]) -> Diagnostic:
    found = data.get("diagnostic", {})
    place = found.get("range") or {}
    start = place.get("start") or {}
    snippet = found.get("snippet") or {}
    return Diagnostic(
        severity=found.get("severity", "error"),
        summary=found.get("summary", ""),
        detail=found.get("detail", ""),
        position=Position(place.get("filename", ""), start.get("line", 1)) if place else None,
        snippet=snippet.get("code"),
        context=snippet.get("context"),
    )


def _address(data: Mapping[str, Any]) -> str:
    return str((data.get("resource") or {}).get("addr", ""))


_STEPS = ("apply", "refresh", "provision", "ephemeral_op")
_STAGES = ("start", "progress", "complete", "errored")
_EVENTS: dict[str, Callable[[Mapping[str, Any]], Event]] = {
    "planned_change": _planned_change,
    "diagnostic": _diagnostic,
}
