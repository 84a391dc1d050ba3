"""What `.generated.json` keeps of a unit, so that it can be destroyed after it was taken out of env.yaml.

Unit -> plain JSON and back. Not kept: what its files say, since those stay. Never a secret (a unit holds none),
never a path of this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Location
from tfwrap.settings.backend import Backend
from tfwrap.stacks.model import (
    EnvironmentValue,
    LocalModule,
    ProviderRequirement,
    Reference,
    RemoteModule,
    Retry,
    Unit,
)
from tfwrap.workspace.record import Facts


def unit_facts(unit: Unit, root: Path) -> Facts:
    """Everything that a run asks of a unit, without what is empty."""
    module = unit.module
    backend = unit.backend
    facts: dict[str, Any] = {
        "path": str(module.path) if isinstance(module, LocalModule) else None,
        "source": module.source if isinstance(module, RemoteModule) else None,
        "backend": {
            "type": backend.type,
            "arguments": dict(backend.arguments),
            "address": backend.address,
            "local_path": str(backend.local_path) if backend.local_path else None,
            "environment": dict(backend.environment),
        },
        "references": [[one.unit, one.output, one.variable, one.sensitive] for one in unit.references],
        "environment_values": [[one.name, one.variable] for one in unit.environment_values],
        "after": list(unit.after),
        "tags": list(unit.tags),
        "protect": unit.protect,
        "kept": unit.kept,
        "timeout": unit.timeout,
        "retry": [unit.retry.attempts, list(unit.retry.on)] if unit.retry else None,
        "hooks": {name: [list(argv) for argv in hooks] for name, hooks in unit.hooks.items() if hooks},
        "environment": dict(unit.environment),
        "required_version": unit.required_version,
        "required_providers": [[one.local_name, one.source, one.version] for one in unit.required_providers],
    }
    filled = {key: value for key, value in facts.items() if value}
    portable: Facts = _map_texts(filled, lambda text: _portable(text, root))
    return portable


def unit_from_facts(name: str, facts: Facts, root: Path, location: Location) -> Unit:
    """The unit as far as a run needs it. It has no arguments: its folder is not generated again."""
    found: Mapping[str, Any] = _map_texts(facts, lambda text: _on_this_machine(text, root))
    backend = found["backend"]
    path, retry = backend.get("local_path"), found.get("retry")
    return Unit(
        name=name,
        module=LocalModule(Path(found["path"])) if "path" in found else RemoteModule(found["source"]),
        arguments={},
        location=location,
        backend=Backend(
            backend["type"],
            backend["arguments"],
            backend["address"],
            Path(path) if path else None,
            backend["environment"],
        ),
        references=tuple(
            Reference(unit, output, variable, sensitive, location)
            for unit, output, variable, sensitive in found.get("references", ())
        ),
        environment_values=tuple(
            EnvironmentValue(user_name, variable, location)
            for user_name, variable in found.get("environment_values", ())
        ),
        after=tuple(found.get("after", ())),
        tags=tuple(found.get("tags", ())),
        protect=found.get("protect", False),
        kept=found.get("kept"),
        timeout=found.get("timeout"),
        retry=Retry(retry[0], tuple(retry[1])) if retry else None,
        hooks={key: tuple(tuple(argv) for argv in hooks) for key, hooks in found.get("hooks", {}).items()},
        environment=found.get("environment", {}),
        required_version=found.get("required_version"),
        required_providers=tuple(ProviderRequirement(*one) for one in found.get("required_providers", ())),
    )


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _map_texts(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_map_texts(one, change) for one in value]
    return value


def _portable(text: str, root: Path) -> str:
    return text.replace(f"{root}/", "${project}/").replace(f"{Path.home()}/", "${home}/")


def _on_this_machine(text: str, root: Path) -> str:
    return text.replace("${project}/", f"{root}/").replace("${home}/", f"{Path.home()}/")
