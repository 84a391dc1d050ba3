"""The settings of `stack: units`: what a user may say about each unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from tfwrap.settings.environment import CommonSettings
from tfwrap.settings.fields import Duration, NonEmpty, fault
from tfwrap.settings.model import Model

_CLASS_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
UNIT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def _unit_name(text: str) -> str:
    if not UNIT_NAME.fullmatch(text):
        near = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        message = "is not a unit name: lower-case letters and digits, dashes between them"
        raise fault("E117", message, f"did you mean {near}?" if near else None)
    return text


def _regular_expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        at = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise fault("E103", f"is not a regular expression: {error.msg}{at}") from None
    return text


def _class_path(text: str) -> str:
    if not _CLASS_PATH.fullmatch(text):
        raise fault("E103", f'should be "package.module:Class", not "{text}"')
    return text


ClassPath = Annotated[str, AfterValidator(_class_path)]
UnitName = Annotated[str, AfterValidator(_unit_name)]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Command = Annotated[list[NonEmpty], Field(min_length=1)]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_regular_expression)]


class RetrySettings(Model):
    """Trying again after a failure that is known to pass. Never an apply."""

    attempts: int = Field(ge=1, description="How often init, refresh and plan are tried, the first time included.")
    on: list[Pattern] = Field(
        min_length=1, description="Regular expressions; a failure is tried again if one is found in its output."
    )


class HooksSettings(Model):
    """Commands before and after a step, as lists of argument lists, run in the unit's folder without a shell."""

    before_plan: list[Command] = Field(default=[], description="Run before a plan; a failure fails the unit.")
    after_plan: list[Command] = Field(default=[], description="Run after a plan; a failure is a problem.")
    before_apply: list[Command] = Field(default=[], description="Run before an apply; a failure fails the unit.")
    after_apply: list[Command] = Field(default=[], description="Run after an apply; a failure is a problem.")
    before_destroy: list[Command] = Field(default=[], description="Run before a destroy; a failure fails the unit.")
    after_destroy: list[Command] = Field(default=[], description="Run after a destroy; a failure is a problem.")


class CdkSettings(Model):
    """A stack of cdktn or cdktf, synthesised into the unit's folder whenever files are generated."""

    stack: ClassPath = Field(
        description="Class of the stack, package.module:Class, found from the project root.",
        examples=["stacks.network:Network"],
    )


class UnitSettings(Model):
    """One unit: a module (or a stack of a CDK), its inputs, and how it is run."""

    module: NonEmpty | None = Field(
        default=None,
        description="Module folder, relative to this file, or git::<url>//<folder>?ref=<tag or commit>.",
    )
    cdk: CdkSettings | None = Field(
        default=None, description="Instead of a module: a Python class that makes it, with tfwrap[cdk] and Node."
    )
    inputs: Mapping[str, Any] = Field(
        default={}, description="Values of the module's variables; ${unit.output} and ${env:NAME} are references."
    )
    after: list[str] = Field(default=[], description="Units that come first, for order only; default: none.")
    tags: list[Tag] = Field(default=[], description="Words to select units by, as tag:WORD; default: none.")
    preview: Mapping[str, Any] = Field(
        default={},
        description="Stands for outputs not yet known, where a dependent's plan needs a value; previews only.",
    )
    enabled: bool = Field(default=True, description="false: the unit is left out of every run; default: true.")
    protect: bool = Field(
        default=False, description="true: no plan that deletes anything here is applied; default: false."
    )
    timeout: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, description="Longest time for one Terraform command, such as 30m; default: none."
    )
    retry: RetrySettings | None = Field(default=None, description="When to try again; default: never.")
    hooks: HooksSettings = Field(default=HooksSettings(), description="Commands around steps; default: none.")
    renamed_from: UnitName | None = Field(
        default=None, description="The unit's former name, whose state it takes over; default: none."
    )

    @model_validator(mode="after")
    def made_of_one(self) -> UnitSettings:
        if self.module is None and self.cdk is None:
            error = InitErrorDetails(type="missing", loc=("module",), input={})
            raise ValidationError.from_exception_data("UnitSettings", [error])
        if self.module is not None and self.cdk is not None:
            raise fault("E616", "has both module and cdk", "a unit is made of one of them: take the other out")
        return self


class UnitsSettings(CommonSettings):
    """env.yaml of `stack: units`."""

    units: Mapping[UnitName, UnitSettings] = Field(
        description="The units by name; none once the last one is to be destroyed."
    )
