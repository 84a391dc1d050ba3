"""What the units of an Emissary environment install: Terraform itself works out each release's name, chart and values.

A scratch root holds the unit's own locals and values templates, without its provider, backend and module, and one
output with the module's arguments. So what helm is given is what an apply would give it, and no cluster is needed.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.base.bundled import bundled
from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Failure, Problem
from tfwrap.engine import argv, wording
from tfwrap.engine.environment import child_environment
from tfwrap.engine.protocol import Invocation
from tfwrap.hcl import write
from tfwrap.hcl.nodes import Attribute, Block, Body, Value
from tfwrap.run.session import Session
from tfwrap.stacks.model import LocalModule, Unit
from tfwrap.workspace.render import render
from tfwrap.workspace.scratch import Move

ROLES = ("crds", "ingress", "config")
_MODULES = tuple(f"emissary-{role}" for role in ROLES)
_NOT_THERE = ("versions.tf", "providers.tf", "main.tf", "outputs.tf")  # of the scratch root
_PATIENCE = 120.0  # seconds for a plan that asks nobody


@dataclass(frozen=True)
class Release:
    """One Helm release. `chart` is a folder, a packaged chart, a name in `repository` or an oci:// address."""

    unit: str
    name: str
    namespace: str
    chart: str
    repository: str | None
    version: str | None
    values: tuple[str, ...]

    @property
    def folder(self) -> Path | None:
        """The chart's folder, if it is one on this machine."""
        path = Path(self.chart)
        return path if self.repository is None and path.is_dir() else None


def installs_release(unit: Unit) -> bool:
    return unit.enabled and isinstance(unit.module, LocalModule) and unit.module.path.name in _MODULES


async def find_releases(session: Session, units: Iterable[Unit]) -> list[Release]:
    """In the order of the units. Failure E642 with all that Terraform cannot work out."""
    found = await asyncio.gather(*(_release(session, unit) for unit in units), return_exceptions=True)
    problems = [problem for one in found if isinstance(one, Failure) for problem in one.problems]
    if problems:
        raise Failure(problems)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return [one for one in found if isinstance(one, Release)]


async def _release(session: Session, unit: Unit) -> Release:
    folder = session.work(unit.name) / "release"
    shutil.rmtree(folder, ignore_errors=True)
    home = session.folder(unit.name)
    move = Move((), home, folder)
    for name, text in render(unit, folder, session.project, home=home).items():
        if name not in _NOT_THERE:
            write_atomic(folder / name, text, 0o600)
    arguments: dict[str, Value] = {name: move.value(value) for name, value in unit.arguments.items()}
    output = Block("output", ("release",), Body((Attribute("value", arguments), Attribute("sensitive", True))))
    write_atomic(folder / "release.tf", write.render(Body((output,))), 0o600)
    try:
        return _read(unit, await _evaluate(session, unit, folder), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _evaluate(session: Session, unit: Unit, folder: Path) -> Mapping[str, Any]:
    """The output's value, out of a plan."""
    environment, _ = child_environment(
        session.environ, pass_env=session.project.pass_env, data_dir=folder / "data", cli_config=None, extra={}
    )
    plan = folder / "plan.bin"
    commands = {
        "plan": argv.plan(out=plan, detailed_exitcode=False, json=False, refresh=False, lock=False),
        "show": argv.show(plan),
    }
    for name, arguments in commands.items():
        out, error = folder / f"{name}.out", folder / f"{name}.err"
        done = await session.engine.run(Invocation(arguments, folder, environment, out, error, _PATIENCE))
        if done.status != 0:
            text = error.read_text(errors="replace") + out.read_text(errors="replace")
            reason = wording.first_error(text) or f"{name} ended with status {done.status}"
            raise Failure(Problem("E642", f"the values of {unit.name} cannot be worked out: {reason}", unit.location))
    shown = json.loads((folder / "show.out").read_bytes())
    value: Mapping[str, Any] = shown["planned_values"]["outputs"]["release"]["value"]
    return value


def _read(unit: Unit, arguments: Mapping[str, Any], folder: Path) -> Release:
    repository, chart = arguments.get("chart_repository"), arguments.get("chart")
    if chart is None:
        chart = str(bundled_chart(unit))
    elif repository is None and "://" not in chart:
        chart = str((folder / chart).resolve())
    return Release(
        unit.name,
        arguments["name"],
        arguments["namespace"],
        chart,
        repository,
        arguments.get("chart_version"),
        tuple(arguments.get("values", ())),
    )


def bundled_chart(unit: Unit) -> Path:
    """The chart in the unit's module: the project's, or tfwrap's own before the first `generate` copied it there."""
    assert isinstance(unit.module, LocalModule)  # noqa: S101 (installs_release)
    own = unit.module.path / "chart"
    return own if own.is_dir() else bundled("modules") / unit.module.path.name / "chart"
