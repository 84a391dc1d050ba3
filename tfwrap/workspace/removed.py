"""Units taken out of env.yaml whose state still holds resources: their files stay until they are destroyed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Location, OutOfDateFailure, Problem
from tfwrap.settings.project import Project
from tfwrap.stacks.model import Stack, Unit
from tfwrap.workspace.facts import unit_from_facts
from tfwrap.workspace.record import NAME, Facts, Record, Removed, digest, read_record, unreadable

Holds = Callable[[Unit], bool]


def removed_units(project: Project, environment_name: str) -> tuple[Unit, ...]:
    """Those that `generate` put under `removed`. They have no arguments: their folders are used as they are."""
    record = read_record(project, environment_name)
    return units_of(project, record.folder, record.removed)


def is_removed(unit: Unit) -> bool:
    """Its place is in the record, no more in env.yaml."""
    return unit.location.file.name == NAME


def with_removed(project: Project, environment_name: str, stack: Stack) -> Stack:
    """The stack for destroying: with units taken out of env.yaml, unless a unit of that name is there again.

    They depend only on what there still is: what they read from a unit that is gone, nobody can give them.
    """
    present = {unit.name for unit in stack.units}
    gone = [unit for unit in removed_units(project, environment_name) if unit.name not in present]
    known = present | {unit.name for unit in gone}
    trimmed = [
        replace(
            unit,
            after=tuple(name for name in unit.after if name in known),
            references=tuple(one for one in unit.references if one.unit in known),
        )
        for unit in gone
    ]
    return replace(stack, units=(*stack.units, *trimmed))


def units_of(project: Project, folder: Path, removed: Mapping[str, Removed]) -> tuple[Unit, ...]:
    return tuple(_unit(project, folder, name, entry.facts) for name, entry in removed.items())


def forget_unit(project: Project, environment_name: str, name: str) -> None:
    """Delete the files of a removed unit, once it is destroyed. A file edited meanwhile stays, as a person's own."""
    record = read_record(project, environment_name)
    removed = record.removed[name]
    for path, recorded in removed.files.items():
        if path.is_file() and not path.is_symlink() and digest(path.read_bytes()) == recorded:
            path.unlink()
            prune(path, record.folder)
    rest = {other: entry for other, entry in record.removed.items() if other != name}
    after = Record(record.folder, record.files, record.pending, record.units, rest)
    write_atomic(record.folder / NAME, after.text())


def find_removed(project: Project, before: Record, names: Collection[str], holds: Holds) -> dict[str, Removed]:
    """Recorded units that are not among `names` any more, but have resources."""
    gone = {name: _taken_out(before, name) for name in before.units if name not in names}
    gone |= {name: entry for name, entry in before.removed.items() if name not in names}
    kept = {name: entry for name, entry in gone.items() if holds(_unit(project, before.folder, name, entry.facts))}
    lost = [name for name, entry in kept.items() if not any(path.is_file() for path in entry.files)]
    if lost:
        raise OutOfDateFailure(_lost(project, before, name) for name in lost)
    return kept


def prune(path: Path, folder: Path) -> None:
    """Take away the folders above `path` that are empty now, up to `folder`."""
    for parent in path.parents:
        if parent == folder or not parent.is_relative_to(folder) or any(parent.iterdir()):
            return
        parent.rmdir()


def _taken_out(before: Record, name: str) -> Removed:
    home = before.folder / name
    return Removed({path: value for path, value in before.written() if path.is_relative_to(home)}, before.units[name])


def _unit(project: Project, folder: Path, name: str, facts: Facts) -> Unit:
    path = folder / NAME
    try:
        return unit_from_facts(name, facts, project.root, Location(path, 1, 1))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise unreadable(path, f"does not say how to reach unit {name} ({error})") from error


def _lost(project: Project, before: Record, name: str) -> Problem:
    folder = (before.folder / name).relative_to(project.root).as_posix()
    message = f"unit {name} was taken out of env.yaml with resources in its state, and {folder} is gone as well"
    hint = f"git checkout -- {folder}, then tfwrap destroy {before.folder.name} -u {name}"
    return Problem("E305", message, Location(before.folder / NAME, 1, 1), hint)
