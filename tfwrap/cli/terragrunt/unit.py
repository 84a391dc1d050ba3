"""One terragrunt.hcl as a unit: what was found in it and its includes, and what could not be carried over."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfwrap.base.brief import short
from tfwrap.cli.terragrunt.expressions import Unknown
from tfwrap.cli.terragrunt.tree import Configuration
from tfwrap.hcl.nodes import Traversal
from tfwrap.hcl.read import Parsed

_STEPS = ("plan", "apply", "destroy")
_ATTRIBUTES = {"inputs", "prevent_destroy", "skip"}
_BLOCKS = {"include", "locals", "terraform", "dependency", "dependencies", "remote_state"}
_GITHUB = re.compile(r"(?:git@github\.com:|github\.com/)([\w.-]+/[\w.-]+?)(?:\.git)?(//[^?]*)?(\?.*)?")


@dataclass
class ImportedUnit:
    folder: Path
    module: str | None = None  # a path (absolute) or a git address
    inputs: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)  # inputs that are left out: their expression
    after: list[Path] = field(default_factory=list)
    protect: bool = False
    enabled: bool = True
    hooks: dict[str, list[list[str]]] = field(default_factory=dict)
    backend: tuple[str, dict[str, Any]] | None = None
    notes: list[str] = field(default_factory=list)


def read_unit(configuration: Configuration) -> ImportedUnit:
    """Includes first, the file itself over them, as Terragrunt merges them."""
    unit = ImportedUnit(configuration.unit)
    for one in (*configuration.children.values(), configuration):
        unit.notes += one.unknown
        _read_inputs(one, unit)
        _read_terraform(one, unit)
        _read_order(one, unit)
        _read_backend(one, unit)
        _read_rest(one, unit)
    for block in configuration.blocks("include"):
        if (strategy := block.attributes.get("merge_strategy")) not in (None, "shallow"):
            unit.notes.append(f"include {' '.join(block.labels)}: merge_strategy {strategy}; merged as shallow")
    return unit


def _read_inputs(one: Configuration, unit: ImportedUnit) -> None:
    written = one.parsed.attributes.get("inputs")
    if isinstance(written, Traversal):  # inputs = merge(…)
        try:
            whole = one.value(written)
        except Unknown as unknown:
            unit.notes.append(f"inputs = {_short(written)}: {unknown}")
            return
        if isinstance(whole, Mapping):
            unit.inputs |= whole
        return
    for name, value in (written or {}).items():
        try:
            unit.inputs[name] = one.value(value)
            unit.missing.pop(name, None)
        except Unknown as unknown:
            unit.inputs.pop(name, None)
            unit.missing[name] = f"{_short(value)} ({unknown})" if _short(value) != str(unknown) else _short(value)


def _read_terraform(one: Configuration, unit: ImportedUnit) -> None:
    for block in one.blocks("terraform"):
        if "source" in block.attributes:
            try:
                unit.module = _module(one.value(block.attributes["source"]), one, unit)
            except Unknown as unknown:
                unit.notes.append(f"terraform.source = {_short(block.attributes['source'])}: {unknown}")
        for inner in block.blocks:
            _read_hook(one, unit, inner)
        others = set(block.attributes) - {"source"}
        unit.notes += [f"terraform.{name}" for name in sorted(others)]


def _module(source: Any, one: Configuration, unit: ImportedUnit) -> str | None:
    if not isinstance(source, str):
        raise Unknown("the source is put together from what is known later")
    github = _GITHUB.fullmatch(source)
    if github:
        return f"git::https://github.com/{github[1]}.git{github[2] or ''}{github[3] or ''}"
    if source.startswith("git::"):
        return source
    if "://" in source or "::" in source or not source.startswith(("/", ".")):
        unit.notes.append(f"terraform.source {source}: only folders and git addresses; fetch it into modules/")
        return None
    return os.path.normpath(one.unit / source.replace("//", "/"))


def _read_hook(one: Configuration, unit: ImportedUnit, block: Parsed) -> None:
    kind = block.type.removesuffix("_hook")
    if block.type not in ("before_hook", "after_hook"):
        unit.notes.append(f"terraform.{block.type} {' '.join(block.labels)}".rstrip())
        return
    try:
        commands, execute = (one.value(block.attributes.get(name)) for name in ("commands", "execute"))
    except Unknown as unknown:
        unit.notes.append(f"terraform.{block.type} {' '.join(block.labels)}: {unknown}")
        return
    plain = isinstance(execute, list) and execute and all(isinstance(word, str) for word in execute)
    for command in commands or []:
        if command in _STEPS and plain:
            unit.hooks.setdefault(f"{kind}_{command}", []).append(execute)
        else:
            unit.notes.append(f"terraform.{block.type} {' '.join(block.labels)} of {command}")


def _read_order(one: Configuration, unit: ImportedUnit) -> None:
    for block in one.blocks("dependency"):
        try:
            unit.after.append(one.dependency_folder(block))
        except Unknown as unknown:
            unit.notes.append(f"dependency {' '.join(block.labels)}: {unknown}")
    for block in one.blocks("dependencies"):
        try:
            paths = one.value(block.attributes.get("paths")) or []
            unit.after += [Path(os.path.normpath(one.unit / path)) for path in paths]
        except (Unknown, TypeError):
            unit.notes.append(f"dependencies.paths = {_short(block.attributes.get('paths'))}")


def _read_backend(one: Configuration, unit: ImportedUnit) -> None:
    for block in one.blocks("remote_state"):
        try:
            kind, config = (one.value(block.attributes.get(name)) for name in ("backend", "config"))
        except Unknown as unknown:
            unit.notes.append(f"remote_state: {unknown}")
            continue
        if isinstance(kind, str) and isinstance(config, Mapping):
            unit.backend = (kind, dict(config))


def _read_rest(one: Configuration, unit: ImportedUnit) -> None:
    attributes = one.parsed.attributes
    unit.protect = attributes.get("prevent_destroy", unit.protect) is True
    unit.enabled = attributes.get("skip") is not True and unit.enabled
    for name in sorted(set(attributes) - _ATTRIBUTES):
        unit.notes.append(f"{name} = {_short(attributes[name])}")
    for block in one.parsed.blocks:
        if block.type not in _BLOCKS:
            unit.notes.append(f"{block.type} {' '.join(block.labels)}".rstrip())


def _short(value: Any) -> str:
    return short(" ".join((value.path if isinstance(value, Traversal) else str(value)).split()), 70)


def references(value: Any) -> Iterator[str]:
    """The texts of everything that is asked for in a value."""
    from tfwrap.cli.terragrunt.expressions import Ask, Joined

    if isinstance(value, Ask):
        yield value.text
    elif isinstance(value, Joined):
        for part in value.parts:
            yield from references(part)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
