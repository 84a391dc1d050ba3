"""Records of runs as tests of the report want them, from plans that real Terraform made."""

from __future__ import annotations

from pathlib import Path

from golden.golden import plan

from tfwrap.base.problems import Location, Problem
from tfwrap.run.record import RunRecord, UnitRecord

ROOT = Path("/project")


def planned(name: str, source: str) -> UnitRecord:
    read = plan(source)
    return UnitRecord(
        name,
        "changed" if read.has_changes else "unchanged",
        "exact",
        plan=read,
        outputs=tuple(output.name for output in read.changed_outputs),
        seconds={"init": 0.1, "plan": 0.25},
    )


def emissary(root: Path = ROOT) -> RunRecord:
    """Everything went well."""
    units = [
        planned("emissary-crds", "helm-create"),
        planned("emissary-ingress", "helm-update"),
        planned("emissary-config", "unchanged"),
    ]
    return RunRecord(
        "plan", "dev", root, units, seconds=0.9, bundle=root / ".tfwrap" / "plans" / "dev",
        bundle_id="7c1e02d4aa", next_command="tfwrap apply dev --plan .tfwrap/plans/dev",
    )  # fmt: skip


def mixed(root: Path = ROOT) -> RunRecord:
    """A bit of everything."""
    place = Location(root / "live" / "dev" / "env.yaml", 12, 7)
    log = root / ".tfwrap" / "logs" / "1" / "network" / "plan.log"
    problem = Problem("E500", "Invalid value for variable: zones must not be empty", place, "give one zone")
    units = [
        planned("shapes", "update"),
        planned("new", "create"),
        UnitRecord("network", "failed", problems=[problem], log=log, seconds={"init": 0.2, "plan": 1.8}),
        UnitRecord("app", "blocked", cause="network", reason="network failed"),
        UnitRecord("dns", "deferred", "deferred", reason="needs zone.id, known after zone is applied"),
        UnitRecord("off", "excluded", reason="enabled: false"),
        UnitRecord("late"),
        planned("outputs", "outputs"),
        planned("old", "destroy"),
    ]
    return RunRecord("plan", "dev", root, units, exit_code=1, seconds=3.14159)


def applied(root: Path = ROOT) -> RunRecord:
    record = mixed(root)
    record.command = "apply"
    for unit in record.units:
        if unit.result == "changed":
            unit.result = "applied"
            unit.seconds["apply"] = 61.0
    record.unit("new").result = "needs_replan"
    record.unit("new").reason = "network.id moved since the plan"
    return record


def destroyed(root: Path = ROOT) -> RunRecord:
    unit = planned("shapes", "destroy")
    unit.result = "destroyed"
    return RunRecord("destroy", "dev", root, [unit], seconds=2.0)


def drifted(root: Path = ROOT) -> RunRecord:
    """Reality moved: what Terraform would have made of `shapes` was done by somebody else."""
    from dataclasses import replace

    unit = planned("shapes", "update")
    if unit.plan is None:
        raise AssertionError
    unit.plan = replace(unit.plan, changes=(), outputs=(), drift=unit.plan.changes[1:4])
    still = planned("still", "unchanged")
    return RunRecord("drift", "dev", root, [unit, still], exit_code=2, seconds=1.0)
