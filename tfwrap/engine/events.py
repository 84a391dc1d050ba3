"""Terraform's machine-readable output (`-json`), one line at a time, as small facts. Pure.

Minor versions of the format may bring new types and keys: those are ignored. A new major version is refused.
Values never come along: not those of outputs, not those that diagnostics quote beside their snippet.
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
    reason: str | None
    drift: bool = False  # changed outside of Terraform


@dataclass(frozen=True)
class ChangeSummary:
    operation: str  # plan, apply, destroy
    add: int
    change: int
    destroy: int
    imported: int


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
    column: int


@dataclass(frozen=True)
class Diagnostic:
    severity: str  # error or warning
    summary: str
    detail: str = ""
    address: str | None = None
    position: Position | None = None
    snippet: str | None = None  # the source line
    context: str | None = None  # the block it stands in


@dataclass(frozen=True)
class Outputs:
    """Names of root outputs with what happens to them: create, update, delete, noop; `sensitive` by name."""

    actions: Mapping[str, str]
    sensitive: frozenset[str]


@dataclass(frozen=True)
class Log:
    level: str
    text: str


Event = PlannedChange | ChangeSummary | Step | Diagnostic | Outputs | Log


def decode(line: str) -> Event | None:
    """The event of one line; None for what is not JSON, not an event, or of a type not known here.

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
    return PlannedChange(
        _address(change), change.get("action", ""), change.get("reason"), data["type"] == "resource_drift"
    )


def _change_summary(data: Mapping[str, Any]) -> ChangeSummary:
    changes = data.get("changes", {})
    return ChangeSummary(
        changes.get("operation", ""),
        changes.get("add", 0),
        changes.get("change", 0),
        changes.get("remove", 0),
        changes.get("import", 0),
    )


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
        address=found.get("address"),
        position=Position(place.get("filename", ""), start.get("line", 1), start.get("column", 1)) if place else None,
        snippet=snippet.get("code"),
        context=snippet.get("context"),
    )


def _outputs(data: Mapping[str, Any]) -> Outputs:
    outputs = data.get("outputs", {})
    return Outputs(
        {name: output.get("action", "noop") for name, output in outputs.items()},
        frozenset(name for name, output in outputs.items() if output.get("sensitive")),
    )


def _log(data: Mapping[str, Any]) -> Log:
    return Log(data.get("@level", "info"), data.get("@message", ""))


def _address(data: Mapping[str, Any]) -> str:
    return str((data.get("resource") or {}).get("addr", ""))


_STEPS = ("apply", "refresh", "provision", "ephemeral_op")
_STAGES = ("start", "progress", "complete", "errored")
_EVENTS: dict[str, Callable[[Mapping[str, Any]], Event]] = {
    "planned_change": _planned_change,
    "resource_drift": _planned_change,
    "change_summary": _change_summary,
    "diagnostic": _diagnostic,
    "outputs": _outputs,
    "log": _log,
}
