"""The project's atlantis.yaml as it is and as it should be. Reads settings and the file; writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfwrap.atlantis.projects import LoadedEnvironment, atlantis_projects
from tfwrap.atlantis.repo_config import read_repo_config
from tfwrap.atlantis.repo_file import update
from tfwrap.base.problems import Failure, Location, Problem, SettingsFailure
from tfwrap.engine.git import git
from tfwrap.settings.document import Document, plain
from tfwrap.settings.environment import read_environment
from tfwrap.settings.project import Project
from tfwrap.settings.yaml_source import read_yaml
from tfwrap.stacks.registry import load_stack

NAME = "atlantis.yaml"


@dataclass(frozen=True)
class RepoFile:
    path: Path
    old: str  # empty if there is none
    new: str
    names: list[str]

    @classmethod
    def of(cls, project: Project) -> RepoFile:
        """SettingsFailure if an environment is not valid, or the file is one that Atlantis would not take."""
        path = project.root / NAME
        other = path.with_suffix(".yml")
        if other.exists():
            message = "Atlantis refuses a repository with an atlantis.yml"
            raise SettingsFailure(Problem("E704", message, Location(other, 1, 1), f"rename it to {NAME}"))
        top = git(project.root, "rev-parse", "--show-toplevel")
        repository = Path(top.strip()) if top else project.root
        if not project.live.resolve().is_relative_to(repository.resolve()):
            message = "the environments are outside of the repository, where Atlantis cannot plan them"
            raise SettingsFailure(Problem("E701", message, project.source.location(("live",))))
        projects = atlantis_projects(project, repository, _environments(project))
        entries = [one.entry(project.atlantis.requirements) for one in projects]
        live = project.live.resolve().relative_to(repository.resolve()).as_posix()
        document = read_atlantis_yaml(path) if path.exists() else None
        if document is not None:
            read_repo_config(document)
        old = path.read_text(encoding="utf-8") if document is not None else ""
        return cls(path, old, update(document, old, entries, live), [one.name for one in projects])

    def problems(self) -> list[Problem]:
        if self.old == self.new:
            return []
        place = Location(self.path, 1, 1) if self.old else None
        words = "is out of date" if self.old else "is missing"
        return [Problem("E700", f"{NAME} {words}", place, "run tfwrap atlantis generate")]


def read_atlantis_yaml(path: Path) -> Document:
    """The file as data with places; an empty one is an empty map."""
    root = read_yaml(path)
    data = plain(root)
    if not isinstance(data, dict | None):
        raise SettingsFailure(Problem("E103", f"{path.name} should be a map", root.location))
    return Document(path, root, data or {}, (path,))


def _environments(project: Project) -> list[LoadedEnvironment]:
    """Every environment of the project; the faults of all of them are raised together."""
    found: list[LoadedEnvironment] = []
    problems: list[Problem] = []
    for name in project.environments():
        try:
            found.append(LoadedEnvironment(name, load_stack(project, name), read_environment(project, name).files))
        except Failure as failure:
            problems += failure.problems
    if problems:
        raise SettingsFailure(problems)
    return found
