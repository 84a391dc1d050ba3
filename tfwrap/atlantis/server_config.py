"""The server's `repos.yaml`: a strict model of it, and the one that tfwrap recommends. Prints text, starts nothing.

The workflow is defined here and nowhere else: a pull request can choose it, and cannot say what it runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from tfwrap.atlantis.fields import Regexp, check_regexp
from tfwrap.atlantis.repo_config import Autodiscover, RepoLocks, Requirement
from tfwrap.atlantis.workflows import Run, Stage, Step, Workflow
from tfwrap.atlantis.yaml_text import to_yaml
from tfwrap.settings.fields import NonEmpty, fault
from tfwrap.settings.model import Model

WORKFLOW = "tfwrap"
_HEADER = """\
# The Atlantis server's side of tfwrap (atlantis server --repo-config=repos.yaml), for Atlantis 0.47.1 or newer.
# Start the server with --fail-on-pre-workflow-hook-error --hide-prev-plan-comments --enable-regexp-cmd
# --use-tf-plugin-cache=false, a webhook secret and an exact --repo-allowlist.
# One table for all units of a pull request: tfwrap atlantis server-config --templates DIR writes the files for
# --markdown-template-overrides-dir=DIR.
"""

Override = Literal[
    "plan_requirements", "apply_requirements", "import_requirements", "workflow", "delete_source_branch_on_merge",
    "repo_locking", "repo_locks", "policy_check", "custom_policy_check", "silence_pr_comments",
]  # fmt: skip


def _repository(text: str) -> str:
    if text.startswith("/"):
        return check_regexp(text)
    host, *rest = text.split("/")
    if len(rest) < 2 or not all(rest) or ":" in host or not host:  # noqa: PLR2004 - owner and name
        raise fault("E703", f'should be HOST/OWNER/NAME (without a port) or /REGEXP/, not "{text}"')
    return text


class Hook(Model):
    run: NonEmpty
    description: NonEmpty | None = None
    commands: NonEmpty | None = None
    shell: NonEmpty | None = None
    shell_args: str | None = Field(default=None, alias="shellArgs")


class ServerRepo(Model):
    id: Annotated[str, AfterValidator(_repository)]
    branch: Regexp | None = None
    repo_config_file: NonEmpty | None = None
    workflow: str | None = None
    allowed_overrides: list[Override] | None = None
    allowed_workflows: list[str] | None = None
    allow_custom_workflows: bool | None = None
    plan_requirements: list[Requirement] | None = None
    apply_requirements: list[Requirement] | None = None
    import_requirements: list[Requirement] | None = None
    pre_workflow_hooks: list[Hook] | None = None
    post_workflow_hooks: list[Hook] | None = None
    autodiscover: Autodiscover | None = None
    delete_source_branch_on_merge: bool | None = None
    repo_locking: bool | None = None
    repo_locks: RepoLocks | None = None
    policy_check: bool | None = None
    custom_policy_check: bool | None = None
    silence_pr_comments: list[Literal["plan", "apply"]] | None = None


class ServerConfig(Model):
    repos: list[ServerRepo] = Field(default=[])
    workflows: Mapping[str, Workflow] = {}
    policies: Mapping[str, Any] | None = None
    metrics: Mapping[str, Any] | None = None
    team_authz: Mapping[str, Any] | None = None
    external_stores: Mapping[str, Any] | None = None


def recommended(repository: str, requirements: Sequence[Requirement]) -> ServerConfig:
    """What the server should say of `repository`, whose projects may ask for `requirements` of their own."""
    overrides: list[Override] = ["workflow"]
    if requirements:
        overrides.append("apply_requirements")
    return ServerConfig(
        repos=[
            ServerRepo(
                id=repository,
                allowed_overrides=overrides,
                allowed_workflows=[WORKFLOW],
                allow_custom_workflows=False,
                apply_requirements=["approved", "mergeable", "undiverged"],
                autodiscover=Autodiscover(mode="disabled"),
                pre_workflow_hooks=[
                    Hook(run="tfwrap atlantis check", description="tfwrap files up to date", commands="plan")
                ],
            )
        ],
        workflows={
            WORKFLOW: Workflow(
                plan=_stage(Run(command="tfwrap atlantis plan", output="hide"), "tfwrap atlantis comment"),
                apply=_stage("tfwrap atlantis apply"),
                import_=_stage("tfwrap atlantis import"),
                state_rm=_stage("tfwrap atlantis state-rm"),
            )
        },
    )


def server_yaml(config: ServerConfig) -> str:
    return _HEADER + to_yaml(config.model_dump(mode="json", by_alias=True, exclude_unset=True))


def _stage(*commands: str | Run) -> Stage:
    return Stage(steps=[Step(run=command) for command in commands])
