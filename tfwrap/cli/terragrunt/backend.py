"""The remote_state of many units as the one backend of an environment, and the states that have to be moved for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tfwrap.cli.terragrunt.unit import ImportedUnit

_KEPT = {"gcs": ("bucket",), "s3": ("bucket", "region")}
_ADDRESS = {"gcs": "prefix", "s3": "key"}


def carry_backend(units: Mapping[str, ImportedUnit]) -> tuple[dict[str, Any] | None, list[str]]:
    """The `backend` of env.yaml (None: local), and what is to be said about it."""
    found = {name: unit.backend for name, unit in units.items() if unit.backend}
    if not found:
        return None, []
    kinds = {kind for kind, _ in found.values()}
    (kind, *more) = sorted(kinds)
    if more or kind not in _KEPT:
        return None, [f"remote_state {', '.join(sorted(kinds))}: write `backend` yourself; it is local for now"]
    configs = {name: config for name, (_, config) in found.items()}
    shared = {key: {repr(config.get(key)) for config in configs.values()} for key in _KEPT[kind]}
    if any(len(values) > 1 for values in shared.values()):
        return None, ["remote_state differs from unit to unit; an environment has one backend: it is local for now"]
    first = next(iter(configs.values()))
    places = {name: str(config.get(_ADDRESS[kind], "")) for name, config in configs.items()}
    prefix = _prefix(kind, places)
    notes = [
        f"{name}: its state is at {place}, tfwrap looks at {_address(kind, prefix, name)}: copy it there"
        for name, place in places.items()
        if place != _address(kind, prefix, name)
    ]
    known = {*_KEPT[kind], _ADDRESS[kind]}
    rest = sorted({key for config in configs.values() for key in config} - known)
    notes += [f"remote_state.config.{key}" for key in rest]
    kept = {key: first[key] for key in _KEPT[kind] if key in first}
    return {kind: {**kept, "prefix": prefix}}, notes


def _prefix(kind: str, places: Mapping[str, str]) -> str:
    """What most of the addresses begin with, so that as few states as possible have to move."""
    folders = [place.rsplit("/", 2 if kind == "s3" else 1)[0] if "/" in place else "" for place in places.values()]
    common = os.path.commonpath(folders) if all(folders) else ""
    return common or "tfwrap"


def _address(kind: str, prefix: str, name: str) -> str:
    return f"{prefix}/{name}" + (".tfstate" if kind == "s3" else "")
