"""What `tfwrap help TOPIC` says and the reference pages repeat: exit statuses, selectors, settings, variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tfwrap.base.exits import Exit


@dataclass(frozen=True)
class Topic:
    title: str
    about: str
    rows: tuple[tuple[str, str], ...]
    examples: tuple[str, ...] = ()


_MEANINGS = {
    Exit.OK: "done; also a plan with changes, without --detailed-exitcode",
    Exit.FAILED: "something failed (also a timeout, a lock not had in time, a protected unit); wrong settings",
    Exit.CHANGES: "with --detailed-exitcode: there are changes and nothing failed; drift: reality moved",
    Exit.NO_UNITS: "the selection matches no unit",
    Exit.OUT_OF_DATE: "generated files are out of date, were edited by hand, or are not ours",
    Exit.NEEDS_PLAN: "a new plan is needed, and nothing wrong was applied: what was planned is not what is there now",
    Exit.NOT_APPROVED: "not approved: answered no, or no terminal and no --yes",
    Exit.USAGE: "usage: an unknown command, option or code",
    Exit.INTERRUPTED: "interrupted by SIGINT (Ctrl-C)",
    Exit.TERMINATED: "interrupted by SIGTERM",
}


def _exit_codes() -> Topic:
    return Topic(
        "Exit status",
        "Of every command. A hook, a provider or a child killed by a signal never turns into 0 or 2.",
        tuple((str(int(code)), meaning) for code, meaning in _MEANINGS.items()),
        ("tfwrap plan dev --detailed-exitcode", "tfwrap generate dev --check"),
    )


def _selectors() -> Topic:
    return Topic(
        "Selectors",
        "After -u or --unit, which may stand several times: what any of them names, less what any `!` takes away.",
        (
            ("app", "the unit of that name; also a glob such as 'app-*'"),
            ("tag:core", "units with that tag"),
            ("+app", "with everything it depends on"),
            ("app+", "with everything that depends on it"),
            ("changed:main", "units that differ from a git revision, uncommitted files too"),
            ("changed:main+", "those and their dependents"),
            ("!app", "without it; alone: everything but it"),
        ),
        ("tfwrap plan dev -u +app", "tfwrap plan dev -u changed:main+ -u '!dns'"),
    )


def _plan_classes() -> Topic:
    return Topic(
        "Plan classes",
        "How certain the plan of a unit is. Only exact and chained plans can be applied as they are.",
        (
            ("exact", "every input was read from the state of applied units"),
            ("chained", "some inputs come from plans of units that this bundle applies first, all of them known"),
            ("preview", "some inputs are unknown until others are applied: a sketch, planned again before an apply"),
            ("deferred", "not planned: an input is needed where Terraform cannot do without a value"),
        ),
        ("tfwrap apply dev",),
    )


def _settings() -> Topic:
    from tfwrap.settings.project_settings import ProjectSettings

    return Topic(
        "Project settings",
        "Keys of tfwrap.toml, or of [tool.tfwrap] in pyproject.toml; those of an env.yaml: tfwrap schema STACK.",
        tuple((name, field.description or "") for name, field in ProjectSettings.model_fields.items()),
    )


def _variables() -> Topic:
    return Topic(
        "Environment variables",
        "What tfwrap itself reads. TF_* variables are kept from Terraform, unless the project's pass_env names them.",
        (
            ("TFWRAP_PROJECT", "the project's root, as --project"),
            ("TFWRAP_ENGINE", "auto, embedded, terraform, tofu or a path; over the project's engine"),
            ("TFWRAP_CACHE", "folder for providers and the like; default: the user's cache folder"),
            ("TF_CLI_CONFIG_FILE", "used as it is, if the file exists"),
            ("NO_COLOR, FORCE_COLOR", "no colours at all; colours also in a pipe"),
            ("CI, GITHUB_ACTIONS", "plain lines instead of a board; foldable groups, annotations"),
        ),
    )


TOPICS: dict[str, Callable[[], Topic]] = {
    "exit-codes": _exit_codes,
    "selectors": _selectors,
    "plan-classes": _plan_classes,
    "settings": _settings,
    "variables": _variables,
}
