"""The saved plan of an environment: a folder that says what was planned, from what, and that it is unchanged.

Files: `manifest.json`, `key` (of the input digests), per unit `units/<unit>/plan.bin` and `plan.json`.
Folder 0700, files 0600: a plan file holds every value in clear text. The bundle's id is the manifest's hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Failure, NeedsPlanFailure, Problem
from tfwrap.plan.model import Plan
from tfwrap.run.inputs import Kind
from tfwrap.run.record import PlanClass, Result

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


_CLOSED = {"extra": "forbid"}  # for pydantic, when a manifest is read


@dataclass(frozen=True)
class ManifestInput:
    """Where a root variable's value came from; `digest` is absent for an unknown one."""

    __pydantic_config__ = _CLOSED

    producer: str | None
    output: str | None
    kind: Kind
    digest: str | None


@dataclass(frozen=True)
class ManifestUnit:
    __pydantic_config__ = _CLOSED

    result: Result
    plan_class: PlanClass | None
    reason: str | None
    cause: str | None
    plan_sha256: str | None
    plan_json_sha256: str | None
    files_sha256: str
    lock_sha256: str | None
    inputs: dict[str, ManifestInput]
    lineage: str
    serial: int
    add: int
    change: int
    destroy: int
    seconds: dict[str, float]
    renamed_from: str | None = None  # nothing is applied: the state of that unit moves here


@dataclass(frozen=True)
class Manifest:
    __pydantic_config__ = _CLOSED

    tfwrap: str
    engine: str
    engine_version: str
    environment: str
    mode: Literal["apply", "destroy"]
    created: str
    commit: str | None
    dirty: bool | None
    graph: dict[str, list[str]]
    selection: list[str]
    complete: bool
    units: dict[str, ManifestUnit]
    version: Literal[1] = 1


def file_sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


class BundleWriter:
    """Fills a folder beside the target, which takes the target's place when the manifest is written."""

    def __init__(self, target: Path) -> None:
        if (target.exists() and not target.is_dir()) or target.is_symlink():
            raise Failure(Problem("E520", f"{target} is not a folder", hint="name another one with --out"))
        if target.is_dir() and any(target.iterdir()) and not (target / "manifest.json").exists():
            raise Failure(
                Problem("E520", f"{target} is not empty and is no bundle", hint="name another folder with --out")
            )
        self.target = target
        _sweep(target)
        self.folder = target.parent / f".{target.name}.{os.getpid()}"
        self.key = secrets.token_bytes(32)
        self.folder.mkdir(parents=True, mode=PRIVATE_FOLDER)
        (self.folder / "units").mkdir(mode=PRIVATE_FOLDER)
        self._units: dict[str, Path] = {}
        write_atomic(self.folder / "key", self.key, PRIVATE_FILE)

    def unit(self, name: str) -> Path:
        if name not in self._units:
            self._units[name] = self.folder / "units" / name
            self._units[name].mkdir(mode=PRIVATE_FOLDER)
        return self._units[name]

    def finish(self, manifest: Manifest) -> str:
        """Write the manifest, take the target's place, and return the bundle's id."""
        for folder in self._units.values():
            with suppress(FileNotFoundError):
                (folder / "plan.bin").chmod(PRIVATE_FILE)  # Terraform wrote it as the user's umask has it
        text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"
        write_atomic(self.folder / "manifest.json", text, PRIVATE_FILE)
        write_atomic(self.folder / "id", hashlib.sha256(text.encode()).hexdigest() + "\n", PRIVATE_FILE)
        old = self.folder.with_name(f"{self.folder.name}.old")
        if self.target.exists():
            self.target.rename(old)
        self.folder.rename(self.target)
        shutil.rmtree(old, ignore_errors=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Take away what killed runs left beside the target: plans hold secrets."""
    for folder in target.parent.glob(f".{target.name}.*"):
        number = folder.name.removeprefix(f".{target.name}.").removesuffix(".old")
        if number.isdigit() and not _lives(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Bundle:
    """A bundle that was read and found whole."""

    def __init__(self, folder: Path) -> None:
        from pydantic import TypeAdapter, ValidationError

        self.folder = folder
        path = folder / "manifest.json"
        try:
            text = path.read_bytes()
            self.manifest = TypeAdapter(Manifest).validate_json(text)
            self.key = (folder / "key").read_bytes()
            approved = (folder / "id").read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError as error:
            raise NeedsPlanFailure(
                Problem(
                    "E521", f"{folder} is not a saved plan: {Path(error.filename).name} is missing", hint="plan again"
                )
            ) from error
        except (ValidationError, OSError) as error:
            raise NeedsPlanFailure(
                Problem("E521", f"{path} was not written by this version of tfwrap, or was changed", hint="plan again")
            ) from error
        self.id = hashlib.sha256(text).hexdigest()
        if self.id != approved:
            raise NeedsPlanFailure(Problem("E522", f"{path} is not the file that was planned", hint="plan again"))

    def plan_file(self, unit: str) -> Path:
        return self.folder / "units" / unit / "plan.bin"

    def plan(self, unit: str) -> Plan | None:
        path = self.folder / "units" / unit / "plan.json"
        return Plan.from_json(json.loads(path.read_bytes())) if path.exists() else None

    def damages(self) -> list[Problem]:
        """Files that are missing or are not what the manifest says."""
        return [problem for name in self.manifest.units for problem in self.damages_of(name)]

    def damages_of(self, name: str) -> list[Problem]:
        unit = self.manifest.units[name]
        found = []
        for file, expected in (("plan.bin", unit.plan_sha256), ("plan.json", unit.plan_json_sha256)):
            actual = file_sha256(self.folder / "units" / name / file)
            if actual != expected:
                what = "is missing" if actual is None else "is not the file that was planned"
                found.append(Problem("E522", f"{self.folder / 'units' / name / file} {what}", hint="plan again"))
        return found
