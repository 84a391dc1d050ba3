"""`stack: units`: units straight from env.yaml, no Python needed. Everything is checked before Terraform starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from tfwrap.hcl.nodes import Block
from tfwrap.settings.backends import resolve_backend
from tfwrap.settings.environment import CommonSettings, Environment
from tfwrap.stacks.draft import Draft, make_draft
from tfwrap.stacks.model import LocalModule, Output, RemoteModule, Retry, Stack, Unit
from tfwrap.stacks.providers import configure_providers, require_providers
from tfwrap.stacks.references import read_plain
from tfwrap.stacks.units_checks import check_units
from tfwrap.stacks.units_settings import UnitsSettings


class UnitsStack:
    name = "units"
    settings: type[CommonSettings] = UnitsSettings

    def build(self, environment: Environment) -> Stack:
        """The units whose module was found, and every fault there is."""
        draft = make_draft(environment, cast("UnitsSettings", environment.settings))
        faults = list(check_units(draft))
        blocks = configure_providers(draft)
        units = [_unit(draft, name, place, blocks) for name, place in draft.places.items() if place]
        # The draft's own list is complete only now: previews and providers add to it.
        return Stack(self.name, tuple(units), (*draft.problems, *draft.modules.problems, *faults))


def _unit(draft: Draft, name: str, place: LocalModule | RemoteModule, blocks: Mapping[str, Block]) -> Unit:
    environment, settings, reader = draft.environment, draft.settings, draft.inputs[name]
    unit, root = settings.units[name], environment.project.root
    providers = require_providers(draft, place)
    return Unit(
        name=name,
        module=place,
        arguments=draft.arguments[name],
        location=environment.document.location(("units", name), key=True),
        backend=resolve_backend(settings.backend, root=root, environment_name=environment.name, unit=name),
        references=tuple(reader.references.values()),
        environment_values=tuple(reader.environment.values()),
        outputs=_outputs(draft, name),
        after=tuple(dict.fromkeys(unit.after)),
        tags=tuple(unit.tags),
        enabled=unit.enabled,
        protect=unit.protect,
        timeout=unit.timeout,
        retry=Retry(unit.retry.attempts, tuple(unit.retry.on)) if unit.retry else None,
        hooks={
            step: tuple(tuple(command) for command in commands)
            for step, commands in unit.hooks.model_dump().items()
            if commands
        },
        preview={
            key: read_plain(environment.document, value, ("units", name, "preview", key), draft.problems)
            for key, value in unit.preview.items()
        },
        renamed_from=unit.renamed_from,
        required_version=settings.terraform or environment.project.terraform,
        required_providers=providers,
        provider_blocks=tuple(blocks[item.local_name] for item in providers if item.local_name in blocks),
        environment=settings.env,
    )


def _outputs(draft: Draft, name: str) -> tuple[Output, ...]:
    module = draft.module(name)
    if module is None:
        # Of a remote module only those outputs are known that somebody reads.
        return tuple(Output(output) for output in draft.read.get(name, ()))
    return tuple(
        Output(item.name, (name, item.name) in draft.sensitive, item.description) for item in module.outputs.values()
    )
