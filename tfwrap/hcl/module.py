"""What can be known of a Terraform module without running Terraform, and the same as JSON for the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Location
from tfwrap.hcl.nodes import Traversal


@dataclass(frozen=True)
class Variable:
    """`type` is written as `types.parse_type` takes it; a default that is no literal is a Traversal."""

    name: str
    type: str | None
    has_default: bool
    default: Any
    sensitive: bool
    nullable: bool
    description: str | None
    location: Location


@dataclass(frozen=True)
class ModuleOutput:
    """`carries`: the variables its value may be made of (see flow.py)."""

    name: str
    sensitive: bool
    description: str | None
    location: Location
    carries: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequiredProvider:
    local_name: str
    source: str | None
    version: str | None


@dataclass(frozen=True)
class ProviderConfiguration:
    name: str
    alias: str | None


@dataclass(frozen=True)
class ModuleCall:
    name: str
    source: str | None


@dataclass(frozen=True)
class Module:
    """Everything in declared order: files by name, blocks as they stand in them."""

    folder: Path
    variables: Mapping[str, Variable]
    outputs: Mapping[str, ModuleOutput]
    required_version: str | None
    required_providers: tuple[RequiredProvider, ...]
    implied_providers: tuple[str, ...]  # used without a word about where from: Terraform takes hashicorp/<name>
    provider_configurations: tuple[ProviderConfiguration, ...]
    backend: str | None
    calls: tuple[ModuleCall, ...]


def dump(module: Module) -> dict[str, Any]:
    """JSON data without the folder: a copy of the module elsewhere has the same."""
    return {
        "variables": [
            {**vars(item), "default": _dump_value(item.default), "location": _dump_location(item.location)}
            for item in module.variables.values()
        ],
        "outputs": [{**vars(item), "location": _dump_location(item.location)} for item in module.outputs.values()],
        "required_version": module.required_version,
        "required_providers": [vars(item) for item in module.required_providers],
        "implied_providers": list(module.implied_providers),
        "provider_configurations": [vars(item) for item in module.provider_configurations],
        "backend": module.backend,
        "calls": [vars(item) for item in module.calls],
    }


def load(data: Mapping[str, Any], folder: Path) -> Module:
    """The module again; KeyError, TypeError, ValueError or AttributeError if `dump` did not make `data`."""
    variables = [
        Variable(
            **{
                **item,
                "default": _load_value(item["default"]),
                "location": _load_location(item["location"], folder),
            }
        )
        for item in data["variables"]
    ]
    outputs = [
        ModuleOutput(
            **{**item, "location": _load_location(item["location"], folder), "carries": tuple(item["carries"])}
        )
        for item in data["outputs"]
    ]
    return Module(
        folder=folder,
        variables={item.name: item for item in variables},
        outputs={item.name: item for item in outputs},
        required_version=data["required_version"],
        required_providers=tuple(RequiredProvider(**item) for item in data["required_providers"]),
        implied_providers=tuple(data["implied_providers"]),
        provider_configurations=tuple(ProviderConfiguration(**item) for item in data["provider_configurations"]),
        backend=data["backend"],
        calls=tuple(ModuleCall(**item) for item in data["calls"]),
    )


def _dump_location(location: Location) -> list[Any]:
    return [location.file.name, location.line, location.column, location.length]


def _load_location(data: list[Any], folder: Path) -> Location:
    name, line, column, length = data
    return Location(folder / name, line, column, length)


def _dump_value(value: Any) -> Any:
    """Objects are tagged, so that an expression cannot be mistaken for one."""
    match value:
        case Traversal(path):
            return {"expression": path}
        case dict():
            return {"object": {key: _dump_value(item) for key, item in value.items()}}
        case list():
            return [_dump_value(item) for item in value]
    return value


def _load_value(data: Any) -> Any:
    match data:
        case {"expression": path}:
            return Traversal(path)
        case {"object": items}:
            return {key: _load_value(item) for key, item in items.items()}
        case list():
            return [_load_value(item) for item in data]
    return data
