"""What every command that runs units does with a session: prepare, run, report. Step by step."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from tfwrap.cli.options import Options
from tfwrap.cli.output import annotate, say_json, show_problems, terminal
from tfwrap.cli.signals import stopped
from tfwrap.run.record import NOT_STARTED, Listener, Phase, RunRecord, UnitRecord
from tfwrap.run.session import Session


def run(session: Session, options: Options, work: Callable[[Session], Awaitable[RunRecord]]) -> RunRecord:
    """Run with a listener that suits the output; reports are written as the run goes."""
    from tfwrap.cli.review import fill, wants_page
    from tfwrap.run.prepare import prepare

    with ExitStack() as stack:
        watching = replace(session)  # with a record of its own, which the listener reports
        watching.listener = _listener(watching, options, stack)
        if options.report:
            graph = {unit.name: unit.dependencies for unit in session.stack.units}
            fill(watching.record, session.project, graph, files=wants_page(options.report))

        async def everything() -> RunRecord:
            await prepare(watching)
            return await work(watching)

        try:
            return asyncio.run(everything())
        except KeyboardInterrupt as interrupt:  # before the first unit: from then on a run hears of signals itself
            for unit in watching.record.units:
                if unit.result is None:
                    unit.result, unit.reason = "interrupted", NOT_STARTED
                    watching.listener.finished(unit)
            watching.record.exit_code = stopped(interrupt).exit
            return watching.record
        finally:
            _remember(watching)


def _remember(session: Session) -> None:
    """So that the next run of this environment can start its workers while it still reads settings."""
    from tfwrap.engine import ahead

    pool = getattr(session.engine, "pool", None)
    if pool is not None:
        folder = session.folder("")
        lanes = pool.lanes if session.warm else ()  # a cold run wants none next time, either
        ahead.remember(session.project.root, session.environment, session.environ, lanes, folder)


def finish(record: RunRecord, options: Options) -> int:
    """Write the result where it was asked for; the exit status of the command."""
    from tfwrap.report.files import write_report

    record.next_command = record.next_command or _look_into(record)
    for path in options.report:
        write_report(record, path)
    if options.json:
        from tfwrap.report.document import document

        say_json(document(record))
    elif options.events:
        from tfwrap.report.events import Events

        Events(sys.stdout, record.root).run_finished(record)
    else:
        show_result(record, options)
    show_problems(record.problems, options, record.root)
    annotate((problem for unit in record.units for problem in unit.problems), options, record.root)
    return int(record.exit_code)


def _look_into(record: RunRecord) -> str | None:
    """After a failure: what Terraform said, whole. `logs` knows the last run, which this one is."""
    failed = next((unit.name for unit in record.units if unit.result == "failed" and unit.log), None)
    return failed and shlex.join(["tfwrap", "logs", record.environment, failed])


def show_result(record: RunRecord, options: Options, stream: TextIO | None = None) -> None:
    from tfwrap.report.text import write_result

    stream = stream or sys.stdout
    to = terminal(stream, options)
    write_result(record, stream, color=to.color, width=to.width, ascii=to.ascii, groups=to.github, wrap=to.tty)


def next_command(record: RunRecord, command: str, selectors: tuple[str, ...]) -> str | None:
    """What to type next: apply what was planned; where units wait for others, apply layer by layer."""
    if record.bundle is None or not any(unit.result in ("changed", "deferred") for unit in record.units):
        return None
    if any(unit.result in ("failed", "blocked", "interrupted") for unit in record.units):
        return None
    if any(unit.plan_class in ("preview", "deferred") for unit in record.units):
        return shlex.join(["tfwrap", command, record.environment, *(f"-u{one}" for one in selectors)])
    return f"tfwrap {command} {record.environment} --plan {os.path.relpath(record.bundle)}"


def progress(options: Options) -> Listener:
    """Plain lines on stderr, for what takes a while without being a run of units."""
    from tfwrap.report.lines import Lines

    to = terminal(sys.stderr, options)
    return _quiet() if options.progress == "quiet" else Lines(sys.stderr, color=to.color, ascii=to.ascii)


def _quiet() -> Listener:
    from tfwrap.report.lines import Quiet

    return Quiet()


def _listener(session: Session, options: Options, stack: ExitStack) -> Listener:
    listener = _progress(session, options, stack)
    return _Reporting(listener, session, options.report) if options.report else listener


def _progress(session: Session, options: Options, stack: ExitStack) -> Listener:
    if options.events:
        from tfwrap.report.events import Events

        return Events(sys.stdout, session.project.root)
    to = terminal(sys.stderr, options)
    mode = to.progress(options.progress)
    if mode == "quiet":
        return _quiet()
    if mode == "plain":
        from tfwrap.report.lines import Lines

        return Lines(sys.stderr, command=session.command, color=to.color, ascii=to.ascii)
    from tfwrap.report.board import Board

    chosen = session.dag.subset(session.selected)
    waits = {name: chosen.direct(name) for name in session.selected}
    return stack.enter_context(Board(waits, command=session.command, color=to.color, ascii=to.ascii))


class _Reporting:
    """Passes everything on, and writes the reports anew as units are done: a crash leaves valid ones.

    After every unit of up to 39; of more units some twenty times in all, since a report grows with them.
    """

    _TIMES = 20

    def __init__(self, inner: Listener, session: Session, paths: tuple[Path, ...]) -> None:
        self._inner = inner
        self._record = session.record
        self._paths = paths
        self._waiting = 0  # units that are done and not in the reports yet
        self._write()

    def started(self, unit: UnitRecord, phase: Phase) -> None:
        self._inner.started(unit, phase)

    def progress(self, unit: UnitRecord, phase: Phase, message: str) -> None:
        self._inner.progress(unit, phase, message)

    def note(self, message: str) -> None:
        self._inner.note(message)

    def held(self) -> AbstractContextManager[None]:
        return self._inner.held()

    def finished(self, unit: UnitRecord) -> None:
        self._inner.finished(unit)
        self._waiting += 1
        if self._waiting >= len(self._record.units) // self._TIMES:
            self._write()

    def _write(self) -> None:
        from tfwrap.report.files import write_report

        self._waiting = 0
        for path in self._paths:
            write_report(self._record, path)
