"""The steps that an Atlantis server runs: everything comes from the environment, and what is printed is harmless."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, OutOfDateFailure, Problem
from tfwrap.cli.load import find, load
from tfwrap.cli.options import Options
from tfwrap.cli.output import say, say_failure
from tfwrap.settings.project import Project

if TYPE_CHECKING:
    from tfwrap.atlantis.contract import Step
    from tfwrap.atlantis.target import Target
    from tfwrap.base.masking import Masker
    from tfwrap.run.session import Session

_REMOVED = "E306"  # a unit that is gone from env.yaml: the check says so, the others can be planned


def run_step(work: Callable[[Step], int], *, neutral: bool = True) -> int:
    """Run a step; whatever it prints, also about its failure, is harmless in a comment."""
    from tfwrap.atlantis.contract import read_step
    from tfwrap.run.terraform import StepFailed

    with neutral_output() as plain:
        try:
            if neutral:
                return work(read_step(os.environ, Path.cwd()))
            with redirect_stdout(plain):
                return work(read_step(os.environ, Path.cwd()))
        except Failure as failure:
            return say_failure(failure)
        except StepFailed as failed:
            return say_failure(Failure(failed.problem))


def plan(step: Step) -> int:
    from tfwrap.atlantis.contract import plan_arguments
    from tfwrap.atlantis.planning import forget_plan, keep_plan, plan_project
    from tfwrap.cli.running import run, show_result
    from tfwrap.report.comment import NeutralText

    arguments = plan_arguments(step.arguments)
    project, target = _target(step)
    forget_plan(step, project.own)
    options = Options(no_refresh=not arguments.refresh, progress="plain")
    session = _session(project, target, options, "plan")
    if arguments.extra:
        from tfwrap.atlantis.planning import TargetedEngine

        session = replace(session, engine=TargetedEngine(session.engine, arguments.extra))
    record = run(session, options, lambda it: plan_project(it, step, arguments=arguments, target=target))
    if record.exit_code == Exit.OK:
        keep_plan(session, step, record, arguments, keep=_merges_itself(project))
    with redirect_stdout(NeutralText(sys.stdout, session.secrets.mask)):
        show_result(record, options)
    return int(record.exit_code)


def comment(step: Step) -> int:
    from tfwrap.atlantis.plan_file import NOTES, bundle_folder, read_plan_file
    from tfwrap.report.comment import comment as text
    from tfwrap.run.bundle import Bundle
    from tfwrap.run.reread import reread

    project, target = _target(step)
    folder = bundle_folder(project.own, step.project)
    content = read_plan_file(folder / NOTES, step)
    record = reread(Bundle(folder), project.root)
    if record.problems:
        raise Failure(record.problems)
    said = text(record, notes=content.notes, limit=step.limit)
    say(_environment_secrets(project, target).mask(said))
    return Exit.OK


def apply(step: Step) -> int:
    from tfwrap.atlantis.applying import apply_project, next_step, open_bundle
    from tfwrap.atlantis.contract import no_arguments
    from tfwrap.atlantis.plan_file import read_plan_file
    from tfwrap.cli.running import run
    from tfwrap.report.comment import apply_comment

    no_arguments(step.arguments)
    content = read_plan_file(step.plan_file, step)
    project, target = _target(step)
    options = Options(progress="quiet")
    session = _session(project, target, options, "apply")
    bundle = open_bundle(session, step, content)
    session = replace(session, command="destroy" if bundle.manifest.mode == "destroy" else "apply")
    record = run(session, options, lambda it: apply_project(it, step, bundle))
    say(apply_comment(record, notes=next_step(step, record)))
    return int(record.exit_code)


def import_object(step: Step) -> int:
    from tfwrap.atlantis import surgery
    from tfwrap.atlantis.contract import import_arguments

    address, identity = import_arguments(step.arguments)
    session, unit = _one_unit(step, "import")
    return _state_command(session, lambda it: surgery.import_object(it, it.units[unit], address, identity))


def remove_from_state(step: Step) -> int:
    from tfwrap.atlantis import surgery
    from tfwrap.atlantis.contract import state_rm_arguments

    addresses = state_rm_arguments(step.arguments)
    session, unit = _one_unit(step, "state-rm")
    return _state_command(session, lambda it: surgery.remove_from_state(it, it.units[unit], addresses))


def _state_command(session: Session, work: Callable[[Session], Awaitable[str]]) -> int:
    from tfwrap.run.prepare import prepare

    async def everything() -> str:
        await prepare(session)
        return await work(session)

    say(asyncio.run(everything()))
    return Exit.OK


def _one_unit(step: Step, command: str) -> tuple[Session, str]:
    from tfwrap.base.problems import UsageFailure

    project, target = _target(step)
    if target.unit is None:
        message = f"{step.project} is a whole environment: there is no saying which unit is meant"
        raise UsageFailure(Problem("E712", message, hint='use granularity = "unit", or tfwrap exec by hand'))
    return _session(project, target, Options(), command), target.unit


def _target(step: Step) -> tuple[Project, Target]:
    from tfwrap.atlantis.target import find_target

    project = find(Options())
    return project, find_target(project, step)


def _session(project: Project, target: Target, options: Options, command: str) -> Session:
    """Only data of the pull request is read: its settings, its generated files; and those must be what they should."""
    from tfwrap.atlantis.target import check_unit
    from tfwrap.atlantis.trust import check_hooks, check_links, check_stack
    from tfwrap.cli.session import make_session
    from tfwrap.workspace.generate import plan_generation
    from tfwrap.workspace.sync import check as check_files

    check_links(project, target.environment)
    check_stack(project, target.environment, os.environ)
    session = make_session(options, target.environment, command)
    check_unit(target, session.stack)
    names = target.units(session.stack)
    check_hooks(session.stack, names, os.environ)
    try:
        check_files(plan_generation(project, target.environment, session.stack))
    except OutOfDateFailure as failure:
        stale = [problem for problem in failure.problems if problem.code != _REMOVED]
        if stale:
            raise OutOfDateFailure(stale) from None
    selected = tuple(name for name in session.dag.order() if name in names)
    return replace(session, selected=selected, named=target.unit is not None)


def _environment_secrets(project: Project, target: Target) -> Masker:
    """A pull request may call any value of the server's environment `nonsensitive`: it is hidden all the same."""
    from tfwrap.base.masking import Masker

    stack = load(project, target.environment)
    names = {value.name for unit in stack.units for value in unit.environment_values}
    return Masker(os.environ.get(name, "") for name in names)


def _merges_itself(project: Project) -> bool:
    """Atlantis merges only when every project is applied, those without changes too: they keep their $PLANFILE."""
    from tfwrap.atlantis.current import NAME, read_atlantis_yaml

    path = project.root / NAME
    return path.exists() and read_atlantis_yaml(path).data.get("automerge") is True


@contextmanager
def neutral_output() -> Iterator[TextIO]:
    from tfwrap.report.comment import NeutralText

    plain = sys.stdout
    with redirect_stdout(NeutralText(sys.stdout)), redirect_stderr(NeutralText(sys.stderr)):
        yield plain
