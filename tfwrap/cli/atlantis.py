"""`atlantis`: its two configuration files, and the steps that an Atlantis server runs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tfwrap.base.bundled import bundled
from tfwrap.base.exits import Exit
from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Failure, OutOfDateFailure, Problem
from tfwrap.cli.groups import WholeGroup
from tfwrap.cli.load import find
from tfwrap.cli.options import Options, common
from tfwrap.cli.output import say, say_failure, say_json
from tfwrap.settings.project import Project


@click.group(cls=WholeGroup)
def atlantis() -> None:
    """Plans in pull requests: atlantis.yaml, the server's configuration, the steps of its workflow."""


@atlantis.command()
@common
def generate(options: Options) -> int:
    """Write the project's units into atlantis.yaml; what else stands there is kept."""
    from tfwrap.atlantis.current import RepoFile

    project = find(options)
    file = RepoFile.of(project)
    changed = file.old != file.new
    if changed:
        write_atomic(file.path, file.new)
    if options.json:
        say_json({"version": 1, "file": file.path.name, "changed": changed, "projects": file.names})
    else:
        say(f"{file.path.name}: {len(file.names)} projects, {'written' if changed else 'up to date'}")
    return Exit.OK


@atlantis.command()
@common
def check(options: Options) -> int:
    """Exit 4 if atlantis.yaml or a generated file is out of date; for CI and as pre-workflow hook."""
    from tfwrap.atlantis.trust import under_atlantis

    if not under_atlantis(os.environ):
        return _check(options)
    from tfwrap.cli.atlantis_steps import neutral_output

    with neutral_output():  # Atlantis comments what a failing hook printed
        try:
            return _check(options)
        except Failure as failure:
            return say_failure(failure)


def _check(options: Options) -> int:
    project = find(options)
    problems = _stale(project, options)
    status = os.environ.get("OUTPUT_STATUS_FILE")
    words = f"{len(problems)} out of date: run tfwrap generate" if problems else "generated files are up to date"
    if status:
        Path(status).write_text(f"{words}\n", encoding="utf-8")
    if problems:
        raise OutOfDateFailure(problems)
    say(words)
    return Exit.OK


def _stale(project: Project, options: Options) -> list[Problem]:
    """Every environment's files, then atlantis.yaml; a unit that is gone and still has resources is one, too."""
    from tfwrap.atlantis.current import RepoFile
    from tfwrap.atlantis.trust import check_stack
    from tfwrap.cli.generating import plan_files
    from tfwrap.cli.session import make_session
    from tfwrap.workspace.sync import check as check_files

    stale: list[Problem] = []
    broken: list[Problem] = []
    for name in project.environments():
        try:
            check_stack(project, name, os.environ)
            check_files(plan_files(make_session(options, name, "check")))
        except OutOfDateFailure as failure:
            stale += failure.problems
        except Failure as failure:
            broken += failure.problems
    if broken:
        raise Failure([*broken, *stale])  # what should be generated is not known
    return [*stale, *RepoFile.of(project).problems()]


@atlantis.command("server-config")
@click.option("--repo", "repository", required=True, metavar="HOST/OWNER/NAME", help="The repository, or /REGEXP/.")
@click.option(
    "--templates",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also write the comment's templates there, for --markdown-template-overrides-dir.",
)
@common
def server_config(options: Options, repository: str, templates: Path | None) -> int:
    """Print the repos.yaml that the Atlantis server needs."""
    from pydantic import ValidationError

    from tfwrap.atlantis.server_config import recommended, server_yaml
    from tfwrap.base.problems import UsageFailure

    project = find(options)
    try:
        config = recommended(repository, project.atlantis.requirements)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise UsageFailure(Problem("E703", f"--repo {fault['msg']}")) from None
    if templates is not None:
        for source in sorted(bundled("templates/atlantis").glob("*.tmpl")):
            write_atomic(templates / source.name, source.read_text(encoding="utf-8"))
    if options.json:
        say_json(config.model_dump(mode="json", by_alias=True, exclude_unset=True))
    else:
        say(server_yaml(config))
    return Exit.OK


@atlantis.command()
def plan() -> int:
    """Step of the workflow: plan the project that Atlantis names. Its output is for the page of the job."""
    from tfwrap.cli import atlantis_steps

    return atlantis_steps.run_step(atlantis_steps.plan)


@atlantis.command()
def comment() -> int:
    """Step of the workflow: print what was planned, for the pull request."""
    from tfwrap.cli import atlantis_steps

    return atlantis_steps.run_step(atlantis_steps.comment, neutral=False)


@atlantis.command()
def apply() -> int:
    """Step of the workflow: apply what was planned, and nothing else."""
    from tfwrap.cli import atlantis_steps

    return atlantis_steps.run_step(atlantis_steps.apply)


@atlantis.command("import")
def import_() -> int:
    """Step of the workflow: `atlantis import -p PROJECT ADDRESS ID`."""
    from tfwrap.cli import atlantis_steps

    return atlantis_steps.run_step(atlantis_steps.import_object)


@atlantis.command("state-rm")
def state_rm() -> int:
    """Step of the workflow: `atlantis state rm -p PROJECT ADDRESS…`."""
    from tfwrap.cli import atlantis_steps

    return atlantis_steps.run_step(atlantis_steps.remove_from_state)
