"""A whole environment: what its stack generates, with the copies and chart versions that belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.settings.project import Project
from tfwrap.stacks.model import CdkModule, Stack, Unit
from tfwrap.workspace.facts import unit_facts
from tfwrap.workspace.record import all_records, read_record
from tfwrap.workspace.removed import Holds, find_removed, is_removed, units_of
from tfwrap.workspace.render import render
from tfwrap.workspace.shared import shared_files
from tfwrap.workspace.sync import SyncPlan, plan_sync


def _keep(_unit: Unit) -> bool:
    return True


def plan_generation(
    project: Project, environment_name: str, stack: Stack, holds: Holds = _keep, *, reuse: bool = False
) -> SyncPlan:
    """Render every unit, also a disabled one (it keeps its folder), and compare. Writes nothing.

    `holds` looks into the state of a unit that is gone from env.yaml; without it such a unit is kept.
    `reuse`: a unit made by a CDK may be the one that was made last.
    """
    folder = project.live / environment_name
    units = [unit for unit in stack.units if not is_removed(unit)]  # those have files, and keep them
    rendered: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for unit in units:
        try:
            rendered[unit.name] = render(unit, folder / unit.name, project)
            if isinstance(unit.module, CdkModule):
                from tfwrap.workspace.cdk_memory import synthesised

                rendered[unit.name] |= synthesised(unit.name, unit.module, project, unit.location, reuse=reuse)
        except SettingsFailure as failure:
            problems.extend(failure.problems)
    if problems:
        raise SettingsFailure(problems)
    facts = {unit.name: unit_facts(unit, project.root) for unit in units}
    before = read_record(project, environment_name)
    removed = find_removed(project, before, facts, holds)
    gone = units_of(project, before.folder, removed)
    ours = {path for record in all_records(project) for path, _ in record.written()}
    shared = shared_files(project, [*units, *gone], ours)
    return plan_sync(
        project,
        environment_name,
        rendered,
        facts,
        removed=removed,
        shared=shared,
        stamps=_stamps(project, units, shared),
    )


def _stamps(project: Project, units: Iterable[Unit], shared: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Chart.yaml with the content's hash in its version, so that a changed chart shows in the plan.

    A copy of a bundled chart has it already; a chart outside of the project is not ours to write to.
    """
    charts = dict.fromkeys(chart for unit in units for chart in unit.charts)
    files: dict[Path, bytes] = {}
    for chart in charts:
        path = chart / "Chart.yaml"
        if path.is_file() and path not in shared and path.is_relative_to(project.root):
            from tfwrap.stacks.emissary.charts import stamp

            files[path] = stamp(chart).encode()
    return files
