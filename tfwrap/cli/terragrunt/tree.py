"""The configurations of a Terragrunt tree: each terragrunt.hcl with what it includes, worked out. Reads files only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from tfwrap.cli.terragrunt.expressions import Ask, Function, Joined, Scope, Unknown
from tfwrap.hcl.nodes import Traversal
from tfwrap.hcl.read import Parsed, read_file

NAME = "terragrunt.hcl"
_SKIPPED = {".terragrunt-cache", ".terraform", ".git"}


def find_units(folder: Path) -> list[Path]:
    """Every terragrunt.hcl below the folder, in order; the copies that Terragrunt makes are none."""
    found = (path for path in folder.rglob(NAME) if not _SKIPPED & set(path.parts))
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


@dataclass
class Configuration:
    """One file. `unit` is the folder of the unit it is read for: an included file speaks of that one."""

    path: Path
    unit: Path
    parsed: Parsed
    children: dict[str, Configuration] = field(default_factory=dict)  # what it includes, by label
    unknown: list[str] = field(default_factory=list)  # what could not be worked out, in words
    _busy: set[str] = field(default_factory=set)

    @cached_property
    def scope(self) -> Scope:
        names = {
            "local": self.lazy_locals,
            "dependency": lambda: {one.labels[0]: self._dependency(one) for one in self.blocks("dependency")},
            "include": lambda: {
                label: {"locals": one.lazy_locals(), "inputs": one.attribute("inputs") or {}}
                for label, one in self.children.items()
            },
        }
        return Scope(names, _functions(self))

    @cached_property
    def locals(self) -> Mapping[str, Any]:
        """As they were written."""
        return {name: value for block in self.blocks("locals") for name, value in block.attributes.items()}

    def lazy_locals(self) -> dict[str, Callable[[], Any]]:
        """Each worked out when it is asked for: one that cannot be is no harm to the others."""
        return {name: partial(self.local, name) for name in self.locals}

    def blocks(self, kind: str) -> Iterator[Parsed]:
        return (block for block in self.parsed.blocks if block.type == kind)

    def attribute(self, name: str) -> Any:
        """The file's own attribute, worked out; None if it has none."""
        return self.value(self.parsed.attributes[name]) if name in self.parsed.attributes else None

    def value(self, written: Any) -> Any:
        """What was written, worked out all through; Unknown if any of it cannot be."""
        if isinstance(written, Traversal):
            return self.scope.work_out(written.path)
        if isinstance(written, Mapping):
            return {key: self.value(item) for key, item in written.items()}
        return [self.value(item) for item in written] if isinstance(written, list) else written

    def local(self, name: str) -> Any:
        if name in self._busy or name not in self.locals:
            raise Unknown(f"local.{name}")
        self._busy.add(name)
        try:
            return self.value(self.locals[name])
        finally:
            self._busy.discard(name)

    def dependency_folder(self, block: Parsed) -> Path:
        target = self.value(block.attributes.get("config_path"))
        if not isinstance(target, str):
            raise Unknown("config_path")
        return _normal(self.unit / target)

    def _dependency(self, block: Parsed) -> Any:
        return {"outputs": Ask(f"\0{self.dependency_folder(block)}\0")}  # the name is put in where it is known


def read_configuration(path: Path, unit: Path | None = None) -> Configuration:
    """The file and what it includes."""
    unit = unit or path.parent
    made = Configuration(path, unit, read_file(path))
    for block in made.blocks("include"):
        label = block.labels[0] if block.labels else ""
        try:
            target = made.value(block.attributes.get("path"))
        except Unknown as unknown:
            made.unknown.append(f"include {label}: {unknown}")
            continue
        included = _normal(unit / target) if isinstance(target, str) else None
        if included is None or not included.is_file():
            made.unknown.append(f"include {label}: {target} is not a file")
            continue
        made.children[label] = read_configuration(included, unit)
    return made


def _functions(owner: Configuration) -> dict[str, Function]:
    def find(arguments: list[Any]) -> str:
        name = arguments[0] if arguments else NAME
        for folder in owner.path.parent.parents if owner.path.parent == owner.unit else owner.unit.parents:
            if isinstance(name, str) and (folder / name).is_file():
                return str(folder / name)
        if len(arguments) > 1 and isinstance(arguments[1], str):
            return arguments[1]
        raise Unknown(f'find_in_parent_folders("{name}")')

    def read(arguments: list[Any]) -> Any:
        path = _normal(owner.path.parent / _one_text(arguments, "read_terragrunt_config"))
        if not path.is_file():
            raise Unknown(f"read_terragrunt_config: {path.name} is not a file")
        other = read_configuration(path, owner.unit)
        return {"locals": other.lazy_locals(), "inputs": other.attribute("inputs") or {}}

    def from_environment(arguments: list[Any]) -> Ask:
        if len(arguments) > 1:  # env.yaml has no default for a variable that is not set
            raise Unknown(f"get_env with a default, {arguments[0]}")
        return Ask(f"env:{_one_text(arguments, 'get_env')}")

    root = _including(owner)
    return {
        "find_in_parent_folders": find,
        "read_terragrunt_config": read,
        "get_env": from_environment,
        "get_terragrunt_dir": lambda _: str(owner.unit),
        "get_original_terragrunt_dir": lambda _: str(owner.unit),
        "get_parent_terragrunt_dir": lambda _: str(root),
        "path_relative_to_include": lambda _: os.path.relpath(owner.unit, root),
        "path_relative_from_include": lambda _: os.path.relpath(root, owner.unit),
        "get_repo_root": lambda _: str(_repository(owner.unit)),
        "merge": _merge,
        "basename": lambda arguments: Path(_one_text(arguments, "basename")).name,
        "dirname": lambda arguments: str(Path(_one_text(arguments, "dirname")).parent),
        "lower": lambda arguments: _one_text(arguments, "lower").lower(),
        "upper": lambda arguments: _one_text(arguments, "upper").upper(),
        "abspath": lambda arguments: str(_normal(owner.unit / _one_text(arguments, "abspath"))),
    }


def _including(owner: Configuration) -> Path:
    """The folder that `path_relative_to_include` starts from: of the included file, also for who includes it."""
    if owner.path.parent != owner.unit:
        return owner.path.parent
    return next((child.path.parent for child in owner.children.values()), owner.unit)


def _repository(folder: Path) -> Path:
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            return place
    raise Unknown("get_repo_root()")


def _merge(arguments: list[Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for one in arguments:
        if not isinstance(one, Mapping):
            raise Unknown("merge()")
        merged |= {key: value() if callable(value) else value for key, value in one.items()}
    return merged


def _one_text(arguments: list[Any], function: str) -> str:
    if not arguments or not isinstance(arguments[0], str) or isinstance(arguments[0], Joined):
        raise Unknown(f"{function}()")
    return arguments[0]


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))
