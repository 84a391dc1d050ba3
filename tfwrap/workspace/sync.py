"""Files as they should be against files as they are: what `generate` would do, then doing it.

A file edited by hand, or a person's own where a generated one should go, stops it before the first write.
Cut off half-way, the next generation goes on: what is about to be written is recorded first, so it counts as ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Location, OutOfDateFailure, Problem
from tfwrap.settings.project import Project
from tfwrap.workspace.compare import Change, Comparison, Kind
from tfwrap.workspace.record import NAME, Facts, Record, Removed, all_records, digest, read_record
from tfwrap.workspace.removed import prune
from tfwrap.workspace.scratch import relative


@dataclass(frozen=True)
class SyncPlan:
    """`after` is what will be recorded. Every file has a change, `unchanged` too."""

    project: Project
    environment: str
    changes: tuple[Change, ...]
    before: Record
    after: Record

    def of(self, *kinds: Kind) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.kind in kinds)

    @property
    def up_to_date(self) -> bool:
        """Whether `generate` would write nothing at all."""
        return self.before == self.after and all(change.kind == "unchanged" for change in self.changes)

    @property
    def removed(self) -> tuple[str, ...]:
        """Units taken out of env.yaml that still have resources."""
        return tuple(self.after.removed)

    def name(self, path: Path) -> str:
        return relative(path, self.project.root)


def plan_sync(
    project: Project,
    environment_name: str,
    rendered: Mapping[str, Mapping[str, str]],
    facts: Mapping[str, Facts],
    *,
    removed: Mapping[str, Removed],
    shared: Mapping[Path, bytes],
    stamps: Mapping[Path, bytes],
) -> SyncPlan:
    """Compare; write nothing.

    `rendered` is {unit: {path in its folder: text}}, `facts` what to remember of each, `removed` the units whose
    files stay although env.yaml has them no more. `shared` are files that several environments use, `stamps` a
    person's own files that are brought up to date.
    """
    before = read_record(project, environment_name)
    others = [record for record in all_records(project) if record.folder != before.folder]
    wanted = {
        before.folder / unit / name: text.encode() for unit, files in rendered.items() for name, text in files.items()
    }
    wanted |= shared
    kept = {path for entry in removed.values() for path in entry.files}
    kept |= {path for record in others for path, _ in record.written()}
    hashes: dict[Path, set[str]] = {}
    for record in (before, *others):
        for path, value in record.written():
            hashes.setdefault(path, set()).add(value)

    comparison = Comparison(project.root)
    for path, new in wanted.items():
        comparison.generated(path, new, hashes.get(path, ()))
    for path in dict(before.written()):
        if path not in wanted and path not in kept:
            comparison.generated(path, None, hashes[path])
    for path, new in stamps.items():
        comparison.stamped(path, new)
    if comparison.problems:
        raise OutOfDateFailure(comparison.problems)
    files = {path: digest(new) for path, new in wanted.items()}
    after = Record(before.folder, files, {}, facts, removed)
    return SyncPlan(project, environment_name, tuple(comparison.changes), before, after)


def apply_sync(plan: SyncPlan, *, force: bool = False) -> None:
    """Write what differs, the rest stays untouched; `force` also writes over edited and foreign files."""
    refuse_conflicts(plan, force=force)
    if plan.up_to_date:
        return
    todo = [*plan.of("created", "changed", "deleted"), *plan.of("edited", "foreign")]
    record = plan.after.folder / NAME
    if todo:
        write_atomic(record, _journal(plan, todo).text())
        _sweep(plan.before)
    for change in todo:
        if change.new is not None:
            write_atomic(change.path, change.new)
        else:
            change.path.unlink()
            prune(change.path, _top(plan.project, plan.after.folder, change.path))
    write_atomic(record, plan.after.text())


def refuse_conflicts(plan: SyncPlan, *, force: bool = False) -> None:
    """OutOfDateFailure with every file that `apply_sync` would not write over."""
    if refused := [change for change in plan.of("edited", "foreign") if not force or change.old is None]:
        raise OutOfDateFailure(_conflict(plan, change) for change in refused)


def check(plan: SyncPlan) -> None:
    """For `generate --check`: an OutOfDateFailure with everything that `generate` would write or refuse."""
    problems = [_conflict(plan, change) for change in plan.of("edited", "foreign")]
    folder = plan.name(plan.after.folder)
    counts = {kind: len(plan.of(kind)) for kind in ("created", "changed", "deleted")}
    words = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    if words or (not problems and not plan.up_to_date):
        message = f"{folder} is out of date: {words or NAME}"
        problems.append(Problem("E304", message, hint=f"run tfwrap generate {plan.environment}"))
    for name in plan.removed:
        message = f"unit {name} is no longer in env.yaml, but its state still holds resources"
        hint = f"run tfwrap destroy {plan.environment} -u {name}, or put the unit back"
        problems.append(Problem("E306", message, Location(plan.after.folder / NAME, 1, 1), hint))
    if problems:
        raise OutOfDateFailure(problems)


def _journal(plan: SyncPlan, todo: list[Change]) -> Record:
    """True whenever it is read: files as they are now, and as they are going to be."""
    recorded = dict(plan.before.written())
    files = {change.path: digest(change.old) for change in plan.changes if change.old is not None}
    # What a person wrote does not become ours by being in the way.
    files |= {path: recorded.get(path, "") for path in (change.path for change in plan.of("edited", "foreign"))}
    pending = {change.path: digest(change.new) for change in todo if change.new is not None}
    stamped = {change.path for change in plan.changes} - set(plan.after.files) - set(recorded)
    return replace(
        plan.after,
        files={path: value for path, value in files.items() if value and path not in stamped},
        pending={path: value for path, value in pending.items() if path not in stamped},
    )


def _sweep(before: Record) -> None:
    """Temporary files that a killed generation left beside what it was writing."""
    for path in (*before.pending, before.folder / NAME):
        for dropping in path.parent.glob(f".{path.name}.????????"):
            dropping.unlink()


def _top(project: Project, folder: Path, path: Path) -> Path:
    """The folder that stays, even empty."""
    return next(top for top in (folder, project.modules, project.templates) if path.is_relative_to(top))


def _conflict(plan: SyncPlan, change: Change) -> Problem:
    name, place = plan.name(change.path), Location(change.path, 1, 1)
    command = f"tfwrap generate {plan.environment} --force"
    if change.old is None:
        return Problem("E301", f"{name} cannot be written: something else stands there", place)
    if change.kind == "foreign":
        return Problem("E301", f"{name} was not written by tfwrap", place, f"move it, or overwrite it: {command}")
    hint = f"say it in env.yaml and overwrite the file: {command}"
    return Problem("E300", f"{name} was edited by hand", place, hint)
