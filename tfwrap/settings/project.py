"""The project: which folder it is, and what tfwrap.toml or [tool.tfwrap] of pyproject.toml says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.settings.toml_source import TomlDocument, read_toml

ApplyRequirement: TypeAlias = Literal["approved", "mergeable", "undiverged"]  # of Atlantis
FILES = ("tfwrap.toml", "pyproject.toml")  # either makes a folder the root of a project


@dataclass(frozen=True)
class SourceBuild:
    dir: Path
    package: str
    version: str


@dataclass(frozen=True)
class Atlantis:
    """What `tfwrap atlantis generate` writes (contract §8)."""

    granularity: Literal["unit", "env"]
    cascade: Literal["direct", "all", "none"]
    requirements: list[ApplyRequirement]
    allow_cdk: bool


@dataclass(frozen=True)
class Project:
    """A project with every path absolute. `source` knows where each setting was written."""

    root: Path
    live: Path
    modules: Path
    templates: Path
    engine: str
    terraform: str
    parallelism: int
    warm: bool
    lock_timeout: float  # seconds
    pass_env: tuple[str, ...]
    stacks: Mapping[str, str]
    source_builds: Mapping[str, SourceBuild]
    atlantis: Atlantis
    source: TomlDocument

    @property
    def own(self) -> Path:
        """The git-ignored folder for logs, plans, work and caches."""
        return self.root / ".tfwrap"

    def environments(self) -> list[str]:
        return sorted(file.parent.name for file in self.live.glob("*/env.yaml") if file.is_file())


def find_project(start: Path, override: Path | None = None) -> Project:
    """The project `override`, else the nearest one from `start` upwards."""
    from tfwrap.settings.project_settings import read_settings

    if override is not None:
        root = Path(os.path.normpath(override.absolute()))
        source = _settings_of(root)
        if source is None:
            message = f"{override} is not the root of a tfwrap project"
            hint = "it needs a tfwrap.toml, or a pyproject.toml with [tool.tfwrap]"
            raise SettingsFailure(Problem("E110", message, None, hint))
        return read_settings(root, source)
    start = Path(os.path.normpath(start.absolute()))
    for folder in (start, *start.parents):
        source = _settings_of(folder)
        if source is not None:
            return read_settings(folder, source)
    hint = "an empty tfwrap.toml at its root makes one, `tfwrap new project` starts one; or name it: --project DIR"
    raise SettingsFailure(Problem("E110", "there is no tfwrap project in this folder or above it", None, hint))


def _settings_of(folder: Path) -> TomlDocument | None:
    own, shared = (folder / name for name in FILES)
    table = read_toml(shared).table("tool", "tfwrap") if shared.is_file() else None
    if not own.is_file():
        return table
    if table is not None:
        message = "both tfwrap.toml and [tool.tfwrap] of pyproject.toml hold project settings"
        raise SettingsFailure(Problem("E110", message, Location(own, 1, 1), "keep one of the two"))
    return read_toml(own)
