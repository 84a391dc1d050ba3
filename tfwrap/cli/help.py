"""`explain` and `schema`: what a code means, what a file may hold."""

from __future__ import annotations

import click

from tfwrap.base.bundled import bundled
from tfwrap.base.problems import Problem, UsageFailure
from tfwrap.base.suggest import did_you_mean
from tfwrap.cli.complete import complete_code
from tfwrap.cli.load import find
from tfwrap.cli.options import Options, common
from tfwrap.cli.output import say, say_json


@click.command()
@click.argument("code", shell_complete=complete_code)
@common
def explain(options: Options, code: str) -> None:
    """What an error or rule such as E102 or R10 means, and how to mend it."""
    pages = {page.stem: page for page in bundled("docs/codes").glob("*.md")}
    page = pages.get(code.upper())
    if page is None:
        hint = did_you_mean(code.upper(), pages)
        raise UsageFailure(Problem("E602", f"there is no code {code}", hint=hint))
    text = page.read_text(encoding="utf-8")
    if options.json:
        say_json({"version": 1, "code": page.stem, "text": text})
    else:
        say(text)


@click.command()
@click.argument("stack", metavar="STACK|report")
@common
def schema(options: Options, stack: str) -> None:
    """JSON Schema of an env.yaml of STACK (units, emissary, …), or of the `--json` report."""
    if stack == "report":
        from tfwrap.report.document import schema as report_schema

        say_json(report_schema())
        return
    from tfwrap.stacks.registry import kinds, settings_schema

    known = kinds(find(options))
    if stack not in known:
        hint = did_you_mean(stack, [*known, "report"]) or f"known: {', '.join([*known, 'report'])}"
        raise UsageFailure(Problem("E603", f"there is no stack {stack}", hint=hint))
    say_json(settings_schema(known[stack]))
