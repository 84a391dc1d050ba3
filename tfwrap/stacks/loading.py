"""Importing a kind of stack from `package.module:Class`. The only place that runs a project's own Python."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.settings.environment import CommonSettings

if TYPE_CHECKING:
    from tfwrap.settings.project import Project
    from tfwrap.stacks.kind import StackKind

# What somebody else's module may well raise while it is imported.
_IMPORT_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


def entry_points() -> dict[str, str]:
    """Kinds of installed packages: the entry-point group `tfwrap.stacks`."""
    from importlib import metadata

    return {point.name: point.value for point in metadata.entry_points(group="tfwrap.stacks")}


def load_kind(name: str, place: str, project: Project | None) -> StackKind:
    """The kind at `place`. `project` is given if the project itself names it: then its root is searched too."""
    module_name, _, class_name = place.partition(":")
    try:
        with _importable(project.root if project else None):
            made = getattr(importlib.import_module(module_name), class_name)()
    except _IMPORT_FAULTS as error:
        message = f"the stack {name} cannot be imported from {place}: {_reason(error)}"
        raise SettingsFailure(Problem("E110", message, _place(error, name, project))) from error
    settings = getattr(made, "settings", None)
    if not (isinstance(settings, type) and issubclass(settings, CommonSettings) and hasattr(made, "build")):
        message = f"{place} is not a kind of stack"
        hint = "it needs name, settings (a subclass of CommonSettings) and build(environment)"
        location = project.source.location(("stacks", name)) if project else None
        raise SettingsFailure(Problem("E110", message, location, hint))
    return cast("StackKind", made)


@contextmanager
def _importable(root: Path | None) -> Iterator[None]:
    if root is None:
        yield
        return
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))


def _reason(error: BaseException) -> str:
    return error.msg if isinstance(error, SyntaxError) else f"{type(error).__name__}: {error}"


def _place(error: BaseException, name: str, project: Project | None) -> Location | None:
    """The project's line that broke, else where the project names the class."""
    if project is None:
        return None
    if isinstance(error, SyntaxError) and error.filename:
        return Location(Path(error.filename), error.lineno or 1, error.offset or 1)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_relative_to(project.root) and not file.is_relative_to(Path(__file__).parent):
            return Location(file, frame.lineno or 1, (frame.colno or 0) + 1)
    return project.source.location(("stacks", name))
