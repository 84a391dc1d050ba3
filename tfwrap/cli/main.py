"""The entry point: finds the command, runs it, and is the only place that turns what went wrong into an exit status."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from tfwrap import __version__
from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure

# Grouped as `tfwrap --help` shows them. Each lives in a file of its group, imported when it is called.
COMMANDS: dict[str, dict[str, str]] = {
    "Everyday": {
        "plan": "tfwrap.cli.plan:plan",
        "show": "tfwrap.cli.plan:show",
        "apply": "tfwrap.cli.apply:apply",
        "destroy": "tfwrap.cli.apply:destroy",
        "drift": "tfwrap.cli.plan:drift",
    },
    "Settings and files": {
        "generate": "tfwrap.cli.generate:generate",
        "validate": "tfwrap.cli.generate:validate",
        "chart": "tfwrap.cli.chart:chart",
        "providers": "tfwrap.cli.providers:providers",
        "config": "tfwrap.cli.config:config",
    },
    "Look": {
        "list": "tfwrap.cli.look:list_",
        "graph": "tfwrap.cli.look:graph",
        "affected": "tfwrap.cli.look:affected",
        "output": "tfwrap.cli.state:output",
        "state": "tfwrap.cli.state:state",
        "logs": "tfwrap.cli.logs:logs",
        "exec": "tfwrap.cli.state:exec_",
        "unlock": "tfwrap.cli.state:unlock",
        "doctor": "tfwrap.cli.doctor:doctor",
        "verify": "tfwrap.cli.verify:verify",
        "preview": "tfwrap.cli.preview:preview",
    },
    "Pull requests": {"atlantis": "tfwrap.cli.atlantis:atlantis"},
    "Start": {
        "new": "tfwrap.cli.new:new",
        "import-terragrunt": "tfwrap.cli.import_terragrunt:import_terragrunt",
        "completion": "tfwrap.cli.completion:completion",
    },
    "Help": {
        "help": "tfwrap.cli.manual:help_",
        "explain": "tfwrap.cli.help:explain",
        "schema": "tfwrap.cli.help:schema",
    },
}
_REFUSALS = {
    getattr(errno, name)
    for name in (
        *("EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EFBIG", "EIO", "EMFILE", "ENFILE"),
        *("EEXIST", "EISDIR", "ENOTDIR", "ELOOP", "ENAMETOOLONG"),
    )
}
_WHERE = {name: place for group in COMMANDS.values() for name, place in group.items()}


class LazyGroup(click.Group):
    """Imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _WHERE:
            return None
        module, _, name = _WHERE[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        from tfwrap.cli.examples import EXAMPLES

        if cmd_name in EXAMPLES and "\b\n" not in (command.help or ""):
            command.help = "\n".join((cleandoc(command.help or ""), "", "\b", *EXAMPLES[cmd_name]))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                rows = [(name, self.get_command(ctx, name)) for name in commands]
                formatter.write_dl([(name, found.get_short_help_str(160)) for name, found in rows if found])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if ctx.resilient_parsing or not args or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        from tfwrap.cli.usage import no_command, refuse_single_dashes

        if args[0] not in _WHERE:
            raise no_command(args[0], _WHERE, ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if command:
            refuse_single_dashes(command, rest, ctx)
        return name, command, rest


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="tfwrap %(version)s")
@click.option(
    "--project", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Project root, for any command."
)
def cli(project: Path | None) -> None:
    """Typed environments for Terraform: small settings in, reviewable HCL and trustworthy plans out.

    \b
    tfwrap plan dev                       what would change, saved for review
    tfwrap apply dev --plan .tfwrap/plans/dev
    tfwrap generate dev --diff            what the generated files would become
    tfwrap new project                    start in an empty folder
    """  # noqa: D301


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its status (contract §5)."""
    sys.exit(int(_run(arguments)))


def _run(arguments: list[str] | None) -> int:
    try:
        outcome: Any = cli.main(arguments, prog_name="tfwrap", standalone_mode=False)
    except click.ClickException as error:
        return _say_usage(error)
    except (click.Abort, KeyboardInterrupt) as interrupt:
        from tfwrap.cli.output import say_stopped

        return say_stopped(interrupt)
    except Failure as failure:
        from tfwrap.cli.output import say_failure

        return say_failure(failure)
    except OSError as error:
        return _say_refusal(error)
    except Exception:  # noqa: BLE001 (a bug: the one place that may say so)
        from tfwrap.cli.output import say_bug

        return say_bug()
    return outcome if isinstance(outcome, int) else Exit.OK


def _say_refusal(error: OSError) -> int:
    """What the machine refuses is told in one line; any other such error is a bug like the rest."""
    from tfwrap.cli.output import say_bug, say_failure
    from tfwrap.run.disk import disk_problem

    if isinstance(error, BrokenPipeError):  # click's help, read by `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    if error.errno in _REFUSALS:
        return say_failure(Failure(disk_problem(error)))
    return say_bug()


def _say_usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return Exit.OK
    from tfwrap.cli.usage import explained

    click.echo(f"error: {explained(error)}", err=True)
    context = error.ctx if isinstance(error, click.UsageError) else None
    click.echo(f"Try: {context.command_path if context else 'tfwrap'} --help", err=True)
    return Exit.USAGE
