"""Stack and Unit: what every later room works on, whatever kind of stack it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Location, Problem
from tfwrap.hcl.nodes import Block, Body, Value
from tfwrap.settings.backend import Backend

USERS_KUBECONFIG = "$KUBECONFIG"  # the file that kubectl would read for this user


@dataclass(frozen=True)
class LocalModule:
    """A module folder on this machine; generated HCL names it by a path relative to the unit's folder."""

    path: Path


@dataclass(frozen=True)
class CdkModule(LocalModule):
    """A module that a Python class makes whenever files are generated; nothing is known of it before that.

    `path` is a folder inside of the unit's own; `stack` is `package.module:Class`.
    """

    stack: str


@dataclass(frozen=True)
class RemoteModule:
    """A module address that Terraform fetches itself, `git::…//dir?ref=<pinned>`."""

    source: str


@dataclass(frozen=True)
class Reference:
    """An output of another unit that this unit reads through its own root variable `variable`."""

    unit: str
    output: str
    variable: str
    sensitive: bool
    location: Location


@dataclass(frozen=True)
class EnvironmentValue:
    """`${env:NAME}`: read from the environment at run time into the sensitive root variable `variable`."""

    name: str
    variable: str
    location: Location


@dataclass(frozen=True)
class Output:
    """A root output of the unit; `value` is None for an output that passes `module.this.<name>` on."""

    name: str
    sensitive: bool = False
    description: str | None = None
    value: Value = None


@dataclass(frozen=True)
class ProviderRequirement:
    """One entry of required_providers. `local_name` is the key, `version` a constraint."""

    local_name: str
    source: str
    version: str | None = None


@dataclass(frozen=True)
class ValuesTemplate:
    """A values file for `templatefile`: jinja2 `template` of the templates folder, rendered with `context`."""

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Retry:
    attempts: int
    on: tuple[str, ...]


@dataclass(frozen=True)
class Unit:
    """One root module with one state. Everything needed to generate its folder and to run it."""

    name: str
    module: LocalModule | RemoteModule
    arguments: Mapping[str, Value]  # of `module "this"`, in the order they are written
    location: Location
    backend: Backend
    references: tuple[Reference, ...] = ()
    environment_values: tuple[EnvironmentValue, ...] = ()
    outputs: tuple[Output, ...] = ()
    after: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    enabled: bool = True
    protect: bool = False
    kept: str | None = None  # why a destroy of the whole environment leaves it
    timeout: float | None = None  # seconds
    retry: Retry | None = None
    hooks: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    preview: Mapping[str, Any] = field(default_factory=dict)
    renamed_from: str | None = None
    required_version: str | None = None
    required_providers: tuple[ProviderRequirement, ...] = ()
    provider_blocks: tuple[Block, ...] = ()  # providers.tf, with the data sources they need
    files: Mapping[str, Body] = field(default_factory=dict)  # further HCL: locals.tf, config.tf
    values: Mapping[str, ValuesTemplate] = field(default_factory=dict)  # values/<name> -> template
    charts: tuple[Path, ...] = ()  # chart folders it installs
    overlay: Mapping[str, str] = field(default_factory=dict)  # further plain files: kustomization.yaml and its own
    bases: tuple[Path, ...] = ()  # folders of kustomize bases that the overlay is laid over
    # `env`: plain variables for Terraform. USERS_KUBECONFIG as a value is filled in when Terraform starts.
    environment: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # comments a reviewer needs at the top of main.tf

    @property
    def dependencies(self) -> tuple[str, ...]:
        """Units that come first: those it reads from, then those it is only ordered after."""
        return tuple(dict.fromkeys([*(reference.unit for reference in self.references), *self.after]))


@dataclass(frozen=True)
class Stack:
    """The units of an environment in declared order, and what was found wrong with its settings.

    `kind` is what env.yaml calls it.
    """

    kind: str
    units: tuple[Unit, ...]
    problems: tuple[Problem, ...] = ()
    silenced: tuple[str, ...] = ()  # what was found and is left out for a reason that the settings give
