"""`.generated.json`: which files tfwrap wrote into an environment, and what it needs to know of units taken out.

Paths in the file are relative to the environment's folder, so that a copied folder owns its copies and no more;
here they are absolute. Reads and writes JSON; touches no other file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Location, OutOfDateFailure, Problem
from tfwrap.settings.project import Project

NAME = ".generated.json"
_VERSION = 1

Hashes = Mapping[Path, str]
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Removed:
    """A unit taken out of env.yaml and not destroyed yet: its files stay where they are."""

    files: Hashes
    facts: Facts


@dataclass(frozen=True)
class Record:
    """`pending` is what a generation that was cut off may have written; it is ours as well."""

    folder: Path
    files: Hashes = field(default_factory=dict)
    pending: Hashes = field(default_factory=dict)
    units: Mapping[str, Facts] = field(default_factory=dict)
    removed: Mapping[str, Removed] = field(default_factory=dict)

    def written(self) -> Iterator[tuple[Path, str]]:
        """Every file and hash that tfwrap wrote, or may have written; a path can come more than once."""
        yield from self.files.items()
        yield from self.pending.items()
        for removed in self.removed.values():
            yield from removed.files.items()

    def text(self) -> str:
        document: dict[str, Any] = {"version": _VERSION, "files": self._relative(self.files)}
        document["units"] = {name: self.units[name] for name in sorted(self.units)}
        document["removed"] = {
            name: {**removed.facts, "files": self._relative(removed.files)}
            for name, removed in sorted(self.removed.items())
        }
        if self.pending:
            document["pending"] = self._relative(self.pending)
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    def _relative(self, hashes: Hashes) -> dict[str, str]:
        paths = {Path(os.path.relpath(path, self.folder)).as_posix(): digest for path, digest in hashes.items()}
        return dict(sorted(paths.items()))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_record(project: Project, environment_name: str) -> Record:
    """What was recorded last; an unreadable or strange file is E302, because it cannot be guessed anew."""
    folder = project.live / environment_name
    path = folder / NAME
    if not path.exists():
        return Record(folder)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != _VERSION:
            raise unreadable(path, f"has version {document['version']}, this tfwrap writes {_VERSION}")
        places = (folder, project.modules, project.templates)
        removed = {
            name: Removed(
                _absolute(entry["files"], folder, places),
                {key: value for key, value in entry.items() if key != "files"},
            )
            for name, entry in document.get("removed", {}).items()
        }
        return Record(
            folder,
            _absolute(document["files"], folder, places),
            _absolute(document.get("pending", {}), folder, places),
            document.get("units", {}),
            removed,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(path, f"is not what tfwrap wrote ({error})") from error


def all_records(project: Project) -> list[Record]:
    """Those of all environments, for the files they share. A broken one is its own environment's trouble."""
    records = []
    for path in sorted(project.live.glob(f"*/{NAME}")):
        with contextlib.suppress(OutOfDateFailure):
            records.append(read_record(project, path.parent.name))
    return records


def _absolute(hashes: Mapping[str, str], folder: Path, places: Iterable[Path]) -> dict[Path, str]:
    """A record comes out of a repository: it must not make tfwrap delete files anywhere else."""
    found: dict[Path, str] = {}
    for name, value in hashes.items():
        path = Path(os.path.normpath(folder / name))
        if not any(path != place and path.is_relative_to(place) for place in places):
            raise ValueError(f"{name} lies outside of the environment")
        found[path] = value
    return found


def unreadable(path: Path, reason: str) -> OutOfDateFailure:
    hint = "take it back from version control; without it, tfwrap cannot tell its files from yours"
    return OutOfDateFailure(Problem("E302", f"{path.name} {reason}", Location(path, 1, 1), hint))
