"""A stack of cdktn or cdktf -> the files of its module, the same bytes on any machine.

Runs the project's Python, and Node through the library. What the library adds of its own, such as a backend on an
absolute path or its version, is taken out: the unit has a backend, and its module is compared by bytes.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.stacks.model import CdkModule
from tfwrap.workspace.render import HEADER

LIBRARIES = ("cdktn", "cdktf")
_NAME = "cdk.tf.json"
# What a person's class may well raise; the library passes faults of its own side on as RuntimeError.
_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


def synthesise(unit: str, module: CdkModule, root: Path, place: Location) -> dict[str, str]:
    """{path in the unit's folder: text}; SettingsFailure E617 to E619."""
    if shutil.which("node") is None:
        raise _failure("E617", "a unit made by a CDK needs Node, and there is no `node` on PATH", place)
    with tempfile.TemporaryDirectory() as scratch, _importable(root), _quiet():
        try:
            made = _make(unit, module, Path(scratch))
        except ModuleNotFoundError as error:
            raise _not_there(error, module, place) from error
        except _FAULTS as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise _failure("E618", f"{module.stack} cannot be synthesised: {said[0]}", place) from error
        others = [path.name for path in made.parent.rglob("*") if path.is_file() and path != made]
        document = _own(json.loads(made.read_text(encoding="utf-8")))
        text = json.dumps({"//": HEADER.removeprefix("# "), **document}, indent=2, ensure_ascii=False) + "\n"
        _check(module, text, others, (scratch, str(root)), place)
    return {f"{module.path.name}/{_NAME}": text}


def _make(unit: str, module: CdkModule, scratch: Path) -> Path:
    name, _, class_name = module.stack.partition(":")
    stack = getattr(importlib.import_module(name), class_name)
    library = _library(stack)
    app = library.App(outdir=str(scratch))
    stack(app, unit)
    app.synth()
    return scratch / "stacks" / unit / _NAME


def _library(stack: Any) -> ModuleType:
    """The library that the class was written for."""
    parents = getattr(stack, "__mro__", ())
    for name in LIBRARIES:
        if any(one.__module__.partition(".")[0] == name and one.__name__ == "TerraformStack" for one in parents):
            return importlib.import_module(name)
    raise TypeError(f"it is no TerraformStack of {' or '.join(LIBRARIES)}")


def _own(value: Any, *, top: bool = True) -> Any:
    """Without what the library says about itself, and without its backend."""
    if isinstance(value, list):
        return [_own(item, top=False) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _own(item, top=False) for key, item in value.items() if key != "//"}
    if top and isinstance(settings := kept.get("terraform"), dict):
        settings.pop("backend", None)
        if not settings:
            del kept["terraform"]
    return kept


def _check(module: CdkModule, text: str, others: list[str], paths: tuple[str, ...], place: Location) -> None:
    if others:
        message = f"{module.stack} makes further files, which are not carried along: {', '.join(sorted(others)[:5])}"
        hint = "take out assets; for a local module set skip_asset_creation_from_local_modules"
        raise _failure("E619", message, place, hint)
    if any(path in text for path in paths):
        hint = "paths in it start from its own folder: ${path.module}"
        raise _failure("E619", f"{module.stack} writes a path of this machine into its module", place, hint)


def _not_there(error: ModuleNotFoundError, module: CdkModule, place: Location) -> SettingsFailure:
    missing = error.name or ""
    if missing.partition(".")[0] in (*LIBRARIES, "constructs", "jsii"):
        hint = 'install it beside tfwrap: pip install "tfwrap[cdk]"'
        return _failure("E617", f"a unit made by a CDK needs the library {missing}", place, hint)
    return _failure("E618", f"{module.stack} cannot be imported: there is no module {missing}", place)


def _failure(code: str, message: str, place: Location, hint: str | None = None) -> SettingsFailure:
    return SettingsFailure(Problem(code, message, place, hint))


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """The project's own modules can be imported, and leave nothing beside themselves."""
    writes = sys.dont_write_bytecode
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        sys.path.remove(str(root))


@contextmanager
def _quiet() -> Iterator[None]:
    """The library talks about versions of Node; stdout is the result's alone."""
    os.environ.setdefault("CHECKPOINT_DISABLE", "1")  # no calls home
    with io.TextIOWrapper(io.BytesIO(), "utf-8") as sink, redirect_stderr(sink), redirect_stdout(sink):
        yield
