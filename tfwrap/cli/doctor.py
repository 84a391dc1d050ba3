"""`doctor`: what tfwrap found on this machine for ENV, and how to mend what is missing. Reads only."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure
from tfwrap.cli.load import engine_of, find
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json
from tfwrap.cluster.check import Check, failed, lines
from tfwrap.settings.project import Project
from tfwrap.stacks.model import Stack

_PATIENCE = 30.0  # seconds, for a backend to answer


@click.command()
@environment_argument
@common
def doctor(options: Options, environment: str) -> int:
    """Look whether everything that ENV needs is there; every line that fails comes with its fix."""
    checks = list(_checks(find(options), options, environment))
    if options.json:
        say_json([asdict(check) for check in checks])
    else:
        for line in lines(checks):
            say(line)
    return Exit.OK if all(check.ok for check in checks) else Exit.FAILED


def _checks(project: Project, options: Options, environment: str) -> Iterator[Check]:
    from tfwrap.cli.load import load
    from tfwrap.engine.cache import cache_folder
    from tfwrap.engine.git import git
    from tfwrap.report.words import amount

    yield Check("project", True, str(project.root))
    stack = engine = None
    try:
        stack = load(project, environment)
        yield Check("settings", True, f"{stack.kind}, {amount(len(stack.units), 'unit')}")
        yield from _providers(project, environment)
    except Failure as failure:
        yield failed("settings", failure)
    try:
        engine = engine_of(project)
    except Failure as failure:
        yield failed("engine", failure)
    else:
        yield Check("engine", True, f"{engine.name} {engine.version} ({engine.reason})")
    cache = cache_folder(os.environ)
    cache.mkdir(parents=True, exist_ok=True)
    writable = os.access(cache, os.W_OK)
    yield Check("cache", writable, str(cache), None if writable else "make it writable, or set TFWRAP_CACHE")
    inside = git(project.root, "rev-parse", "--is-inside-work-tree") is not None
    yield Check("git", True, "a repository" if inside else "no repository: plans name no commit")
    yield _writable(project)
    if stack is not None:
        missing = list(_variables(stack))
        yield from missing
        if engine is not None and all(check.ok for check in missing):
            yield from _states(options, environment)
        yield from _cluster(project, environment, stack)


def _writable(project: Project) -> Check:
    """Logs and plans go to the project's own folder, generated files to that of the environments."""
    refused = [str(path) for path in (project.own, project.live) if path.exists() and not os.access(path, os.W_OK)]
    fix = f"let this user write to {', '.join(refused)}" if refused else None
    return Check("files", not refused, "the project can be written to" if not refused else "read-only", fix)


def _variables(stack: Stack) -> Iterator[Check]:
    """Secrets that units and backends take from the environment: whether they are set, never what they are."""
    wanted: dict[str, None] = {}
    for unit in stack.units:
        if unit.enabled:
            wanted |= dict.fromkeys(value.name for value in unit.environment_values)
            wanted |= dict.fromkeys(unit.backend.environment.values())
    for name in wanted:
        found = name in os.environ
        yield Check(f"variable {name}", found, "set" if found else "not set", None if found else f"export {name}")


def _states(options: Options, environment: str) -> Iterator[Check]:
    """One state of each kind of backend is read, as the first step of every run does."""
    from tfwrap.cli.session import make_session
    from tfwrap.run.read_state import read_state

    session = make_session(options, environment, "doctor")
    for unit in {unit.backend.type: unit for unit in reversed(session.stack.units) if unit.enabled}.values():
        name = f"backend {unit.backend.type}"
        try:
            state = asyncio.run(read_state(session, replace(unit, timeout=_PATIENCE)))
        except Failure as failure:
            yield failed(name, failure)
        else:
            yield Check(name, True, f"{unit.name} is {'applied' if state.applied else 'not applied yet'}")


def _providers(project: Project, environment: str) -> Iterator[Check]:
    from tfwrap.engine.lock import read_lock
    from tfwrap.engine.mirror import short_source
    from tfwrap.run.initialised import LOCK_FILE

    locked: dict[str, set[str]] = {}
    for path in sorted((project.live / environment).glob(f"*/{LOCK_FILE}")):
        for source, entry in read_lock(path).items():
            locked.setdefault(short_source(source), set()).add(entry.version)
    for source, versions in locked.items():
        same = len(versions) == 1
        fix = None if same else f"let all units lock one version: tfwrap providers lock {environment}"
        yield Check(f"provider {source}", same, ", ".join(sorted(versions)), fix)


def _cluster(project: Project, environment: str, stack: Stack) -> Iterator[Check]:
    """The cluster of an Emissary environment, as Terraform would reach it."""
    from tfwrap.stacks.emissary.settings import EmissarySettings
    from tfwrap.stacks.registry import load_environment

    found = load_environment(project, environment)[1]
    if not isinstance(found.settings, EmissarySettings):
        return
    from tfwrap.cluster.doctor import check_cluster, connect
    from tfwrap.engine.environment import lay_over
    from tfwrap.stacks.emissary.checks.view import build_view

    try:
        client = connect(found.settings, lay_over(os.environ, stack.units[0].environment))
    except Failure as failure:
        yield failed("cluster", failure)
        return
    yield from check_cluster(build_view(found.settings, found.document, datetime.now(UTC)), client)
