"""The first steps of every command: the project, the environment's stack, its engine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tfwrap.base.reads import Reads
from tfwrap.cli.options import Options
from tfwrap.engine.cache import cache_folder
from tfwrap.engine.program import ProgramEngine
from tfwrap.settings.project import FILES, Project, find_project
from tfwrap.stacks.model import Stack


def find(options: Options) -> Project:
    project = find_project(Path.cwd(), _named(options))
    _hide(project.own)
    return project


def recall(options: Options, environment: str) -> tuple[Project, Stack] | None:
    """Project and stack as the last command found them, if nothing they were made of has changed since."""
    from tfwrap.workspace import memory

    named = _named(options)
    folders = (Path(os.path.normpath(named.absolute())),) if named else (Path.cwd(), *Path.cwd().parents)
    root = next((folder for folder in folders if any((folder / name).is_file() for name in FILES)), None)
    known = memory.recall(cache_folder(os.environ), root, environment) if root else None
    if known:
        _hide(known[0].own)
    return known


def remember(project: Project, environment: str, stack: Stack, reads: Reads) -> None:
    """For the next command, what came of `reads`."""
    from tfwrap.workspace import memory

    memory.remember(cache_folder(os.environ), project, environment, stack, reads)


def _named(options: Options) -> Path | None:
    return options.project or (Path(named) if (named := os.environ.get("TFWRAP_PROJECT")) else None)


def _hide(own: Path) -> None:
    """The folder of our own ignores itself, so that no plan is ever committed. A read-only project has none."""
    with contextlib.suppress(OSError):
        own.mkdir(exist_ok=True)
        if not (own / ".gitignore").exists():
            (own / ".gitignore").write_text("*\n")


def load(project: Project, environment: str) -> Stack:
    """Settings read and checked; every fault raised together."""
    from tfwrap.stacks.registry import load_stack

    return load_stack(project, environment)


def engine_of(project: Project) -> ProgramEngine:
    from tfwrap.engine.choose import choose

    return choose(project.engine, project.terraform, os.environ, root=project.root)
