"""The result of a run for people: what is lost, every unit in one block, failures last and whole, the totals.

Everything about the units; the run's own problems (`record.problems`) are rendered by `problems`, on stderr.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TextIO

from tfwrap.report.changes import drift_lines, plan_lines
from tfwrap.report.line import Line, write_lines
from tfwrap.report.outcome import outcome_style, result_in_words, said, why
from tfwrap.report.problems import render_problems
from tfwrap.report.table import table_lines, totals, unit_counts
from tfwrap.report.words import amount, cells, printable, relative
from tfwrap.run.record import RunRecord, UnitRecord

MAX_WIDTH = 80  # where the class of a unit stands; wider is hard to read across
MESSAGE_LINES = 8


@dataclass(frozen=True)
class Block:
    """A unit's part of the result."""

    headline: Line
    details: tuple[Line, ...] = ()


def write_result(
    record: RunRecord,
    stream: TextIO,
    *,
    color: bool,
    width: int,
    ascii: bool,  # noqa: A002
    groups: bool = False,
    wrap: bool = False,
) -> None:
    """Write the whole result; `groups` folds each unit's block in a GitHub Actions log.

    `wrap` is for a terminal: messages are broken between words, the table has no more columns than there is room for.
    """
    write_lines(result_lines(record, width=width, groups=groups, wrap=wrap), stream, color=color, ascii=ascii)


def result_lines(record: RunRecord, *, width: int, groups: bool = False, wrap: bool = False) -> list[Line]:
    room = width if wrap else None
    lines = loss_lines(record)
    for block in blocks(record, width=min(width, MAX_WIDTH), room=room):
        lines += _grouped(block) if groups else [block.headline, *block.details, Line()]
    if record.units:
        lines += [*table_lines(record, room), Line(totals(record), "bold")]
    if record.next_command:
        lines.append(Line(f"Next: {record.next_command}"))
    return lines


def blocks(record: RunRecord, *, width: int = MAX_WIDTH, room: int | None = None) -> list[Block]:
    """One per unit, in the record's order; those that failed last. Messages are broken to fit into `room`."""
    ordered = sorted(record.units, key=lambda unit: unit.result == "failed")
    return [_block(unit, record, width, room) for unit in ordered]


def loss_lines(record: RunRecord) -> list[Line]:
    """One line that says what is destroyed or replaced, before anything else."""
    done = record.command in ("apply", "destroy")
    gone, less = [], []
    for unit in record.units:
        counts = unit_counts(unit, record.command)
        if not counts.destroy:
            continue
        if _loses_all(unit) and record.command != "drift":
            gone.append(unit.name)
        else:
            words = [(counts.destroy - counts.replace, "destroyed"), (counts.replace, "replaced")]
            less.append(f"{unit.name} ({', '.join(f'{number} {word}' for number, word in words if number)})")
    lines = []
    if gone:
        be = ("was" if len(gone) == 1 else "were") if done else "would be"
        lines.append(f"! {amount(len(gone), 'unit')} {be} destroyed: {', '.join(gone)}")
    if less:
        verb = "lost" if done or record.command == "drift" else "would lose"
        lines.append(f"! {amount(len(less), 'unit')} {verb} resources: {', '.join(less)}")
    return [*(Line(line, "alarm") for line in lines), Line()] if lines else []


def _loses_all(unit: UnitRecord) -> bool:
    managed = [change for change in unit.plan.changes if change.mode == "managed"] if unit.plan else []
    return all(change.action == "delete" for change in managed)


def _block(unit: UnitRecord, record: RunRecord, width: int, room: int | None) -> Block:
    words = said(unit, record.command)
    style = outcome_style(unit, record.command)
    if unit.result not in ("changed", "unchanged", "applied", "destroyed"):
        reason = why(unit) if unit.result != "failed" else None
        words = f"{result_in_words(unit)}: {reason}" if reason else result_in_words(unit)
    headline = printable(f"{unit.name}   {words}" if words else unit.name)
    if unit.plan_class and record.command == "plan" and unit.result in ("changed", "unchanged"):
        headline += " " * max(width - cells(headline) - len(unit.plan_class), 3) + unit.plan_class
    return Block(Line(headline, "bold" if style in ("good", "changed") else style), _details(unit, record, room))


def _details(unit: UnitRecord, record: RunRecord, room: int | None) -> tuple[Line, ...]:
    if unit.result == "failed":
        return tuple(failure_lines(unit, record, room))
    lines = []
    if unit.plan and unit.result in ("changed", "applied", "destroyed", "unchanged"):
        lines = drift_lines(unit.plan) if record.command == "drift" else plan_lines(unit.plan)
    return (*lines, *render_problems(unit.problems, root=record.root, width=room))


def failure_lines(unit: UnitRecord, record: RunRecord, room: int | None = None) -> list[Line]:
    """What went wrong, where it comes from, where to read on."""
    lines = _problems(unit, record, room)
    if not unit.problems and unit.reason:
        lines.append(Line(printable(unit.reason), "bad"))
    if unit.log:
        lines.append(Line(f"log: {relative(unit.log, record.root)}"))
    return lines


def _problems(unit: UnitRecord, record: RunRecord, room: int | None) -> list[Line]:
    short = []
    for problem in unit.problems:
        told = [line for line in problem.message.splitlines() if line.strip()]
        rest = len(told) - MESSAGE_LINES
        told = [*told[:MESSAGE_LINES], f"… {amount(rest, 'more line')}"] if rest > 1 else told
        short.append(replace(problem, message="\n".join(told)))
    return render_problems(short, root=record.root, width=room)


def _grouped(block: Block) -> list[Line]:
    """Text that looks like a command to GitHub's runner is made harmless; the commands are ours."""
    harmless = [_harmless(line) for line in (block.headline, *block.details)]
    if not block.details:
        return harmless
    return [Line(f"::group::{harmless[0].text}"), *harmless[1:], Line("::endgroup::")]


def _harmless(line: Line) -> Line:
    text = line.text
    commands = text.lstrip().startswith("::") or "##[" in text
    return Line(text.replace("::", ": :").replace("##[", "# #["), line.style) if commands else line
