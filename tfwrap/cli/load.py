"""The first steps of every command: the project, the environment's stack, its engine."""

from __future__ import annotations

import os
from pathlib import Path

from tfwrap.cli.options import Options
from tfwrap.engine.program import ProgramEngine
from tfwrap.settings.project import Project, find_project
from tfwrap.stacks.model import Stack


def find(options: Options) -> Project:
    override = options.project or (Path(named) if (named := os.environ.get("TFWRAP_PROJECT")) else None)
    return find_project(Path.cwd(), override)


def load(project: Project, environment: str) -> Stack:
    """Settings read and checked; every fault raised together."""
    from tfwrap.stacks.registry import load_stack

    return load_stack(project, environment)


def engine_of(project: Project) -> ProgramEngine:
    from tfwrap.engine.choose import choose

    return choose(project.engine, project.terraform, os.environ, root=project.root)
