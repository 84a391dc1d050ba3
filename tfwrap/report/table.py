"""The summary table and the totals line: numbers of every unit, those that lose something first."""

from __future__ import annotations

from dataclasses import dataclass

from tfwrap.plan.model import Counts
from tfwrap.plan.summary import drift_counts
from tfwrap.report.line import Line, Style
from tfwrap.report.outcome import counts_of, outcome_style, result_in_words, total_seconds
from tfwrap.report.words import amount, cells, duration, relative
from tfwrap.run.record import RunRecord, UnitRecord

ZERO = "·"
_GAP = "  "
_DONE = ("applied", "destroyed")
_SPARE = ("time", "replace", "class")  # left out first, where there is no room; results and losses never
_LEAST_NAME = 8  # letters of a unit's name
_WORTH_SAYING = ("failed", "blocked", "deferred", "needs_replan", "interrupted")


@dataclass(frozen=True)
class Row:
    cells: tuple[str, ...]
    style: Style


def rows(record: RunRecord) -> tuple[tuple[str, ...], list[Row]]:
    """The header and a row per unit; columns that would be empty are left out."""
    counts = {unit.name: unit_counts(unit, record.command) for unit in record.units}
    imports = any(each.import_ for each in counts.values())
    header = (
        "unit",
        *(("import",) if imports else ()),
        *("add", "change", "replace", "destroy"),
        "class" if record.command == "plan" else "result",
        "time",
    )
    ordered = sorted(record.units, key=lambda unit: not counts[unit.name].destroy)
    return header, [_row(unit, counts[unit.name], record.command, imports) for unit in ordered]


def table_lines(record: RunRecord, room: int | None = None) -> list[Line]:
    """The table; in a narrow `room` without the columns that can be spared, then with the beginnings of long names."""
    header, body = rows(record)
    texts = [header, *(row.cells for row in body)]
    widths = {name: max(cells(text[column]) for text in texts) for column, name in enumerate(header)}
    shown = [*header]
    for spare in _SPARE:
        if room and spare in shown and sum(widths[name] + len(_GAP) for name in shown) > room:
            shown.remove(spare)
    if room:
        others = sum(widths[name] + len(_GAP) for name in shown[1:])
        widths["unit"] = min(widths["unit"], max(room - others - len(_GAP), _LEAST_NAME))

    def line(text: tuple[str, ...]) -> str:
        found = dict(zip(header, text, strict=True))
        name = found["unit"] if cells(found["unit"]) <= widths["unit"] else f"{found['unit'][: widths['unit'] - 1]}…"
        first = name + " " * (widths["unit"] - cells(name))
        rest = (" " * (widths[name] - cells(found[name])) + found[name] for name in shown[1:])
        return _GAP.join(["", first, *rest])

    return [Line(line(header), "dim"), *(Line(line(row.cells), row.style) for row in body)]


def unit_counts(unit: UnitRecord, command: str) -> Counts:
    """What the numbers of a row are about: what is planned, what was done, or what happened elsewhere."""
    if command == "drift" and unit.plan:
        return drift_counts(unit.plan)
    if command in ("apply", "destroy") and unit.result not in _DONE:
        return Counts()
    return counts_of(unit)


def totals(record: RunRecord) -> str:
    """`Plan: 1 to add, 1 to change, 0 to destroy. 3 units in 0.9s. Saved as … (id 7c1e02).`"""
    words = [_numbers(record), f"{amount(len(record.units), 'unit')} in {duration(record.seconds)}."]
    results = [unit.result or "interrupted" for unit in record.units]
    said = [f"{results.count(name)} {name}" for name in _WORTH_SAYING if name in results]
    if said:
        words.append(", ".join(said).replace("needs_replan", "to be planned again") + ".")
    if record.bundle and record.command == "plan":
        identity = f" (id {record.bundle_id[:6]})" if record.bundle_id else ""
        words.append(f"Saved as {relative(record.bundle, record.root)}{identity}.")
    return " ".join(filter(None, words))


def _numbers(record: RunRecord) -> str:
    total = sum((unit_counts(unit, record.command) for unit in record.units), Counts())
    if record.command == "drift":
        moved = [(total.add, "added"), (total.change, "changed"), (total.destroy, "destroyed")]
        said = ", ".join(f"{number} {word}" for number, word in moved if number)
        return f"Drift: {said} outside of Terraform." if said else "No drift."
    if record.command == "destroy":
        return f"Destroyed: {amount(total.destroy, 'resource')}."
    if record.command == "apply":
        imported = f"{total.import_} imported, " if total.import_ else ""
        return f"Applied: {imported}{total.add} added, {total.change} changed, {total.destroy} destroyed."
    if not any(unit.plan and unit.plan.has_changes for unit in record.units):
        return "No changes." if all(unit.result in ("unchanged", "excluded") for unit in record.units) else ""
    imports = f"{total.import_} to import, " if total.import_ else ""
    return f"Plan: {imports}{total.add} to add, {total.change} to change, {total.destroy} to destroy."


def _row(unit: UnitRecord, counts: Counts, command: str, imports: bool) -> Row:
    numbers = [counts.add, counts.change, counts.replace, counts.destroy]
    texts = [str(number) if number else ZERO for number in ([counts.import_] if imports else []) + numbers]
    planned = command == "plan" and unit.result in ("changed", "unchanged")
    last = (unit.plan_class or ZERO) if planned else result_in_words(unit)
    if command in ("apply", "destroy") and unit.result == "changed":
        last = "planned"  # and no more: another unit's plan failed, so that nothing was applied
    seconds = total_seconds(unit)
    return Row((unit.name, *texts, last, duration(seconds) if seconds else ZERO), outcome_style(unit, command))
