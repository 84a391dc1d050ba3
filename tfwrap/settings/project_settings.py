"""The keys of tfwrap.toml or [tool.tfwrap], checked, and the Project that they make.

Apart from project.py, since pydantic takes longer to import than all that a planned environment needs of a project.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from tfwrap.base.problems import SettingsFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.faults import translate
from tfwrap.settings.fields import Duration, NonEmpty, VersionConstraint, fault
from tfwrap.settings.model import Model
from tfwrap.settings.project import ApplyRequirement, Atlantis, Project, SourceBuild
from tfwrap.settings.toml_source import TomlDocument

_ENGINES = ("auto", "embedded", "terraform", "tofu")
_MOST_BY_DEFAULT = 4


def _known_engine(text: str) -> str:
    if text not in _ENGINES and "/" not in text and os.sep not in text:
        message = f"should be auto, embedded, terraform, tofu or a path, not {text!r}".replace("'", '"')
        raise fault("E103", message, did_you_mean(text, _ENGINES))
    return text


def _class_path(text: str) -> str:
    module, _, name = text.partition(":")
    if not (all(part.isidentifier() for part in module.split(".")) and name.isidentifier()):
        raise fault("E103", f'should be "package.module:Class", not "{text}"')
    return text


class SourceBuildSettings(Model):
    """A provider built from its Go source, used only where no provider registry answers."""

    dir: NonEmpty = Field(description="Folder with the go.mod that pins it, relative to the project root.")
    package: NonEmpty = Field(description="Go package of the provider's program.")
    version: NonEmpty = Field(description="Version the program is installed as, such as 1.3.2.")


class AtlantisSettings(Model):
    """What `tfwrap atlantis generate` writes."""

    granularity: Literal["unit", "env"] = Field(
        default="unit", description="One Atlantis project per unit or per environment; default: unit."
    )
    cascade: Literal["direct", "all", "none"] = Field(
        default="direct",
        description="Which dependents a change plans again: direct, all or none; default: direct.",
    )
    requirements: list[ApplyRequirement] = Field(
        default=[], description="Atlantis apply requirements of every project; default: none."
    )
    allow_cdk: bool = Field(default=False, description="Let Atlantis run units made by a CDK; default: false.")


class ProjectSettings(Model):
    """The keys of tfwrap.toml, or of [tool.tfwrap] in pyproject.toml."""

    live: NonEmpty = Field(
        default="live", description="Folder of the environments, <live>/<env>/env.yaml; default: live."
    )
    modules: NonEmpty = Field(
        default="modules", description="Folder of the project's Terraform modules; default: modules."
    )
    templates: NonEmpty = Field(default="templates", description="Folder of values templates; default: templates.")
    engine: Annotated[str, AfterValidator(_known_engine)] = Field(
        default="auto", description="auto, embedded, terraform, tofu or a path to a program; default: auto."
    )
    terraform: VersionConstraint = Field(
        default=">= 1.9, < 2", description='Versions the engine must satisfy; default: ">= 1.9, < 2".'
    )
    parallelism: int | None = Field(
        default=None,
        ge=1,
        description="Units at work at the same time; default: the number of cores, at most 4.",
    )
    warm: bool = Field(
        default=True, description="Keep Terraform and its providers running from unit to unit; default: true."
    )
    lock_timeout: Duration = Field(default=300.0, description='How long to wait for a lock; default: "5m".')
    pass_env: list[NonEmpty] = Field(
        default=[], description="TF_* variables of the user that are let through to Terraform; default: none."
    )
    stacks: Mapping[str, Annotated[str, AfterValidator(_class_path)]] = Field(
        default={}, description='Further kinds of stack: name = "package.module:Class"; default: none.'
    )
    source_builds: Mapping[str, SourceBuildSettings] = Field(
        default={},
        description="Providers that may be built from source, such as hashicorp/helm; default: none.",
    )
    atlantis: AtlantisSettings = Field(default=AtlantisSettings(), description="Settings of the Atlantis commands.")


def read_settings(root: Path, source: TomlDocument) -> Project:
    """The project of `root`, whose settings are `source`; SettingsFailure with every fault."""
    try:
        settings = ProjectSettings.model_validate(source.data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        raise SettingsFailure(translate(errors, ProjectSettings, source.data, source.location)) from None
    builds = {
        name: SourceBuild(_below(root, build.dir), build.package, build.version)
        for name, build in settings.source_builds.items()
    }
    return Project(
        root=root,
        live=_below(root, settings.live),
        modules=_below(root, settings.modules),
        templates=_below(root, settings.templates),
        engine=settings.engine if settings.engine in _ENGINES else str(_below(root, settings.engine)),
        terraform=settings.terraform,
        parallelism=settings.parallelism or min(_MOST_BY_DEFAULT, os.cpu_count() or 1),
        warm=settings.warm,
        lock_timeout=settings.lock_timeout,
        pass_env=tuple(settings.pass_env),
        stacks=settings.stacks,
        source_builds=builds,
        atlantis=Atlantis(**settings.atlantis.model_dump()),
        source=source,
    )


def _below(root: Path, path: str) -> Path:
    return Path(os.path.normpath(root / Path(path).expanduser()))
