"""An environment's settings: what every kind of stack has in common, and env.yaml against a kind's model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.backends import BackendSettings
from tfwrap.settings.document import Document, read_document
from tfwrap.settings.faults import translate
from tfwrap.settings.fields import EnvironmentVariableName, NonEmpty, VersionConstraint
from tfwrap.settings.model import Model

if TYPE_CHECKING:
    from tfwrap.settings.project import Project

_Settings = TypeVar("_Settings", bound=BaseModel)


class ProviderSettings(Model):
    """A Terraform provider: where it comes from, which versions, how it is configured."""

    source: NonEmpty | None = Field(
        default=None, description="Address such as hashicorp/helm; default: what the module asks for."
    )
    version: VersionConstraint | None = Field(
        default=None, description="Version constraint; default: what the module asks for."
    )
    config: Mapping[str, Any] | None = Field(
        default=None,
        description="Plain arguments of the provider block; default: configured by its environment.",
    )


class CommonSettings(Model):
    """The keys every env.yaml may have. A kind of stack adds its own."""

    stack: str = Field(description="Kind of stack: units, emissary, or one the project adds.")
    extends: str | list[str] | None = Field(
        default=None,
        description="File or files to start from, relative to this one; maps merge, all else is replaced.",
    )
    backend: BackendSettings | None = Field(
        default=None, description="Where state lives; default: local files below the project root."
    )
    terraform: VersionConstraint | None = Field(
        default=None, description="Terraform versions this environment accepts; default: the project's."
    )
    providers: Mapping[str, ProviderSettings] = Field(
        default={}, description="Providers by local name; default: as the modules ask for them."
    )
    env: Mapping[EnvironmentVariableName, str] = Field(
        default={}, description="Plain environment variables for Terraform and its providers; never secrets."
    )


@dataclass(frozen=True)
class Environment:
    """What a kind of stack is built from. `settings` are of the kind's own model."""

    project: Project
    name: str
    folder: Path
    document: Document
    settings: CommonSettings


def read_environment(project: Project, name: str) -> Document:
    """The environment's document; an unknown name is E108."""
    known = project.environments()
    if name not in known:
        listed = f"known: {', '.join(known)}" if known else f"there is no */env.yaml in {project.live.name}/"
        hint = f"{near} ({listed})" if (near := did_you_mean(name, known)) else listed
        raise SettingsFailure(Problem("E108", f"there is no environment {name}", None, hint))
    return read_document(project.live / name / "env.yaml")


def parse(document: Document, model: type[_Settings]) -> _Settings:
    """The document as the model; SettingsFailure with every fault, each where it stands."""
    try:
        return validate(document, model)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        raise SettingsFailure(translate(errors, model, document.data, document.location)) from None


def validate(document: Document, model: type[_Settings]) -> _Settings:
    """The document as the model, or pydantic's own error."""
    # By way of JSON, because strict models take a JSON list, unlike a Python one, for any sequence.
    return model.model_validate_json(json.dumps(document.data))


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """JSON Schema of the model, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
