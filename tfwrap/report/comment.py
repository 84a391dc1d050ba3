"""A run as the text that a bot puts into a diff fence of a pull request: the terminal's words, colours by column 0.

What a plan says stays text there: it cannot close the fence, call people, be HTML, or pass for a summary line.
Too long for the host: every resource keeps its headline, the longest ones lose lines, and what was cut is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import TextIOBase
from typing import TextIO

from tfwrap.plan.model import Action, Counts, Plan
from tfwrap.plan.summary import drift_counts, losses_first
from tfwrap.report.changes import ChangeBlock, change_block, output_lines
from tfwrap.report.line import Line
from tfwrap.report.outcome import counts_of, result_in_words, said, why
from tfwrap.report.problems import render_problems
from tfwrap.report.table import totals
from tfwrap.report.text import blocks, failure_lines, loss_lines
from tfwrap.report.words import amount, printable
from tfwrap.run.record import RunRecord, UnitRecord

NO_CHANGES = "No changes. Your infrastructure matches the configuration."
_UNSEEN = "\u200b"  # zero width space
_FENCE = re.compile(r"(``|~~)(?=[`~])")
_MENTION = re.compile(r"@(?=[\w-])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_SUMMARY = re.compile(r"(Plan:|No changes\.|Changes to Outputs:|Objects have)(?= )")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_WORDS: dict[Action, str] = {
    "create": "create", "update": "update in place", "replace": "replace", "delete": "destroy", "forget": "forget",
    "no-op": "state only", "read": "read",
}  # fmt: skip
_RESERVE = 400  # bytes for the lines that say what was cut, and for the summary
_LOSES = ("delete", "replace")
_DRIFTS = (*_LOSES, "create", "forget")


@dataclass(frozen=True)
class Section:
    """Lines that belong together: the first is kept whatever happens, of the rest as many as there is room for."""

    head: str
    details: tuple[str, ...] = ()


def comment(record: RunRecord, *, notes: Sequence[str] = (), limit: int) -> str:
    """The plan of one or more units; `notes` are what whoever shows it has to say, `limit` is in bytes."""
    top = [f"! {note}" for note in notes]
    top += [line.text for line in loss_lines(record) if line.text]
    sections = [section for unit in record.units for section in _unit_sections(unit, record)]
    first, *rest = sections or [Section(record.environment)]
    whole = [first, *(Section(line) for line in top), *rest]
    return "\n".join([*_fit([_harmless(section) for section in whole], limit), summary_line(record)])


def apply_comment(record: RunRecord, *, notes: Sequence[str] = ()) -> str:
    """What became of an apply: the changes were shown when they were planned. There is always something to say."""
    texts: list[str] = []
    for block, unit in zip(blocks(record), sorted(record.units, key=lambda one: one.result == "failed"), strict=True):
        lines = failure_lines if unit.result == "failed" else _problem_lines
        texts += [block.headline.text, *(line.text for line in lines(unit, record))]
    texts += [*(f"! {note}" for note in notes), totals(record)]
    return "\n".join(neutral(text) for text in texts if text)


def neutral(text: str) -> str:
    """`text` so that no host, and no bot, takes it for more than text. Lines stay lines."""
    return "\n".join(_neutral_line(line) for line in text.split("\n"))


class NeutralText(TextIOBase):
    """A stream that writes everything on as `neutral` text, for a process whose output a bot will post."""

    def __init__(self, inner: TextIO, mask: Callable[[str], str] = str) -> None:
        self._inner = inner
        self._mask = mask

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._inner.encoding

    def write(self, text: str) -> int:
        self._inner.write(neutral(self._mask(text)))
        return len(text)

    def flush(self) -> None:
        self._inner.flush()


def summary_line(record: RunRecord) -> str:
    """The one line that bots count: Terraform's own words, exactly once."""
    units = record.units
    if all(unit.result in ("unchanged", "excluded") for unit in units):
        return NO_CHANGES
    total = sum((counts_of(unit) for unit in units), Counts())
    imports = f"{total.import_} to import, " if total.import_ else ""
    forgets = f", {total.forget} to forget" if total.forget else ""
    return f"Plan: {imports}{total.add} to add, {total.change} to change, {total.destroy} to destroy{forgets}."


def _unit_sections(unit: UnitRecord, record: RunRecord) -> Iterator[Section]:
    yield Section(_headline(unit))
    if unit.result == "failed":
        for line in failure_lines(unit, record):
            yield Section(line.text)
    elif unit.plan is not None and unit.result in ("changed", "unchanged"):
        yield from _drift(unit.plan)
        yield from (_section(change_block(change)) for change in losses_first(unit.plan.changes))
        outputs = tuple(_marked(line) for line in output_lines(unit.plan))
        if outputs:
            yield Section(f"@@ {amount(len(unit.plan.changed_outputs), 'output')} @@", outputs)


def _headline(unit: UnitRecord) -> str:
    if unit.result not in ("changed", "unchanged"):
        reason = why(unit)
        return f"{unit.name}: {result_in_words(unit)}{f', {reason}' if reason else ''}"
    words = said(unit)
    if unit.plan_class == "chained":
        words += " (with values that are planned, not applied yet)"
    elif unit.plan_class == "preview":
        words += f" (a preview: {why(unit)})"
    return f"{unit.name}: {words}"


def _section(block: ChangeBlock) -> Section:
    mark = "! " if block.action in _LOSES else ""
    words = "  ".join(word for word in (block.address, _WORDS[block.action], block.about) if word)
    return Section(f"@@ {mark}{words} @@", tuple(_marked(line) for line in block.details))


def _marked(line: Line) -> str:
    """A diff fence knows `+`, `-` and `!`; what is changed as a whole is `!`."""
    text = line.text
    return f"! {text[2:]}" if text.startswith("~ ") else text


def _drift(plan: Plan) -> Iterator[Section]:
    """What happened outside of Terraform, in one line: the plan below answers it. A provider's noise is nothing."""
    seen = [(change, change_block(change)) for change in losses_first(plan.drift)]
    seen = [(change, block) for change, block in seen if change.action in _DRIFTS or block.details]
    if seen:
        changed = [block.address for _, block in seen]
        counts = drift_counts(replace(plan, drift=tuple(change for change, _ in seen)))
        numbers = [(counts.change, "changed"), (counts.destroy, "gone"), (counts.add, "new")]
        words = ", ".join(f"{number} {word}" for number, word in numbers if number) or "moved"
        yield Section(f"# outside of Terraform: {words} ({', '.join(changed[:3])}{', …' if len(changed) > 3 else ''})")  # noqa: PLR2004


def _problem_lines(unit: UnitRecord, record: RunRecord) -> list[Line]:
    return render_problems(unit.problems, root=record.root)


def _harmless(section: Section) -> Section:
    return Section(neutral(section.head), tuple(neutral(line) for line in section.details))


def _neutral_line(line: str) -> str:
    text = printable(_ESCAPES.sub("", line).replace("\t", "  "))
    text = _FENCE.sub(rf"\1{_UNSEEN}", text)
    text = _MENTION.sub(f"@{_UNSEEN}", text)
    text = _TAG.sub(f"<{_UNSEEN}", text)
    return _SUMMARY.sub(rf"\1{_UNSEEN}", text)


def _fit(sections: Sequence[Section], limit: int) -> list[str]:
    """All lines if they fit; else the heads, and of the details a fair share each: short ones whole."""
    room = limit - _RESERVE
    if sum(_size(line) for section in sections for line in (section.head, *section.details)) <= room:
        return [line for section in sections for line in (section.head, *section.details)]
    heads, kept = 0, 0
    for section in sections:
        heads += _size(section.head) + _RESERVE // 4
        if heads > room:
            break
        kept += 1
    shown = sections[:kept]
    shares = _shares([sum(map(_size, section.details)) for section in shown], room - min(heads, room))
    lines: list[str] = []
    cut = sum(1 + len(section.details) for section in sections[kept:])
    for section, share in zip(shown, shares, strict=True):
        part = _first(section.details, share)
        rest = len(section.details) - len(part)
        lines += [section.head, *part, *([f"# … {amount(rest, 'more line')}"] if rest else [])]
        cut += rest
    left = len(sections) - kept
    said_left = f", and {amount(left, 'resource')} not named" if left else ""
    return [*lines, f"! too long for a comment: {amount(cut, 'line')} left out{said_left}; the log of the job has all"]


def _size(line: str) -> int:
    return len(line.encode()) + 1


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """`room` dealt out so that nobody gets more than he wants, and what that leaves goes to the others."""
    shares = [0] * len(wanted)
    for done, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        shares[index] = min(wanted[index], room // (len(wanted) - done))
        room -= shares[index]
    return shares


def _first(lines: Sequence[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= _size(line)
        if room < 0:
            break
        kept.append(line)
    return kept
