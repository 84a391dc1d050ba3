"""`providers`: fetch or build what environments need into the user's mirror, and write lock files."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Problem, UsageFailure
from tfwrap.cli.load import find
from tfwrap.cli.options import Options, common
from tfwrap.cli.output import say, say_json

_ACTIONS = ("lock", "mirror")


@click.command()
@click.argument("arguments", nargs=-1, metavar="[lock|mirror] [ENV]")
@common
def providers(options: Options, arguments: tuple[str, ...]) -> int:
    """Make the providers of all environments (or ENV) available: found, fetched or built, once per machine.

    `lock` also writes .terraform.lock.hcl for every unit; commit those files. `plan` does what is missing by itself.
    """
    from tfwrap.cli.generating import write_files
    from tfwrap.cli.running import make_session, progress
    from tfwrap.run.lock_files import mirror_providers, write_locks

    action, environments = _understand(arguments)
    rows = []
    for name in environments or tuple(find(options).environments()):
        session = replace(make_session(options, name, "providers"), listener=progress(options))
        write_files(session)
        provided = asyncio.run(write_locks(session) if action == "lock" else mirror_providers(session))
        rows += [{"env": name, "unit": p.unit, "source": p.source, "version": p.version} for p in provided]
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
