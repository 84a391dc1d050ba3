"""The module of a unit: where it is, what it declares, and whether a unit's inputs fit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tfwrap.base.brief import short, some
from tfwrap.base.problems import Location, Problem, SettingsFailure
from tfwrap.base.suggest import closest, did_you_mean
from tfwrap.hcl.nodes import Value
from tfwrap.hcl.read import Module, RequiredProvider, Variable, read_module
from tfwrap.hcl.types import Type, check, parse_type
from tfwrap.settings.document import Document
from tfwrap.settings.faults import show_path
from tfwrap.stacks.model import LocalModule, RemoteModule
from tfwrap.stacks.references import literals

_MOVING = frozenset({"HEAD", "main", "master", "trunk", "develop", "latest"})
_RESERVED = frozenset({"source", "version", "providers", "count", "for_each", "depends_on", "lifecycle", "locals"})
_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_OF_A_REGISTRY = re.compile(r"(?:[\w-]+(?:\.[\w-]+)+/)?[\w-]+/[\w-]+/[\w-]+", re.ASCII)
_MOST_LISTED = 12


@dataclass
class Modules:
    """Local modules, each read once however many units use it; its faults are told once too."""

    root: Path
    known: dict[Path, Module | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    required: dict[Path, tuple[RequiredProvider, ...]] = field(default_factory=dict)

    def read(self, folder: Path, place: Location | None = None) -> Module | None:
        """`place` is where the settings name it: for faults that stand in no file of its own."""
        if folder not in self.known:
            try:
                self.known[folder] = read_module(folder, self.root / ".tfwrap" / "cache" / "hcl")
            except SettingsFailure as failure:
                self.problems += [
                    replace(fault, message=fault.message.replace(str(folder), self.show(folder)), location=place)
                    if fault.location is None
                    else fault
                    for fault in failure.problems
                ]
                self.known[folder] = None
        return self.known[folder]

    def providers(self, folder: Path) -> tuple[RequiredProvider, ...]:
        """What the module and the local modules it calls require; the outermost word on each provider counts.

        Those that are used without a word come last, as Terraform takes them.
        """
        if folder not in self.required:
            self.required[folder] = tuple(self._providers(folder).values())
        return self.required[folder]

    def _providers(self, folder: Path) -> dict[str, RequiredProvider]:
        found: dict[str, RequiredProvider] = {}
        implied: dict[str, RequiredProvider] = {}
        seen: set[Path] = set()
        waiting = [folder]
        while waiting:
            place = waiting.pop(0)
            module = self.read(place) if place not in seen and place.is_dir() else None
            seen.add(place)
            if module is not None:
                for provider in module.required_providers:
                    found.setdefault(provider.local_name, provider)
                implied |= {name: RequiredProvider(name, None, None) for name in module.implied_providers}
                inner = [call.source or "" for call in module.calls]
                waiting += [_normal(place / source) for source in inner if source.startswith(("./", "../"))]
        return {**found, **{name: provider for name, provider in implied.items() if name not in found}}

    def show(self, folder: Path) -> str:
        """The folder as people write it: from the project root, if it is inside."""
        return folder.relative_to(self.root).as_posix() if folder.is_relative_to(self.root) else str(folder)

    def where(self, location: Location) -> str:
        return f"{self.show(location.file)}:{location.line}"


def find_module(document: Document, unit: str, text: str) -> LocalModule | RemoteModule | Problem:
    """The module that `units.<unit>.module` names."""
    path = ("units", unit, "module")
    place = document.location(path)
    if text.startswith("git::"):
        return _pinned(text, show_path(path), place) or RemoteModule(text)
    if "::" in text or "://" in text:
        hint = "write git::https://host/repository.git//folder?ref=v1.2.3"
        message = f"{show_path(path)} should be a folder or a git:: address"
        return Problem("E103", message, place, hint)
    folder = _normal(document.folder(path) / text)
    if not folder.is_dir():
        message = f"{show_path(path)} names {text}, which is not a folder"
        return Problem("E107", message, place, _no_folder(text, folder))
    return LocalModule(folder)


def _no_folder(text: str, folder: Path) -> str:
    if _OF_A_REGISTRY.fullmatch(text):
        return (
            "modules of a registry are named by their repository: git::https://host/repository.git//folder?ref=v1.2.3"
        )
    beside = [one.name for one in folder.parent.iterdir() if one.is_dir()] if folder.parent.is_dir() else []
    near = closest(folder.name, sorted(beside))
    if near:
        return f"did you mean {os.path.normpath(f'{text}/../{near}')}?"
    return "the path is relative to the file it stands in"


def check_inputs(
    document: Document, unit: str, arguments: Mapping[str, Value], module: Module, modules: Modules
) -> Iterator[Problem]:
    """Inputs against the variables of a local module."""
    base = ("units", unit, "inputs")
    for name, value in arguments.items():
        variable = module.variables.get(name)
        if variable is None:
            yield _unknown(document, (*base, name), module, modules)
        else:
            yield from _check_value(document, (*base, name), value, variable, modules)
    for name, variable in module.variables.items():
        if name not in arguments and not variable.has_default:
            message = f"{show_path((*base, name))} is required by {modules.show(module.folder)}"
            hint = f"declared without a default in {modules.where(variable.location)}"
            yield Problem("E104", message, document.location((*base, name)), hint)


def check_names(document: Document, unit: str, arguments: Mapping[str, Value]) -> Iterator[Problem]:
    """Inputs of a remote module, of which nothing else is known before Terraform fetches it."""
    for name in arguments:
        path = ("units", unit, "inputs", name)
        if name in _RESERVED or not _IDENTIFIER.fullmatch(name):
            message = f"{show_path(path)} cannot be the name of a variable"
            yield Problem("E103", message, document.location(path, key=True), "Terraform reserves it for module blocks")


def _pinned(source: str, name: str, place: Location) -> Problem | None:
    references = parse_qs(urlsplit(source.removeprefix("git::")).query).get("ref", [])
    if len(references) == 1 and references[0] not in _MOVING:
        return None
    message = f"{name} should be pinned to a tag or commit"
    return Problem("E103", message, place, "end it with ?ref=v1.2.3: what a plan reads must not move by itself")


def _unknown(document: Document, path: tuple[str, ...], module: Module, modules: Modules) -> Problem:
    message = f"{show_path(path)} is not an input of {modules.show(module.folder)}"
    near = did_you_mean(path[-1], module.variables)
    if near:
        name = near.removeprefix("did you mean ").removesuffix("?")
        hint = f"{near} ({modules.where(module.variables[name].location)})"
    else:
        hint = f"it has {some(module.variables, _MOST_LISTED) or 'none'}"
    return Problem("E102", message, document.location(path, key=True), hint)


def _check_value(
    document: Document, path: tuple[str, ...], value: Value, variable: Variable, modules: Modules
) -> Iterator[Problem]:
    declared = modules.where(variable.location)
    if variable.sensitive and (written := next(literals(value, path), None)) is not None:
        message = f"{show_path(written)} is written out, but the module marks {variable.name} sensitive"
        hint = f"take it from the environment: ${{env:NAME}} ({declared})"
        yield Problem("E116", message, document.location(written), hint)
        return
    if value is None and not variable.nullable and not variable.has_default:
        message = f"{show_path(path)} should not be null"
        yield Problem("E103", message, document.location(path), f"the variable is not nullable ({declared})")
        return
    kind = _type(variable.type)
    for inner, fault in check(kind, value) if kind else ():
        whole = (*path, *inner)
        what, _, advice = fault.partition("; ")
        unknown = what.startswith("is not an attribute")
        hint = f"{advice} ({declared})" if advice else f"type {_one_line(variable.type)} ({declared})"
        place = document.location(whole, key=unknown)
        yield Problem("E102" if unknown else "E103", f"{show_path(whole)} {what}", place, hint)


@lru_cache(maxsize=1024)
def _type(text: str | None) -> Type | None:
    """None for a type that cannot be read: Terraform itself will say what is wrong with it."""
    try:
        return parse_type(text)
    except ValueError:
        return None


def _one_line(text: str | None) -> str:
    return short(" ".join((text or "any").split()), 60)


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))
