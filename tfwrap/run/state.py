"""What a unit's state says: whether it was applied, its outputs, its lineage and serial. Read, never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Failure, Problem


@dataclass(frozen=True)
class OutputValue:
    value: Any
    type: Any
    sensitive: bool


@dataclass(frozen=True)
class State:
    """`applied` is false for a state that never was, or that holds neither resources nor outputs any more."""

    applied: bool
    serial: int = 0
    lineage: str = ""
    outputs: Mapping[str, OutputValue] = field(default_factory=dict)
    resources: tuple[str, ...] = ()


NOT_APPLIED = State(applied=False)


def parse_state(text: str, source: Path | str) -> State:
    """A state as Terraform writes it (version 4). Data sources are not resources: they hold nothing."""
    if not text.strip():
        return NOT_APPLIED
    try:
        data = json.loads(text)
        outputs = {
            name: OutputValue(item["value"], item.get("type"), bool(item.get("sensitive")))
            for name, item in (data.get("outputs") or {}).items()
        }
        resources = tuple(
            address
            for resource in data.get("resources") or ()
            if resource.get("mode") == "managed"
            for address in _addresses(resource)
        )
        serial, lineage = int(data["serial"]), str(data["lineage"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(
            Problem(
                "E510",
                f"the state {source} cannot be read: it is not a Terraform state ({type(error).__name__})",
                hint="restore it from its backup (*.tfstate.backup, or the bucket's versions)",
            )
        ) from error
    return State(bool(outputs or resources), serial, lineage, outputs, resources)


def read_local_state(path: Path) -> State:
    try:
        return parse_state(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        return NOT_APPLIED
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(Problem("E510", f"the state {path} cannot be read: {error}")) from error


def _addresses(resource: Mapping[str, Any]) -> list[str]:
    prefix = f"{resource['module']}." if resource.get("module") else ""
    base = f"{prefix}{resource['type']}.{resource['name']}"
    return [
        base + (f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else "")
        for instance in resource.get("instances") or ()
    ]
