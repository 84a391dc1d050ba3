"""A session for a command: settings and files checked and brought up to date, the engine found, units chosen."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from tfwrap.base.problems import Failure
from tfwrap.base.reads import noting
from tfwrap.cli.load import engine_of, find, load, recall, remember
from tfwrap.cli.options import Options
from tfwrap.cli.output import show_problems
from tfwrap.cli.signals import stopped
from tfwrap.engine.protocol import Engine
from tfwrap.run.logs import run_id
from tfwrap.run.session import Options as RunOptions
from tfwrap.run.session import Session
from tfwrap.settings.project import Project
from tfwrap.stacks.model import Stack


def open_session(
    options: Options, environment: str, command: str, *, grace: float = 600.0, removed: bool = False
) -> Session:
    """Settings and files checked and brought up to date, units chosen: all that can be wrong before a unit starts.

    `removed`: with the units taken out of env.yaml that still have resources, as a destroy needs them.
    """
    from tfwrap.cli.generating import write_files
    from tfwrap.graph.select import names_units
    from tfwrap.workspace.removed import with_removed

    session: Session | None = None
    try:
        loaded = recall(options, environment)
        with noting() as reads:
            session = make_session(options, environment, command, loaded, grace=grace)
            if session.stack.problems:
                show_problems(session.stack.problems, options, session.project.root)
            current = loaded is not None or write_files(session)
        if loaded is None and current:
            remember(session.project, environment, session.stack, reads)
        if removed:
            session = replace(session, stack=with_removed(session.project, environment, session.stack))
        return replace(session, selected=choose_units(session, options), named=names_units(options.units))
    except KeyboardInterrupt as interrupt:
        raise stopped(interrupt, _known_units(session, options)) from interrupt


def _known_units(session: Session | None, options: Options) -> tuple[str, ...]:
    """Those that would have been at work; none if settings were still being read, or the selection is wrong."""
    with suppress(Failure):
        return choose_units(session, options) if session else ()
    return ()


def make_session(
    options: Options,
    environment: str,
    command: str,
    loaded: tuple[Project, Stack] | None = None,
    *,
    grace: float = 600.0,
    engine: Engine | None = None,
) -> Session:
    """A session over all units of the environment, with nothing generated yet. `loaded`: no need to read settings."""
    from tfwrap.report.lines import Quiet

    project = loaded[0] if loaded else find(options)
    stack = loaded[1] if loaded else load(project, environment)
    names = tuple(unit.name for unit in stack.units)
    return Session(
        project=project,
        environment=environment,
        stack=stack,
        selected=names,
        engine=engine or engine_of(project),
        listener=Quiet(),
        options=RunOptions(
            parallelism=options.parallelism or project.parallelism,
            on_error=options.on_error,
            refresh=not options.no_refresh,
            grace=grace,
            cold=options.cold or not project.warm,
        ),
        environ=dict(os.environ),
        run_id=run_id(environment, command, datetime.now(UTC), os.getpid()),
        command=command,
    )


def choose_units(session: Session, options: Options) -> tuple[str, ...]:
    from tfwrap.graph.select import select
    from tfwrap.run.affected import changed_units

    tags = {unit.name: unit.tags for unit in session.stack.units}
    return select(session.dag, options.units, tags, lambda ref: changed_units(session, ref))
