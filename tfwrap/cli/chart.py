"""`chart`: the charts of an Emissary environment, packaged, linted or rendered. No cluster, no provider, no state."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, NoUnitsFailure, Problem, UsageFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json

if TYPE_CHECKING:
    from tfwrap.run.session import Session
    from tfwrap.stacks.emissary.settings import EmissarySettings
    from tfwrap.stacks.model import Unit

_FOLDER = "charts"  # below .tfwrap, where nothing else was asked for


@click.command()
@environment_argument
@click.argument("action", type=click.Choice(["build", "lint", "template"]), default="build")
@click.argument("unit", metavar="[UNIT]", required=False)
@click.option("-o", "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the packages.")
@click.option(
    "--crds-manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    help="build: package the CRDs of this official manifest instead of tfwrap's own.",
)
@common
def chart(options: Options, environment: str, action: str, unit: str | None, crds_manifest: Path | None) -> int:
    """Package the charts of ENV (build), check them (lint), or render what they install (template).

    Packages are the same bytes for the same files, on any machine.
    """
    from tfwrap.cli.session import make_session
    from tfwrap.stacks.emissary.settings import EmissarySettings
    from tfwrap.stacks.registry import load_environment

    if action != "build" and (options.out or crds_manifest):
        raise UsageFailure(Problem("E645", "--out and --crds-manifest go with chart ENV build"))
    session = make_session(options, environment, "chart")
    settings = load_environment(session.project, environment)[1].settings
    if not isinstance(settings, EmissarySettings):
        raise Failure(Problem("E644", f"{environment} is a stack {session.stack.kind}, which has no charts of its own"))
    units = _choose(session, unit)
    if action == "build":
        return _build(session, options, units, crds_manifest, settings)
    if action == "lint":
        return _lint(session, options, units, settings)
    return _template(session, options, units, settings)


def _choose(session: Session, name: str | None) -> list[Unit]:
    from tfwrap.cluster.releases import installs_release

    units = {unit.name: unit for unit in session.stack.units if installs_release(unit)}
    if name is None:
        if not units:
            message = f"{session.environment} installs no chart"
            raise NoUnitsFailure(Problem("E644", message, hint="only method: helm has charts"))
        return list(units.values())
    if name not in units:
        hint = did_you_mean(name, units) or f"known: {', '.join(units)}"
        message = f"{session.environment} has no unit {name} that installs a chart"
        raise NoUnitsFailure(Problem("E320", message, hint=hint))
    return [units[name]]


def _build(
    session: Session, options: Options, units: Iterable[Unit], manifest: Path | None, settings: EmissarySettings
) -> int:
    from tfwrap.base.files import write_atomic
    from tfwrap.cluster.crds_chart import NAME, write_crds_chart
    from tfwrap.cluster.releases import bundled_chart
    from tfwrap.stacks.emissary.charts import package, package_name

    out = options.out or session.own_folder / _FOLDER / session.environment
    # Installs share their charts; one that comes from elsewhere has been packaged there.
    folders = dict.fromkeys(bundled_chart(unit) for unit in units if "chart" not in unit.arguments)
    written: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="tfwrap-chart-") as scratch:
        chosen = [folder for folder in folders if manifest is None or folder.parent.name != NAME]
        if manifest is not None:
            made = Path(scratch) / NAME
            write_crds_chart(manifest, settings.charts.version, made)
            chosen.insert(0, made)
        for folder in chosen:
            target = out / package_name(folder)
            write_atomic(target, package(folder))
            written.append(target)
    if not written:
        hint = "its charts are packaged where they come from"
        raise NoUnitsFailure(Problem("E644", f"{session.environment} uses none of tfwrap's charts", hint=hint))
    if options.json:
        say_json({"version": 1, "env": session.environment, "charts": [str(path) for path in written]})
        return Exit.OK
    for path in written:
        say(str(path))
    return Exit.OK


def _lint(session: Session, options: Options, units: Iterable[Unit], settings: EmissarySettings) -> int:
    from tfwrap.cluster.helm import find_helm
    from tfwrap.cluster.releases import find_releases

    helm = find_helm(session.environ, settings.kubernetes_version)
    releases = asyncio.run(find_releases(session, units))
    found = {one.unit: helm.lint(one) if one.folder else None for one in releases}
    problems = [problem for problem in found.values() if problem]
    if problems:
        raise Failure(problems)
    rows = {one.unit: "ok" if one.folder else "not linted: the chart is packaged or fetched" for one in releases}
    if options.json:
        say_json({"version": 1, "env": session.environment, "units": rows})
        return Exit.OK
    for name, words in rows.items():
        say(f"{name}: {words}")
    return Exit.OK


def _template(session: Session, options: Options, units: Iterable[Unit], settings: EmissarySettings) -> int:
    from tfwrap.cluster.helm import find_helm
    from tfwrap.cluster.releases import find_releases

    if options.json:
        raise UsageFailure(Problem("E645", "chart ENV template prints a YAML stream", hint="leave out --json"))
    helm = find_helm(session.environ, settings.kubernetes_version)
    say(helm.template(asyncio.run(find_releases(session, units))))
    return Exit.OK
