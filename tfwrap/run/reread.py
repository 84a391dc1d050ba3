"""The record of the run that made a bundle, from the bundle alone."""

from __future__ import annotations

from pathlib import Path

from tfwrap.base.problems import NeedsPlanFailure
from tfwrap.run.bundle import Bundle
from tfwrap.run.record import RunRecord, UnitRecord


def reread(bundle: Bundle, root: Path) -> RunRecord:
    """NeedsPlanFailure for one that is not whole any more: what it shows might not be what it would do."""
    if faults := bundle.damages():
        raise NeedsPlanFailure(faults)
    manifest = bundle.manifest
    record = RunRecord("plan", manifest.environment, root, bundle=bundle.folder, bundle_id=bundle.id)
    for name, unit in manifest.units.items():
        plan = bundle.plan(name)
        record.units.append(
            UnitRecord(
                name,
                unit.result,
                unit.plan_class,
                unit.reason,
                unit.cause,
                plan,
                tuple(change.name for change in plan.changed_outputs) if plan else (),
                dict(unit.seconds),
            )
        )
    record.seconds = sum(unit.seconds.get("total", 0.0) for unit in manifest.units.values())
    return record
