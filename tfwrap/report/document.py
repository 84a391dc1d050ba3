"""The `--json` document (contract §6): the record of a run for scripts, and its JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tfwrap.base.problems import Problem
from tfwrap.plan.model import Counts
from tfwrap.report.outcome import counts_of, total_seconds
from tfwrap.report.problems import in_order
from tfwrap.report.words import relative
from tfwrap.run.record import PlanClass, Result, RunRecord, UnitRecord


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Seconds(_Model):
    """`init` and `plan` are always there; the others only for a unit that came so far."""

    init: float
    plan: float
    apply: float | None = None
    destroy: float | None = None
    refresh: float | None = None
    hook: float | None = None
    total: float


class UnitRow(_Model):
    name: str
    result: Result
    plan_class: PlanClass | None = Field(alias="class")
    reason: str | None
    cause: str | None
    add: int
    change: int
    destroy: int
    replace: int
    import_: int = Field(alias="import")
    outputs: list[str]
    seconds: Seconds
    log: str | None


class Totals(_Model):
    add: int
    change: int
    destroy: int
    replace: int


class ProblemRow(_Model):
    code: str
    severity: Literal["error", "warning"]
    message: str
    file: str | None
    line: int | None
    column: int | None
    hint: str | None


class Document(_Model):
    """The outcome of one command over the units of an environment."""

    version: Literal[1]
    command: str
    env: str
    exit_code: int
    bundle: str | None
    units: list[UnitRow]
    totals: Totals
    problems: list[ProblemRow]


def document(record: RunRecord) -> dict[str, Any]:
    """The whole record as plain JSON values."""
    totals = sum((counts_of(unit) for unit in record.units), Counts())
    problems = [*record.problems, *(problem for unit in record.units for problem in unit.problems)]
    built = Document(
        version=1,
        command=record.command,
        env=record.environment,
        exit_code=record.exit_code,
        bundle=relative(record.bundle, record.root) if record.bundle else None,
        units=[_unit(unit, record.root) for unit in record.units],
        totals=Totals(add=totals.add, change=totals.change, destroy=totals.destroy, replace=totals.replace),
        problems=[_problem(problem, record.root) for problem in in_order(problems)],
    )
    return _json(built)


def unit_row(unit: UnitRecord, root: Path) -> dict[str, Any]:
    """One row of it, for who cannot wait for the rest."""
    return _json(_unit(unit, root))


def problem_row(problem: Problem, root: Path) -> dict[str, Any]:
    """One problem as it stands in the document, for documents of other commands."""
    return _json(_problem(problem, root))


def _json(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


def schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return draft | Document.model_json_schema(by_alias=True)


def _unit(unit: UnitRecord, root: Path) -> UnitRow:
    counts = counts_of(unit)
    phases = {"init": 0.0, "plan": 0.0} | unit.seconds | {"total": total_seconds(unit)}
    return UnitRow(
        name=unit.name,
        result=unit.result or "interrupted",  # no result: the run ended before it got one
        plan_class=unit.plan_class,
        reason=unit.reason,
        cause=unit.cause,
        add=counts.add,
        change=counts.change,
        destroy=counts.destroy,
        replace=counts.replace,
        import_=counts.import_,
        outputs=list(unit.outputs),
        seconds=Seconds(**{phase: round(seconds, 3) for phase, seconds in phases.items()}),
        log=relative(unit.log, root) if unit.log else None,
    )


def _problem(problem: Problem, root: Path) -> ProblemRow:
    place = problem.location
    return ProblemRow(
        code=problem.code,
        severity=problem.severity,
        message=problem.message,
        file=relative(place.file, root) if place else None,
        line=place.line if place else None,
        column=place.column if place else None,
        hint=problem.hint,
    )
