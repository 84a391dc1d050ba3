"""Which providers a unit needs: what its module requires, under what env.yaml says about them."""

from __future__ import annotations

from collections.abc import Iterator

from tfwrap.base.problems import Problem
from tfwrap.base.suggest import did_you_mean
from tfwrap.hcl.nodes import Attribute, Block, Body
from tfwrap.stacks.draft import Draft
from tfwrap.stacks.model import CdkModule, LocalModule, ProviderRequirement, RemoteModule
from tfwrap.stacks.references import read_plain


def require_providers(draft: Draft, place: LocalModule | RemoteModule) -> tuple[ProviderRequirement, ...]:
    """`required_providers` of the unit's root module."""
    said = draft.settings.providers
    if isinstance(place, CdkModule | RemoteModule):
        # Nothing is known of the module: everything env.yaml names may be needed.
        return tuple(
            ProviderRequirement(name, provider.source or f"hashicorp/{name}", provider.version)
            for name, provider in said.items()
        )
    found = []
    for item in draft.modules.providers(place.path):
        own = said.get(item.local_name)
        source = (own and own.source) or item.source or f"hashicorp/{item.local_name}"
        found.append(ProviderRequirement(item.local_name, source, (own and own.version) or item.version))
    return tuple(found)


def configure_providers(draft: Draft) -> dict[str, Block]:
    """`provider` blocks by local name, for the providers that env.yaml configures."""
    document, problems = draft.environment.document, draft.problems
    blocks = {}
    for name, provider in draft.settings.providers.items():
        if provider.config is not None:
            attributes = [
                Attribute(key, read_plain(document, value, ("providers", name, "config", key), problems))
                for key, value in provider.config.items()
            ]
            blocks[name] = Block("provider", (name,), Body(tuple(attributes)))
    return blocks


def find_unused(draft: Draft) -> Iterator[Problem]:
    """A provider that no module asks for is most likely misspelt; but a remote module may ask for anything."""
    places = [
        place for place in draft.places.values() if isinstance(place, LocalModule) and not isinstance(place, CdkModule)
    ]
    if len(places) < len(draft.places):
        return
    used = {item.local_name for place in places for item in draft.modules.providers(place.path)}
    for name in draft.settings.providers:
        if name not in used:
            location = draft.environment.document.location(("providers", name), key=True)
            message = f"providers.{name} is required by no module"
            yield Problem("E119", message, location, did_you_mean(name, used), severity="warning")
