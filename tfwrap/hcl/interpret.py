"""What the blocks of a module's files declare: inputs, outputs, providers, calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.hcl.flow import carried_variables
from tfwrap.hcl.module import Module, ModuleCall, ModuleOutput, ProviderConfiguration, RequiredProvider, Variable
from tfwrap.hcl.nodes import Traversal
from tfwrap.hcl.syntax import Parsed
from tfwrap.hcl.types import parse_type
from tfwrap.hcl.uses import used_providers


def interpret(folder: Path, files: Iterable[Parsed]) -> Module:
    """SettingsFailure E132 if a variable's type is none."""
    blocks = [block for file in files for block in file.blocks]
    settings = [block for block in blocks if block.type == "terraform"]
    backends = [nested for block in settings for nested in block.blocks if nested.type in {"backend", "cloud"}]
    carried = carried_variables(blocks)
    required = tuple(_required_providers(settings))
    named = {item.local_name for item in required}
    versions = [_text(block.attributes.get("required_version")) for block in settings]
    module = Module(
        folder=folder,
        variables={item.name: item for item in map(_variable, _labelled(blocks, "variable"))},
        outputs={block.labels[0]: _output(block, carried) for block in _labelled(blocks, "output")},
        required_version=", ".join(filter(None, versions)) or None,
        required_providers=required,
        implied_providers=tuple(name for name in dict.fromkeys(used_providers(blocks)) if name not in named),
        provider_configurations=tuple(
            ProviderConfiguration(block.labels[0], _text(block.attributes.get("alias")))
            for block in _labelled(blocks, "provider")
        ),
        backend=(backends[0].labels or (backends[0].type,))[0] if backends else None,
        calls=tuple(
            ModuleCall(block.labels[0], _text(block.attributes.get("source"))) for block in _labelled(blocks, "module")
        ),
    )
    _check_types(module)
    return module


def _check_types(module: Module) -> None:
    problems = []
    for variable in module.variables.values():
        try:
            parse_type(variable.type)
        except ValueError as error:
            message = f"the type of variable {variable.name} is none that Terraform knows: {error}"
            problems.append(Problem("E132", message, variable.location))
    if problems:
        raise SettingsFailure(problems)


def _labelled(blocks: Iterable[Parsed], kind: str) -> Iterator[Parsed]:
    return (block for block in blocks if block.type == kind and len(block.labels) == 1)


def _variable(block: Parsed) -> Variable:
    values = block.attributes
    kind = values.get("type")
    return Variable(
        name=block.labels[0],
        type=kind.path if isinstance(kind, Traversal) else kind,
        has_default="default" in values,
        default=values.get("default"),
        sensitive=_flag(values.get("sensitive", False)),
        nullable=_flag(values.get("nullable", True)),
        description=_text(values.get("description")),
        location=block.location,
    )


def _output(block: Parsed, carried: Mapping[str, tuple[str, ...]]) -> ModuleOutput:
    values, name = block.attributes, block.labels[0]
    sensitive = _flag(values.get("sensitive", False))
    return ModuleOutput(name, sensitive, _text(values.get("description")), block.location, carried[name])


def _required_providers(settings: Iterable[Parsed]) -> Iterator[RequiredProvider]:
    for block in settings:
        for nested in block.blocks:
            if nested.type != "required_providers":
                continue
            for name, value in nested.attributes.items():
                fields = value if isinstance(value, dict) else {"version": value}
                yield RequiredProvider(name, _text(fields.get("source")), _text(fields.get("version")))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: Any) -> bool:
    """Terraform takes the text as well."""
    return value is True or value == "true"
