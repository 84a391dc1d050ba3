"""The interface of a Terraform module, read from its files. The only place that knows python-hcl2.

Parsing is slow (python-hcl2 needs seconds for its first file), so what was read is kept: in memory, and on
disk under the hash of the files' contents. Never runs Terraform, never follows module calls.
Override files (`override.tf`, `*_override.tf`) are not read.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.hcl.interpret import interpret
from tfwrap.hcl.json_syntax import read_json
from tfwrap.hcl.module import (
    Module,
    ModuleCall,
    ModuleOutput,
    ProviderConfiguration,
    RequiredProvider,
    Variable,
    dump,
    load,
)
from tfwrap.hcl.syntax import Parsed, read_tree, tame

__all__ = [
    "Module",
    "ModuleCall",
    "ModuleOutput",
    "Parsed",
    "ProviderConfiguration",
    "RequiredProvider",
    "Variable",
    "read_file",
    "read_module",
]

_FORMAT = 3  # of the cache; goes up whenever what is read or how it is kept changes
_known: dict[tuple[Path, str], Module] = {}  # a thousand units of one module parse it once


def read_module(folder: Path, cache: Path | None = None) -> Module:
    """The module in `folder`; `cache` is the folder for what is kept on disk.

    SettingsFailure: E130 (syntax), E131 (not a module), E132 (a variable's type is none; so `parse_type`
    takes the type of every variable).
    """
    folder = folder.absolute()
    sources = _read_files(folder)
    fingerprint = _fingerprint(sources)
    key = folder, fingerprint
    if key not in _known:
        stored = cache / f"{fingerprint}.json" if cache else None
        module = _load(stored, folder) if stored else None
        if module is None:
            module = interpret(folder, _parse(folder, sources))
            if stored:
                _store(stored, module)
        _known[key] = module
    return _known[key]


def read_file(path: Path) -> Parsed:
    """One file in HCL's native syntax, whatever program it is for; SettingsFailure E130."""
    (parsed,) = _parse(path.parent, {path.name: path.read_bytes()})
    return parsed


def _read_files(folder: Path) -> dict[str, bytes]:
    try:
        names = sorted(entry.name for entry in folder.iterdir() if _is_configuration(entry.name))
        sources = {name: (folder / name).read_bytes() for name in names}
    except OSError as error:
        message = f"{folder} cannot be read as a module: {error.strerror or error}"
        raise SettingsFailure(Problem("E131", message)) from error
    if not sources:
        raise SettingsFailure(Problem("E131", f"{folder} is not a module: it has no *.tf or *.tf.json file"))
    return sources


def _is_configuration(name: str) -> bool:
    stem = name.removesuffix(".json").removesuffix(".tf")
    ignored = name.startswith((".", "#")) or stem == "override" or stem.endswith("_override")
    return name.endswith((".tf", ".tf.json")) and not ignored


def _fingerprint(sources: dict[str, bytes]) -> str:
    digest = hashlib.sha256(f"{_FORMAT}".encode())
    for name, content in sources.items():
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _load(stored: Path, folder: Path) -> Module | None:
    """None for a cache file that is missing or broken: it is made again."""
    try:
        return load(json.loads(stored.read_text(encoding="utf-8")), folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _store(stored: Path, module: Module) -> None:
    try:
        write_atomic(stored, json.dumps(dump(module)), lasting=False)
    except OSError:
        return  # a cache that cannot be written costs time, nothing else


def _parse(folder: Path, sources: dict[str, bytes]) -> list[Parsed]:
    """All files; the syntax errors of all of them together."""
    files: list[Parsed] = []
    problems: list[Problem] = []
    for name, content in sources.items():
        path = folder / name
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            problems.append(_broken(_place(path, content, error.start), "this is not UTF-8 text"))
            continue
        result = _parse_json(text, path) if name.endswith(".json") else _parse_native(text, path)
        if isinstance(result, Problem):
            problems.append(result)
        else:
            files.append(result)
    if problems:
        raise SettingsFailure(problems)
    return files


def _parse_native(text: str, path: Path) -> Parsed | Problem:
    import hcl2
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    try:
        return read_tree(hcl2.parses_to_tree(tame(text)), text, path)
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            lines = text.splitlines() or [""]
            return _broken(Location(path, len(lines), len(lines[-1]) + 1), "the file ends inside a block or value")
        length = len(error.token) if isinstance(error, UnexpectedToken) else 1
        start = error.pos_in_stream or 0
        found = text[start : start + length].split("\n", 1)[0].strip()  # a token may go on behind the line's end
        what = f"`{found}` cannot stand here" if found else "something is missing at the end of this line"
        return _broken(Location(path, error.line, error.column, max(len(found), 1)), what)


def _parse_json(text: str, path: Path) -> Parsed | Problem:
    try:
        return read_json(text, path)
    except json.JSONDecodeError as error:
        return _broken(Location(path, error.lineno, error.colno), error.msg[:1].lower() + error.msg[1:])


def _broken(location: Location, what: str) -> Problem:
    return Problem("E130", f"{location.file.name} is not valid Terraform: {what}", location)


def _place(path: Path, content: bytes, offset: int) -> Location:
    before = content[:offset].split(b"\n")
    return Location(path, len(before), len(before[-1].decode(errors="replace")) + 1)
