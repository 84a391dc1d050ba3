"""Workflows and their steps, as both of Atlantis' configuration files may define them. Strict; runs nothing."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from tfwrap.atlantis.fields import Re2
from tfwrap.settings.fields import NonEmpty, fault
from tfwrap.settings.model import Model

Builtin = Literal["init", "plan", "show", "policy_check", "apply", "import", "state_rm"]
Show = Literal["show", "hide", "strip_refreshing"]


class FilterRegex(Model):
    """What the expression matches is shown as `<redacted>`. A broken expression would make Atlantis panic."""

    filter_regex: Re2


class Shell(Model):
    """`shell` needs a command, `shellArgs` needs a shell: else Atlantis takes the file and fails the step."""

    command: NonEmpty
    shell: NonEmpty | None = None
    shell_args: str | list[str] | None = Field(default=None, alias="shellArgs")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.shell_args is not None and self.shell is None:
            raise fault("E103", "has shellArgs without shell")
        return self


class Run(Shell):
    output: Show | list[Show | FilterRegex] | None = None


class Multienv(Shell):
    output: Literal["show", "hide"] | None = None


class Variable(Model):
    """One variable for later steps: a value, or what a command prints."""

    name: NonEmpty
    value: str | None = None
    command: NonEmpty | None = None
    shell: NonEmpty | None = None
    shell_args: str | list[str] | None = Field(default=None, alias="shellArgs")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.value is None) == (self.command is None):
            raise fault("E103", "should have either value or command")
        if self.shell is not None and self.command is None:
            raise fault("E103", "has shell without command")
        if self.shell_args is not None and self.shell is None:
            raise fault("E103", "has shellArgs without shell")
        return self


class ExtraArgs(Model):
    extra_args: list[str]


class Step(Model):
    """A map with one key: a command of one's own, or a built-in step with arguments."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    run: NonEmpty | Run | None = None
    env: Variable | None = None
    multienv: NonEmpty | Multienv | None = None
    init: ExtraArgs | None = None
    plan: ExtraArgs | None = None
    show: ExtraArgs | None = None
    policy_check: ExtraArgs | None = None
    apply: ExtraArgs | None = None
    import_: ExtraArgs | None = Field(default=None, alias="import")
    state_rm: ExtraArgs | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise fault("E103", "should have exactly one key")
        return self


class Stage(Model):
    steps: list[Builtin | Step] | None = None


def _no_output_hidden(stage: Stage | None) -> Stage | None:
    """An apply that prints nothing is reported as `Found no template. This is a bug!`."""
    shown = [step for step in (stage.steps if stage else None) or () if not _hides(step)]
    if stage and stage.steps and not shown:
        raise fault("E103", "should print something: an apply without output is shown as a bug of Atlantis")
    return stage


def _hides(step: Builtin | Step) -> bool:
    if isinstance(step, str):
        return False
    return (
        step.env is not None or step.multienv is not None or (isinstance(step.run, Run) and step.run.output == "hide")
    )


class Workflow(Model):
    plan: Stage | None = None
    apply: Annotated[Stage | None, AfterValidator(_no_output_hidden)] = None
    policy_check: Stage | None = None
    import_: Stage | None = Field(default=None, alias="import")
    state_rm: Stage | None = None
