"""The flags that commands share (contract §4), as one value; declared once, used by decorators."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from tfwrap.base.problems import Problem, UsageFailure
from tfwrap.cli.complete import complete_environment, complete_selector

Command = Callable[..., Any]


@dataclass(frozen=True)
class Options:
    """What the command line said. None: not said, the project decides."""

    project: Path | None = None
    color: Literal["auto", "always", "never"] = "auto"
    progress: Literal["auto", "tty", "plain", "quiet"] = "auto"
    json: bool = False
    events: bool = False
    units: tuple[str, ...] = ()
    parallelism: int | None = None
    on_error: Literal["block", "stop"] = "block"
    detailed_exitcode: bool = False
    report: tuple[Path, ...] = ()
    out: Path | None = None
    yes: bool = False
    no_refresh: bool = False
    cold: bool = False


# What the running command was told, for whoever reports its failure after it has ended.
current: ContextVar[tuple[str, str, Options]] = ContextVar("current", default=("", "", Options()))

_COMMON = (
    click.option("--project", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Project root."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours."),
    click.option("--json", is_flag=True, help="One JSON document on stdout."),
)
_RUN = (
    click.option(
        "-u",
        "--unit",
        "units",
        multiple=True,
        metavar="SELECTOR",
        shell_complete=complete_selector,
        help="Only these units (repeatable).",
    ),
    click.option("-j", "--parallelism", type=click.IntRange(1), metavar="N", help="Units at work at the same time."),
    click.option(
        "--on-error",
        type=click.Choice(["block", "stop"]),
        default="block",
        help="After a failure: block what needs the unit, or stop altogether.",
    ),
    click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are changes."),
    click.option("--events", is_flag=True, help="JSON lines on stdout while it runs."),
    click.option(
        "--report",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="FILE",
        help="Also write FILE (.json .xml .md .html).",
    ),
    click.option("--no-refresh", is_flag=True, help="Trust the state; do not ask the providers."),
    click.option("--cold", is_flag=True, help="Start Terraform and its providers anew for every command."),
    click.option(
        "--progress", type=click.Choice(["auto", "tty", "plain", "quiet"]), default="auto", help="How to show progress."
    ),
)
_OUT = (click.option("-o", "--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder for the result."),)
_YES = (click.option("--yes", is_flag=True, help="Do not ask."),)


def common(command: Command) -> Command:
    return _declare(command, _COMMON)


def run_flags(command: Command) -> Command:
    """The flags of everything that plans or applies."""
    return _declare(command, (*_COMMON, *_RUN, *_OUT, *_YES))


def _declare(command: Command, flags: tuple[Callable[[Command], Command], ...]) -> Command:
    @functools.wraps(command)
    def declared(**values: Any) -> Any:
        from tfwrap.cli.signals import listen

        listen()
        known = {name: values.pop(name) for name in list(values) if name in Options.__dataclass_fields__}
        context = click.get_current_context()
        known["project"] = known["project"] or context.find_root().params.get("project")
        options = Options(**known)
        name = context.info_name or ""
        current.set((name, str(values.get("environment", "")), options))
        if options.events and options.json:
            raise UsageFailure(Problem("E601", "--events and --json both write to stdout: choose one"))
        return command(options, **values)

    call: Command = declared
    for flag in reversed(flags):
        call = flag(call)
    return call


class Duration(click.ParamType[float]):
    """`90s`, `10m`, `1h30m` as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from tfwrap.settings.duration import parse_duration

        try:
            return parse_duration(str(value))
        except ValueError:
            self.fail(f"{value} is not a duration such as 90s, 10m or 1h30m", param, ctx)


environment_argument = click.argument("environment", metavar="ENV", shell_complete=complete_environment)
