"""The manifest of a bundle, made from what a Planner found out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

from tfwrap import __version__
from tfwrap.engine.git import head
from tfwrap.run.bundle import Manifest, ManifestInput, ManifestUnit, file_sha256
from tfwrap.run.initialised import LOCK_FILE
from tfwrap.run.inputs import digest
from tfwrap.run.plan import Planner
from tfwrap.run.record import UnitRecord
from tfwrap.run.session import Session
from tfwrap.run.state import NOT_APPLIED
from tfwrap.workspace.record import read_record

_PLANNED = ("changed", "unchanged", "excluded")


def describe(planner: Planner) -> Manifest:
    """Everything that an apply of this bundle will be held against."""
    session = planner.session
    commit, dirty = head(session.project.root)
    files = files_digests(session, session.selected)
    return Manifest(
        tfwrap=__version__,
        engine=session.engine.name,
        engine_version=session.engine.version,
        environment=session.environment,
        mode="destroy" if planner.mode == "destroy" else "apply",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=commit,
        dirty=dirty,
        graph={name: list(session.dag.direct(name)) for name in session.dag.order()},
        selection=list(session.selected),
        complete=all(unit.result in (*_PLANNED, "deferred") for unit in session.record.units),
        units={record.name: _unit(planner, record, files[record.name]) for record in session.record.units},
    )


def _unit(planner: Planner, record: UnitRecord, files: str) -> ManifestUnit:
    facts = planner.facts.get(record.name)
    folder, session = planner.bundle.unit(record.name), planner.session
    counts = record.plan.counts if record.plan else None
    inputs = facts.inputs if facts else {}
    state = facts.state if facts else NOT_APPLIED
    return ManifestUnit(
        result=record.result or "interrupted",
        plan_class=record.plan_class,
        reason=record.reason,
        cause=record.cause,
        plan_sha256=file_sha256(folder / "plan.bin") if facts and facts.saved else None,
        plan_json_sha256=file_sha256(folder / "plan.json"),
        files_sha256=files,
        lock_sha256=file_sha256(session.folder(record.name) / LOCK_FILE),
        inputs={
            name: ManifestInput(
                producer=item.producer,
                output=item.output,
                kind=item.kind,
                digest=None if item.kind == "unknown" else digest(planner.bundle.key, item.value),
            )
            for name, item in inputs.items()
        },
        lineage=state.lineage,
        serial=state.serial,
        renamed_from=facts.renamed_from if facts else None,
        add=counts.add if counts else 0,
        change=counts.change if counts else 0,
        destroy=counts.destroy if counts else 0,
        seconds={phase: round(seconds, 3) for phase, seconds in record.seconds.items()},
    )


def files_digests(session: Session, names: Iterable[str]) -> dict[str, str]:
    """One digest per unit of its files by name: generated ones, and its charts, which a plan file does not hold."""
    home = session.folder("")
    recorded: dict[str, set[Path]] = {}
    for path, _ in read_record(session.project, session.environment).written():
        if path.is_relative_to(home):
            recorded.setdefault(path.relative_to(home).parts[0], set()).add(path)
    return {name: _files_digest(session, name, recorded.get(name, set())) for name in names if name in session.units}


def _files_digest(session: Session, name: str, recorded: Collection[Path]) -> str:
    folder = session.folder(name)
    unit = session.units[name]
    files = {*recorded} | {path for place in (*unit.charts, *unit.bases) for path in place.rglob("*")}
    key = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file()):
        content = path.read_bytes()
        key.update(f"{os.path.relpath(path, folder)} {len(content)}\n".encode() + content)
    return key.hexdigest()
