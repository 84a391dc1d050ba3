"""stdout is the result, stderr the talk: how commands print, also what went wrong."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure, Problem, UsageFailure
from tfwrap.cli.options import Options, current
from tfwrap.cli.signals import stopped
from tfwrap.report.line import Line, fits, send, write_lines
from tfwrap.report.problems import render_problems
from tfwrap.report.terminal import Terminal
from tfwrap.report.words import to_ascii

if TYPE_CHECKING:
    from tfwrap.run.record import RunRecord, UnitRecord


# What did not happen, where a command ends before it did.
_NOTHING = {
    "plan": "Nothing was planned.",
    "apply": "Nothing was applied.",
    "destroy": "Nothing was destroyed.",
    "validate": "",  # the count alone
}


def terminal(stream: TextIO, options: Options) -> Terminal:
    return Terminal.of(stream, os.environ, options.color)


def say(text: str) -> None:
    """A result for scripts and people."""
    text = text if text.endswith("\n") else f"{text}\n"
    send(text if fits(text, sys.stdout) else to_ascii(text), sys.stdout)


def say_json(document: Any) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=False)
    say(text if fits(text, sys.stdout) else json.dumps(document, indent=2))


def show_problems(problems: Iterable[Problem], options: Options, root: Path, closing: str | None = None) -> None:
    problems = tuple(problems)
    to = terminal(sys.stderr, options)
    lines = render_problems(problems, root=root, closing=closing, width=to.width if to.tty else None)
    write_lines(lines, sys.stderr, color=to.color, ascii=to.ascii)
    annotate(problems, options, root)


def annotate(problems: Iterable[Problem], options: Options, root: Path) -> None:
    """In GitHub Actions: beside the line that each problem is about. Elsewhere nothing."""
    to = terminal(sys.stderr, options)
    if to.github:
        from tfwrap.report.annotations import github_annotations

        lines = github_annotations(problems, Path(os.environ.get("GITHUB_WORKSPACE") or root))
        write_lines(map(Line, lines), sys.stderr, color=False, ascii=to.ascii)


def say_failure(failure: Failure, units: Iterable[UnitRecord] = ()) -> int:
    """Print every problem, with --json or --events the document as well, and return the exit status."""
    command, environment, options = current.get()
    root = _root(options)
    show_problems(failure.problems, options, root, _NOTHING.get(command))
    if options.json or options.events or options.report:
        from tfwrap.run.record import RunRecord

        problems = list(failure.problems)
        record = RunRecord(command, environment, root, list(units), problems=problems, exit_code=failure.exit)
        _write(record, options)
    return failure.exit


def say_stopped(interrupt: BaseException) -> int:
    """A signal before the first unit: said to whoever watches, and in the document and reports with the units' rows."""
    command, environment, options = current.get()
    end = stopped(interrupt)
    if isinstance(interrupt, click.Abort):  # at a question, whose line is still open
        click.echo(err=True)
    words = "Interrupted" if end.exit == Exit.INTERRUPTED else "Terminated"
    line = Line(f"{words}. {_NOTHING.get(command, '')}".rstrip(), "bold")
    write_lines([line], sys.stderr, color=terminal(sys.stderr, options).color, ascii=False)
    if options.json or options.events or options.report:
        from tfwrap.run.record import NOT_STARTED, RunRecord, UnitRecord

        units = [UnitRecord(name, "interrupted", reason=NOT_STARTED) for name in end.units]
        _write(RunRecord(command, environment, _root(options), units, exit_code=end.exit), options)
    return end.exit


def _write(record: RunRecord, options: Options) -> None:
    """The reports and the document of what ended before its time."""
    from tfwrap.report.document import document
    from tfwrap.report.files import write_report
    from tfwrap.run.disk import disk_problem

    for path in options.report:
        try:
            write_report(record, path)
        except UsageFailure:
            continue  # a name that says no format is what this failure is about
        except OSError as error:
            if (problem := disk_problem(error)) not in record.problems:
                show_problems([problem], options, record.root)
    if options.json:
        say_json(document(record))
    elif options.events:
        from tfwrap.report.events import Events

        Events(sys.stdout, record.root).run_finished(record)


def say_bug() -> int:
    """Something that tfwrap did not foresee: say that it is our fault, and give what is needed to mend it."""
    from tfwrap import __version__

    sys.stderr.write(traceback.format_exc())
    sys.stderr.write(
        f"\nThis is a bug in tfwrap {__version__}. Please report it with the lines above "
        f"(look them over for secrets first) and the command: {' '.join(['tfwrap', *sys.argv[1:]])}\n"
    )
    return Exit.FAILED


def _root(options: Options) -> Path:
    """What paths are shown relative to: the project if there is one."""
    from tfwrap.cli.load import find

    try:
        return find(options).root
    except Failure:
        return Path.cwd()
