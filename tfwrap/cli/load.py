"""The first steps of every command: the project, the environment's stack, its engine."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tfwrap.cli.options import Options
from tfwrap.engine.program import ProgramEngine
from tfwrap.settings.project import Project, find_project
from tfwrap.stacks.model import Stack


def find(options: Options) -> Project:
    override = options.project or (Path(named) if (named := os.environ.get("TFWRAP_PROJECT")) else None)
    project = find_project(Path.cwd(), override)
    _hide(project.own)
    return project


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
