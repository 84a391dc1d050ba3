"""`doctor`: what tfwrap found on this machine for ENV, and how to mend what is missing. Reads only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
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


@click.command()
@environment_argument
@common
def doctor(options: Options, environment: str) -> int:
    """Look whether everything that ENV needs is there; every line that fails comes with its fix."""
    checks = list(_checks(find(options), environment))
    if options.json:
        say_json([asdict(check) for check in checks])
    else:
        for line in lines(checks):
            say(line)
    return Exit.OK if all(check.ok for check in checks) else Exit.FAILED


def _checks(project: Project, environment: str) -> Iterator[Check]:
    from tfwrap.cli.load import load
    from tfwrap.engine.cache import cache_folder
    from tfwrap.engine.git import git

    yield Check("project", True, str(project.root))
    stack = None
    try:
        stack = load(project, environment)
        yield Check("settings", True, f"{stack.kind}, {len(stack.units)} units")
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
    if stack is not None:
        yield from _cluster(project, environment, stack)


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
    from tfwrap.stacks.emissary.checks.view import build_view

    try:
        client = connect(found.settings, {**os.environ, **stack.units[0].environment})
    except Failure as failure:
        yield failed("cluster", failure)
        return
    yield from check_cluster(build_view(found.settings, found.document, datetime.now(UTC)), client)
