"""Modules and templates that travel with tfwrap, copied into a project that uses them.

A project's own module or template of the same name wins; one that tfwrap copied there before is brought up to
date. In tfwrap's own repository these are the originals, and nothing is copied. Reads only; `sync` writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from tfwrap.base.bundled import bundled
from tfwrap.settings.project import Project
from tfwrap.stacks.model import LocalModule, Unit
from tfwrap.workspace.record import all_records


def shared_files(project: Project, units: Iterable[Unit], ours: Collection[Path]) -> dict[Path, bytes]:
    """{place in the project: content} of every copy that `units` need; `ours` is what tfwrap wrote before."""
    units = tuple(units)
    files: dict[Path, bytes] = {}
    for name in dict.fromkeys(name for unit in units for name in _module_names(project, unit)):
        original, copy = bundled("modules") / name, project.modules / name
        if original.is_dir() and not _same(original, copy) and not _is_own(copy, ours):
            files |= {copy / path.relative_to(original): path.read_bytes() for path in _travelling(original)}
    for template in dict.fromkeys(one.template for unit in units for one in unit.values.values()):
        original, copy = bundled("templates") / template, project.templates / template
        if original.is_file() and not _same(original, copy) and not _is_own(copy, ours):
            files[copy] = original.read_bytes()
    return files


def template_folders(project: Project, name: str) -> Sequence[Path]:
    """Where template `name` is looked for: the project's own goes first, but not a copy, which may be old."""
    own, shipped = project.templates, bundled("templates")
    copied = (path for record in all_records(project) for path, _ in record.written())
    if (own / name).exists() and own / name in copied:
        return (shipped, own)
    return (own, shipped)


def _module_names(project: Project, unit: Unit) -> Iterator[str]:
    folders = [*((unit.module.path,) if isinstance(unit.module, LocalModule) else ()), *unit.bases]
    for folder in folders:
        if folder.is_relative_to(project.modules):
            yield from folder.relative_to(project.modules).parts[:1]


def _is_own(copy: Path, ours: Collection[Path]) -> bool:
    """Whether the project has something there that tfwrap never wrote."""
    if copy.is_dir():
        return any(copy.iterdir()) and not any(path.is_relative_to(copy) for path in ours)
    return copy.exists() and copy not in ours


def _travelling(folder: Path) -> list[Path]:
    """Files of a bundled module, without what Terraform or an editor left in a checkout."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not _is_dropping(path.relative_to(folder)))


def _is_dropping(path: Path) -> bool:
    return any(part.startswith(".") and part != ".helmignore" for part in path.parts)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
