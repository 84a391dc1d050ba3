"""Doing something again whenever files change, until Ctrl-C. Looks at times and sizes; needs nothing of the system."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tfwrap.base.problems import Failure

if TYPE_CHECKING:
    from tfwrap.settings.project import Project

_PAUSE = 0.4  # seconds between two looks
_OWN = {".tfwrap", ".terraform", ".git"}

Stamps = dict[Path, tuple[int, int]]


def watch(find: Callable[[], Iterable[Path]], work: Callable[[], None]) -> NoReturn:
    """Do the work now, and after every change below the places (files or folders) that are found before it."""
    while True:
        found = tuple(find())
        before = stamps(found)
        work()
        while stamps(found) == before:
            time.sleep(_PAUSE)
        time.sleep(_PAUSE / 4)  # an editor writes in several steps


def stamps(places: Iterable[Path]) -> Stamps:
    found: Stamps = {}
    for place in places:
        for path in place.rglob("*") if place.is_dir() else (place,):
            if _OWN & set(path.parts):
                continue
            try:
                stat = path.stat()
            except OSError:  # gone since it was listed
                continue
            if not path.is_dir():
                found[path] = (stat.st_mtime_ns, stat.st_size)
    return found


def places(project: Project, environment: str) -> Iterator[Path]:
    """What an environment is made of: its files, those it extends, modules and templates, the project's settings."""
    from tfwrap.settings.environment import read_environment

    yield from (project.root / "tfwrap.toml", project.root / "pyproject.toml", project.modules, project.templates)
    yield project.live / environment
    with suppress(Failure):
        yield from read_environment(project, environment).files
    with suppress(Failure):
        from tfwrap.stacks.model import LocalModule
        from tfwrap.stacks.registry import load_unchecked

        for unit in load_unchecked(project, environment).units:
            if isinstance(unit.module, LocalModule):
                yield unit.module.path
