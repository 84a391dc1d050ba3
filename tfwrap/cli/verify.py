"""`verify`: after an apply, whether the cluster has it all and clients get it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, Problem, UsageFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.cli.load import find, load
from tfwrap.cli.options import Options, common, environment_argument
from tfwrap.cli.output import say, say_json

if TYPE_CHECKING:
    from tfwrap.cluster.check import Check
    from tfwrap.cluster.probe import Override
    from tfwrap.stacks.emissary.checks.view import InstallView, View
    from tfwrap.stacks.model import Stack

_PLACE = re.compile(
    r"""(?P<host>[^:\[\]]*) : (?P<port>\d*) :
        (?P<address>\[[^\]]+\]|[^:\[\]]*) : (?P<to_port>\d*)""",
    re.VERBOSE,
)


class _ConnectTo(click.ParamType["Override"]):
    """`HOST:PORT:ADDRESS:PORT`, as curl has it: an empty part is any, or the same."""

    name = "host:port:address:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Override:
        from tfwrap.cluster.probe import Override

        match = _PLACE.fullmatch(str(value))
        if match is None:
            self.fail(f"{value} is not HOST:PORT:ADDRESS:PORT, such as dev.example.com:443:127.0.0.1:8443", param, ctx)
        address = match["address"].strip("[]")
        return Override(match["host"], int(match["port"] or 0), address, int(match["to_port"] or 0))


@click.command()
@environment_argument
@click.option("--install", "name", metavar="NAME", help="Only this install.")
@click.option(
    "--connect-to",
    type=_ConnectTo(),
    multiple=True,
    metavar="HOST:PORT:ADDR:PORT",
    help="Send requests for HOST:PORT to ADDR:PORT, as curl does (repeatable).",
)
@click.option("--expect", metavar="TEXT", help="A text that the answer of every Mapping must have.")
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), multiple=True, help="Also write FILE as JUnit (.xml)."
)
@common
def verify(
    options: Options, environment: str, name: str | None, connect_to: tuple[Override, ...], expect: str | None
) -> int:
    """Look whether what was applied works: releases, resources, then requests to every Host and Mapping of ENV."""
    from tfwrap.cluster.check import junit, lines
    from tfwrap.stacks.emissary.checks.view import build_view
    from tfwrap.stacks.emissary.settings import EmissarySettings
    from tfwrap.stacks.registry import load_environment

    wrong = [path for path in options.report if path.suffix != ".xml"]
    if wrong:
        raise UsageFailure(Problem("E649", f"--report {wrong[0]}: verify writes JUnit (.xml) only"))
    project = find(options)
    stack = load(project, environment)
    found = load_environment(project, environment)[1]
    if not isinstance(found.settings, EmissarySettings):
        raise Failure(Problem("E644", f"{environment} is a stack {stack.kind}: there is no Emissary to verify"))
    view = build_view(found.settings, found.document, datetime.now(UTC))
    checks: list[Check] = []
    for check in _checks(view, _choose(view, name), stack, connect_to, expect):
        checks.append(check)
        if not options.json:
            for line in lines((check,)):
                say(line)
    if options.json:
        say_json([asdict(check) for check in checks])
    for path in options.report:
        from tfwrap.base.files import write_atomic

        write_atomic(path, junit("verify", environment, checks))
    return Exit.OK if all(check.ok for check in checks) else Exit.FAILED


def _choose(view: View, name: str | None) -> tuple[InstallView, ...]:
    installs = {install.name: install for install in view.installs}
    if name is None:
        return view.installs
    if name not in installs:
        hint = did_you_mean(name, installs) or f"known: {', '.join(installs)}"
        raise Failure(Problem("E648", f"there is no install {name}", hint=hint))
    return (installs[name],)


def _checks(
    view: View, installs: tuple[InstallView, ...], stack: Stack, connect_to: tuple[Override, ...], expect: str | None
) -> Iterator[Check]:
    from tfwrap.cluster.check import failed
    from tfwrap.cluster.doctor import connect
    from tfwrap.cluster.installed import check_installed
    from tfwrap.cluster.probe import Prober
    from tfwrap.cluster.verify import check_requests
    from tfwrap.engine.environment import lay_over

    try:
        client = connect(view.settings, lay_over(os.environ, stack.units[0].environment))
        yield from check_installed(view, installs, stack, client)
    except Failure as failure:
        yield failed("cluster", failure)
    prober = Prober(connect_to)
    for install in installs:
        yield from check_requests(install, prober, expect)
