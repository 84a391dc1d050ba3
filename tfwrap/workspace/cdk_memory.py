"""Synthesised stacks, kept for the next run: the same again while nothing they were made from has changed.

What a stack was made from is what Python opened and listed meanwhile, the installed packages, the variables of the
environment and the day. Only runs ask here; `generate`, `validate` and the checks of pull requests always synthesise.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import sysconfig
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib import invalidate_caches
from importlib.util import source_from_cache
from pathlib import Path

from tfwrap import __version__
from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Location
from tfwrap.base.reads import Stamp, noting, stamp
from tfwrap.settings.project import Project
from tfwrap.stacks.model import CdkModule

_PACKAGE = Path(__file__).parents[1]
# These differ from one call to the next, and no module is made of them.
_PASSING = {"_", "COLUMNS", "LINES", "OLDPWD", "PWD", "SHLVL"}
_seen: dict[str, Stamp] = {}  # by this process: a module that one unit imported is not opened for the next


def synthesised(unit: str, module: CdkModule, project: Project, place: Location, *, reuse: bool) -> dict[str, str]:
    """{path in the unit's folder: text}, made anew unless `reuse` is set and what was kept still holds."""
    name = hashlib.sha256(f"{module.path}\0{module.stack}".encode()).hexdigest()[:32]
    store = project.own / "cache" / "cdk" / f"{name}.json"
    key = _key()
    if reuse and (files := _recall(store, key)) is not None:
        return files
    from tfwrap.workspace.cdk import synthesise

    invalidate_caches()  # what a module's folder holds is looked at anew, and noted
    with noting() as reads:
        files = synthesise(unit, module, project.root, place)
    _seen.update({path: was for path, was in {**reads, **_imported()}.items() if _matters(path, project)})
    now = {path: stamp(path) for path in _seen}
    lasting = [path for path, was in _seen.items() if not was or now[path]]  # the rest was scratch
    # What was written to meanwhile may have been read before or after that.
    if all(now[path] == _seen[path] for path in lasting):
        text = json.dumps({"key": key, "reads": {path: _digest(path) for path in lasting}, "files": files})
        with suppress(OSError):  # a project that cannot be written to
            write_atomic(store, text, 0o600, lasting=False)
    return files


def _recall(store: Path, key: str) -> dict[str, str] | None:
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        kept = json.loads(store.read_text(encoding="utf-8"))
        if kept["key"] == key and all(_digest(path) == was for path, was in kept["reads"].items()):
            files: dict[str, str] = kept["files"]
            return files
    return None


def _imported() -> dict[str, Stamp]:
    """Modules that were there before, and the sources of those that came from Python's cache."""
    files = [file for module in tuple(sys.modules.values()) if (file := getattr(module, "__file__", None))]
    return {path: stamp(path) for path in map(_source, files)}


def _source(path: str) -> str:
    with suppress(ValueError, NotImplementedError):
        return source_from_cache(path) if path.endswith(".pyc") else path
    return path


def _matters(path: str, project: Project) -> bool:
    """Not what the key speaks for, what is our own, or the folder in which everybody's scratch comes and goes."""
    outside = (_PACKAGE, project.own, *_installed())
    return path != tempfile.gettempdir() and not f"{path}/".startswith(tuple(f"{folder}/" for folder in outside))


def _installed() -> set[str]:
    return {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}


@cache  # the library adds variables of its own
def _key() -> str:
    names = sorted(name for folder in _installed() for name in _names(folder) if name.endswith(".dist-info"))
    variables = sorted((name, text) for name, text in os.environ.items() if name not in _PASSING)
    facts = (__version__, sys.version, f"{datetime.now(UTC):%F}", names, variables)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _digest(path: str) -> str:
    """Of a file's content, or of the names in a folder."""
    with suppress(OSError, ValueError):
        content = "\0".join(_names(path)).encode() if Path(path).is_dir() else Path(path).read_bytes()
        return hashlib.sha256(content).hexdigest()
    return ""


def _names(folder: str) -> list[str]:
    return sorted(entry.name for entry in Path(folder).iterdir())
