"""Environments -> the projects of atlantis.yaml: names, order, and which files each one is made of. Pure but for reads.

One project per unit, or per environment. A unit that is switched off has none; those behind it take its place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.atlantis.server_config import WORKFLOW
from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.graph.dag import Dag
from tfwrap.run.modules import module_folders
from tfwrap.settings.project import Project
from tfwrap.stacks.model import LocalModule, Stack, Unit

_LEGAL = re.compile(r"[A-Za-z0-9_.~-]+")
_ALL_BELOW = "**"


@dataclass(frozen=True)
class LoadedEnvironment:
    """`files` are env.yaml and everything it extends."""

    name: str
    stack: Stack
    files: tuple[Path, ...]


@dataclass(frozen=True)
class AtlantisProject:
    name: str
    dir: str  # relative to the root of the repository
    group: int
    depends_on: tuple[str, ...]
    when_modified: tuple[str, ...]  # relative to dir

    def entry(self, requirements: Iterable[str]) -> dict[str, Any]:
        """As it stands in atlantis.yaml."""
        wanted = list(requirements)
        return {
            "name": self.name,
            "dir": self.dir,
            "workspace": "default",
            "workflow": WORKFLOW,
            "autoplan": {"enabled": True, "when_modified": list(self.when_modified)},
            "execution_order_group": self.group,
            **({"depends_on": list(self.depends_on)} if self.depends_on else {}),
            **({"apply_requirements": wanted} if wanted else {}),
        }


def atlantis_projects(project: Project, repository: Path, found: Iterable[LoadedEnvironment]) -> list[AtlantisProject]:
    """All projects, environment by environment in graph order."""
    environments = list(found)
    problems = [
        Problem(
            "E701",
            f"{one.name} cannot be a project of Atlantis: its name has a character that Atlantis does not take",
            one.stack.units[0].location if one.stack.units else None,
            "rename the folder: letters, digits and . _ ~ - are fine",
        )
        for one in environments
        if not _LEGAL.fullmatch(one.name)
    ]
    if problems:
        raise SettingsFailure(problems)
    make = _per_unit if project.atlantis.granularity == "unit" else _per_environment
    return [entry for one in environments for entry in make(project, repository, one)]


def _per_unit(project: Project, repository: Path, environment: LoadedEnvironment) -> Iterator[AtlantisProject]:
    units = {unit.name: unit for unit in environment.stack.units}
    whole = Dag(tuple(units), {unit.name: unit.dependencies for unit in units.values()})
    dag = whole.subset(name for name, unit in units.items() if unit.enabled)
    layers = dag.layers()
    for name in dag.order():
        folder = project.live / environment.name / name
        watched = [folder, *environment.files, *_parts(project, units[name])]
        for needed in _cascade(project, dag, name):
            watched += [project.live / environment.name / needed, *_parts(project, units[needed])]
        yield AtlantisProject(
            name=f"{environment.name}/{name}",
            dir=_relative(folder, repository),
            group=layers[name],
            depends_on=tuple(f"{environment.name}/{needed}" for needed in dag.direct(name)),
            when_modified=_patterns(watched, folder, repository),
        )


def _per_environment(project: Project, repository: Path, environment: LoadedEnvironment) -> Iterator[AtlantisProject]:
    folder = project.live / environment.name
    watched = [folder, *environment.files]
    for unit in environment.stack.units:
        watched += _parts(project, unit)
    yield AtlantisProject(
        environment.name, _relative(folder, repository), 0, (), _patterns(watched, folder, repository)
    )


def _cascade(project: Project, dag: Dag, name: str) -> Iterable[str]:
    match project.atlantis.cascade:
        case "direct":
            return dag.direct(name)
        case "all":
            above = dag.ancestors(name)
            return (needed for needed in dag.order() if needed in above)
        case "none":
            return ()


def _parts(project: Project, unit: Unit) -> list[Path]:
    """What the unit is made of beside its own folder: modules, charts, templates of this project."""
    parts: list[Path] = []
    if isinstance(unit.module, LocalModule):
        parts += sorted(module_folders(unit.module.path, project.own / "cache" / "hcl"))
    parts += [*unit.charts, *unit.bases]
    parts += [project.templates / values.template for values in unit.values.values()]
    return parts


def _patterns(paths: Iterable[Path], folder: Path, repository: Path) -> tuple[str, ...]:
    """One pattern per path of the repository; a path below a folder that is watched anyway needs none."""
    kept: list[Path] = []
    for path in dict.fromkeys(_real(one) for one in paths):
        if path.is_relative_to(_real(repository)) and not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return tuple(_pattern(path, _real(folder)) for path in kept)


def _pattern(path: Path, folder: Path) -> str:
    """As in a .dockerignore: what would be a wildcard is escaped."""
    relative = re.sub(r"([\\*?\[!])", r"\\\1", _relative(path, folder))
    if path.suffix and not path.is_dir():
        return relative
    return _ALL_BELOW if relative == "." else f"{relative}/{_ALL_BELOW}"


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(os.path.realpath(path), os.path.realpath(base))).as_posix()
