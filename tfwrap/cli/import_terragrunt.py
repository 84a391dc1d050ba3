"""`tfwrap import-terragrunt`: a folder of terragrunt.hcl files as an environment. Changes nothing of Terragrunt's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfwrap.base.problems import Failure, Problem, SettingsFailure
from tfwrap.cli.options import Options, common
from tfwrap.cli.output import say, say_json, show_problems

if TYPE_CHECKING:
    from tfwrap.cli.terragrunt.unit import ImportedUnit


@click.command("import-terragrunt")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="DIR")
@click.option("--env", "name", help="Name of the environment; default: that of the folder.")
@common
def import_terragrunt(options: Options, folder: Path, name: str | None) -> None:
    """Write an env.yaml for the Terragrunt units below DIR, and list what could not be carried over.

    DIR is the folder of one environment. Sources, inputs, locals, includes, dependencies, hooks and the remote state
    are read; Terragrunt itself is not run.

    \b
    tfwrap import-terragrunt live/dev
    tfwrap import-terragrunt ../infrastructure/prod/eu --env prod
    """  # noqa: D301
    from tfwrap.cli.load import find, load
    from tfwrap.cli.new import check_name, schema_file, write_new
    from tfwrap.cli.starter import header
    from tfwrap.cli.terragrunt.carry import carry
    from tfwrap.report.words import amount

    project = find(options)
    folder = Path(os.path.normpath(folder.absolute()))
    if folder == project.live and name is None:
        hint = "import its environments one by one, or say that it is one: --env NAME"
        raise Failure(Problem("E615", f"{folder.name} is the folder of all environments", hint=hint))
    name = name or folder.name.lower()
    check_name(name, "an environment")
    found = _read(folder)
    if not any(unit.module for unit in found):
        hint = "name the folder of an environment; its units have a terragrunt.hcl each"
        raise Failure(Problem("E615", f"there is no unit below {folder.name}", hint=hint))
    target = project.live / name
    carried = carry(found, folder, target, header("units"))
    files = write_new(project.root, {target / "env.yaml": carried.text}, schema_file(project, "units"))
    names = [os.path.relpath(path, project.root) for path in files]
    if options.json:
        units, notes = list(carried.units), list(carried.notes)
        say_json({"version": 1, "env": name, "files": names, "units": units, "not_carried": notes})
        return
    for file in names:
        say(f"wrote {file}")
    for note in carried.notes:
        say(f"not carried over: {note}")
    say(f"{amount(len(carried.units), 'unit')}. Next: tfwrap validate {name}")
    try:
        left = load(project, name).problems
    except Failure as failure:
        left = failure.problems
    show_problems(left, options, project.root)


def _read(folder: Path) -> list[ImportedUnit]:
    """The units below the folder; of files that are no HCL every fault at once."""
    from tfwrap.cli.terragrunt.declared import Declared
    from tfwrap.cli.terragrunt.tree import find_units, read_configuration
    from tfwrap.cli.terragrunt.unit import read_unit

    declared = Declared()
    found: list[ImportedUnit] = []
    problems: list[Problem] = []
    for path in find_units(folder):
        try:
            found.append(read_unit(read_configuration(path)))
            declared.keep(found[-1])
        except SettingsFailure as failure:
            problems += failure.problems
    if problems:
        raise SettingsFailure(problems)
    return found
