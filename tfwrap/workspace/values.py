"""Values templates: jinja2 at generation time, with the settings as context. Writes nothing.

What comes out is itself a Terraform template (`*.tftpl`), so `${…}` in it is Terraform's and passes through.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.base.suggest import did_you_mean

if TYPE_CHECKING:
    import jinja2


def render_template(folders: Sequence[Path], name: str, context: Mapping[str, Any]) -> str:
    """`name` from the first of `folders` that has it; a fault is E310 at the template's own line."""
    import jinja2

    try:
        return _environment(tuple(folders)).get_template(name).render(context)
    except jinja2.TemplateNotFound as error:
        raise SettingsFailure(_not_found(folders, str(error.name or name))) from error
    except jinja2.TemplateSyntaxError as error:
        place = Location(Path(error.filename), error.lineno, 1) if error.filename else None
        raise SettingsFailure(_problem(error, name, place)) from error
    # A template is code: besides jinja2's own errors it can divide by zero or add a number to a text.
    except (
        jinja2.TemplateError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise SettingsFailure(_problem(error, name, _place(error, folders))) from error


@lru_cache(maxsize=8)
def _environment(folders: tuple[Path, ...]) -> jinja2.Environment:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # A template may come with a pull request: it computes text and reaches nothing else.
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def _problem(error: Exception, name: str, place: Location | None) -> Problem:
    return Problem("E310", f"template {name}: {error}", place)


def _not_found(folders: Sequence[Path], name: str) -> Problem:
    known = sorted({path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.j2")})
    return Problem("E310", f"there is no template {name}", hint=did_you_mean(name, known))


def _place(error: Exception, folders: Sequence[Path]) -> Location | None:
    """The innermost line of a template: jinja2 rewrites tracebacks so that they name template files."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [
        frame
        for frame in frames
        if frame.lineno and any(Path(frame.filename).is_relative_to(folder) for folder in folders)
    ]
    return Location(Path(inside[-1].filename), inside[-1].lineno or 1, 1) if inside else None
