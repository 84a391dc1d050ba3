"""`providers`: fetch or build what environments need into the user's mirror, and write lock files."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, Problem, UsageFailure
from tfwrap.cli.load import find
from tfwrap.cli.options import Options, common
from tfwrap.cli.output import say, say_json

_ACTIONS = ("lock", "mirror")


class Platform(click.ParamType[str]):
    """`darwin_arm64`: as Terraform names platforms."""

    name = "OS_ARCH"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"[a-z0-9]+_[a-z0-9]+", value):
            self.fail(f"{value} is not a platform such as linux_amd64 or darwin_arm64", param, ctx)
        return value


@click.command()
@click.argument("arguments", nargs=-1, metavar="[lock|mirror] [ENV]")
@click.option(
    "--platform", "platforms", multiple=True, type=Platform(), help="With lock: also its hashes, as darwin_arm64."
)
@common
def providers(options: Options, arguments: tuple[str, ...], platforms: tuple[str, ...]) -> int:
    """Make the providers of all environments (or ENV) available: found, fetched or built, once per machine.

    `lock` also writes .terraform.lock.hcl for every unit; commit those files. `plan` does what is missing by itself.
    """
    from tfwrap.cli.generating import write_files
    from tfwrap.cli.running import progress
    from tfwrap.cli.session import make_session
    from tfwrap.run.lock_files import mirror_providers, write_locks

    action, environments = _understand(arguments)
    if platforms and action != "lock":
        hint = "tfwrap providers lock ENV --platform darwin_arm64"
        raise UsageFailure(
            Problem("E605", "--platform is for lock files: nothing of another platform runs here", hint=hint)
        )
    rows = []
    failures: list[Failure] = []
    for name in environments or tuple(find(options).environments()):
        try:
            session = replace(make_session(options, name, "providers"), listener=progress(options))
            write_files(session)
            provided = asyncio.run(write_locks(session, platforms) if action == "lock" else mirror_providers(session))
        except Failure as failure:  # the others are served all the same
            failures.append(failure)
        else:
            rows += [{"env": name, "unit": p.unit, "source": p.source, "version": p.version} for p in provided]
    if failures:
        raise failures[0] if len(failures) == 1 else Failure(dict.fromkeys(p for f in failures for p in f.problems))
    if options.json:
        say_json({"version": 1, "providers": rows})
        return Exit.OK
    for row in rows:
        say(f"{row['env']}{'/' if row['unit'] else ''}{row['unit']}  {row['source']} {row['version']}")
    if not rows:
        say("No provider is needed.")
    return Exit.OK


def _understand(arguments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    action, rest = (arguments[0], arguments[1:]) if arguments and arguments[0] in _ACTIONS else ("mirror", arguments)
    if len(rest) > 1:
        raise UsageFailure(Problem("E605", f"one environment at most, not {', '.join(rest)}"))
    return action, rest
