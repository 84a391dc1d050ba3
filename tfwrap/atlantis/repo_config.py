"""`atlantis.yaml`, version 3, as Atlantis 0.47 reads it: a strict model, and the rules between its projects.

Atlantis itself takes unknown modes, `depends_on` names and cycles, and fails later or not at all; here they are
errors at their place in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Literal

from pydantic import Field

from tfwrap.atlantis.fields import Folder, Pattern, ProjectName, Re2, Regexp, Version, Workspace, is_glob
from tfwrap.atlantis.workflows import Workflow
from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.graph.dag import find_cycle
from tfwrap.settings.document import Document
from tfwrap.settings.environment import parse
from tfwrap.settings.model import Model

Requirement = Literal["approved", "mergeable", "undiverged"]


class Autoplan(Model):
    enabled: bool = True
    when_modified: list[Pattern] | None = None


class RepoLocks(Model):
    mode: Literal["on_plan", "on_apply", "disabled"]


class Autodiscover(Model):
    mode: Literal["auto", "enabled", "disabled"]
    ignore_paths: list[Pattern] | None = None


class RepoProject(Model):
    dir: Folder
    name: ProjectName | None = None
    branch: Regexp | None = None
    workspace: Workspace = "default"
    workflow: str | None = None
    terraform_distribution: Literal["terraform", "opentofu"] | None = None
    terraform_version: Version | None = None
    autoplan: Autoplan | None = None
    plan_requirements: list[Requirement] | None = None
    apply_requirements: list[Requirement] | None = None
    import_requirements: list[Requirement] | None = None
    depends_on: list[ProjectName] = Field(default=[])
    execution_order_group: int = 0
    delete_source_branch_on_merge: bool | None = None
    repo_locking: bool | None = None
    repo_locks: RepoLocks | None = None
    custom_policy_check: bool | None = None
    policy_check: bool | None = None
    silence_pr_comments: list[Literal["plan", "apply"]] | None = None


class RepoConfig(Model):
    version: Literal[3]
    projects: list[RepoProject] = Field(default=[])
    workflows: Mapping[str, Workflow] = {}
    automerge: bool | None = None
    parallel_plan: bool | None = None
    parallel_apply: bool | None = None
    abort_on_execution_order_fail: bool = False
    autodiscover: Autodiscover | None = None
    delete_source_branch_on_merge: bool | None = None
    repo_locks: RepoLocks | None = None
    emoji_reaction: str | None = None
    allowed_regexp_prefixes: list[Re2] | None = None
    silence_pr_comments: list[Literal["plan", "apply"]] | None = None


def read_repo_config(document: Document) -> RepoConfig:
    """The document as the model; SettingsFailure with every fault of it."""
    config = parse(document, RepoConfig)
    problems = [*_names(config, document), *_dependencies(config, document)]
    if problems:
        raise SettingsFailure(problems)
    return config


def _names(config: RepoConfig, document: Document) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    places: dict[tuple[str, str], int] = {}
    for index, project in enumerate(config.projects):
        place = document.location(("projects", index, "name"))
        if project.name is not None and is_glob(project.dir):
            yield Problem("E701", f"{project.name} names a pattern of folders: Atlantis would drop the name", place)
        if project.name is not None and project.name in seen:
            first = document.location(("projects", seen[project.name], "name"))
            yield Problem("E701", f"there are two projects {project.name}", place, f"the other is in line {first.line}")
        seen.setdefault(project.name or "", index)
        where = (project.dir, project.workspace)
        unnamed = project.name is None or config.projects[places.get(where, index)].name is None
        if where in places and unnamed:
            hint = "give both a name"
            yield Problem("E701", f"{project.dir} has two projects in workspace {project.workspace}", place, hint)
        places.setdefault(where, index)


def _dependencies(config: RepoConfig, document: Document) -> Iterator[Problem]:
    groups = {project.name: project.execution_order_group for project in config.projects if project.name}
    known: dict[str, list[str]] = {name: [] for name in groups}
    for index, project in enumerate(config.projects):
        for position, needed in enumerate(project.depends_on):
            place = document.location(("projects", index, "depends_on", position))
            if needed not in groups:
                hint = did_you_mean(needed, groups)
                yield Problem("E702", f"depends_on names {needed}, which is not a project", place, hint)
                continue
            if project.name:
                known[project.name].append(needed)
            if needed != project.name and groups[needed] >= project.execution_order_group:
                message = f"{needed} is in execution_order_group {groups[needed]}, its dependent is in "
                message += str(project.execution_order_group)
                yield Problem("E702", message, place, "what comes first needs a lower group")
    cycle = find_cycle(known, known)
    if cycle:
        yield Problem("E702", f"depends_on goes in a circle: {' -> '.join(cycle)}", _edge(config, document, cycle))


def _edge(config: RepoConfig, document: Document, cycle: tuple[str, ...]) -> Location:
    name, needed = next(pairwise(cycle))
    index = next(i for i, project in enumerate(config.projects) if project.name == name)
    return document.location(("projects", index, "depends_on", config.projects[index].depends_on.index(needed)))
