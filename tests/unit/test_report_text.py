from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from golden import records
from golden.golden import assert_golden, plan

from tfwrap.base.problems import Problem
from tfwrap.plan.model import Plan
from tfwrap.report.changes import FOLD, plan_lines
from tfwrap.report.table import table_lines
from tfwrap.report.text import result_lines, write_result
from tfwrap.run.record import RunRecord, UnitRecord

SECRETS = ("hunter2-one", "hunter2-two")


def text(record: RunRecord, *, color: bool = False, ascii: bool = False, groups: bool = False) -> str:  # noqa: A002
    stream = io.StringIO()
    write_result(record, stream, color=color, width=100, ascii=ascii, groups=groups)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["emissary", "mixed", "applied", "destroyed", "drifted"])
def test_results(name: str) -> None:
    build: Callable[[], RunRecord] = getattr(records, name)
    assert_golden(text(build()), f"text/{name}.txt")


def test_no_secret_is_ever_shown() -> None:
    for name in ("update", "update-1.15", "create", "destroy", "helm-create", "helm-update", "helm-password"):
        record = RunRecord("plan", "dev", records.ROOT, [records.planned("unit", name)])
        assert not any(secret in text(record) for secret in SECRETS), name


def test_what_is_lost_comes_first_and_in_red() -> None:
    lines = text(records.mixed(), color=True).split("\n")
    assert lines[0] == "\x1b[1;31m! 1 unit would be destroyed: old\x1b[0m"
    assert lines[1] == "\x1b[1;31m! 1 unit would lose resources: shapes (2 destroyed, 1 replaced)\x1b[0m"
    assert any(line.startswith("\x1b[31m-/+ ") for line in lines)


def test_a_failure_comes_last_and_whole() -> None:
    shown = text(records.mixed())
    assert shown.index("\nold ") < shown.index("\nnetwork   failed")
    assert "zones must not be empty" in shown
    assert "log: .tfwrap/logs/1/network/plan.log" in shown


def test_a_failure_is_never_two_hundred_lines() -> None:
    problem = Problem("E500", "\n".join(f"line {number}" for number in range(200)))
    record = RunRecord("plan", "dev", records.ROOT, [UnitRecord("a", "failed", problems=[problem])])
    lines = text(record).split("\n")
    assert len(lines) < 20
    assert any("… 192 more lines" in line for line in lines)


def test_one_line_of_totals() -> None:
    for name in ("emissary", "mixed"):
        lines = text(getattr(records, name)()).split("\n")
        assert len([line for line in lines if line.startswith("Plan: ")]) == 1


def test_no_changes_say_so() -> None:
    record = RunRecord("plan", "dev", records.ROOT, [records.planned("a", "unchanged")], seconds=0.2)
    assert "No changes. 1 unit in 0.2s." in text(record)
    assert "Plan:" not in text(record)


def test_a_run_that_failed_does_not_say_no_changes() -> None:
    units = [records.planned("a", "unchanged"), UnitRecord("b", "failed", reason="no such host")]
    shown = text(RunRecord("plan", "dev", records.ROOT, units))
    assert "No changes." not in shown
    assert "\n2 units in " in shown
    assert "no such host" in shown


def test_ascii() -> None:
    shown = text(records.emissary(), ascii=True)
    assert shown.isascii()
    assert "emissary-crds       1       ." in shown


def test_groups_for_github() -> None:
    record = records.emissary()
    record.units.append(UnitRecord("evil", "blocked", reason="x"))
    record.units.append(
        UnitRecord("failing", "failed", problems=[Problem("E500", "::set-output name=a::b\n::error::c")])
    )
    lines = text(record, groups=True).split("\n")
    assert sum(line.startswith("::group::emissary-crds   1 to add") for line in lines) == 1
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert [line.split("::")[1] for line in commands] == ["group", "endgroup"] * 3


def test_many_lines_are_folded() -> None:
    lines = [line.text for line in plan_lines(plan("update"))]
    start = lines.index("~ terraform_data.many")
    assert lines[start + FOLD + 1] == "  … 26 more"


def test_every_detail_has_its_marker_in_column_0() -> None:
    for name in ("update", "create", "helm-update", "destroy"):
        for line in plan_lines(plan(name)):
            assert line.text[:2] in ("+ ", "- ", "~ ", "-/", "", "  "), line.text


def test_a_text_keeps_lines_that_look_like_a_diff() -> None:
    lines = [line.text for line in plan_lines(plan("update"))]
    assert "- | -- second 1" in lines
    assert "+ | -- second 2" in lines


def test_ansi_in_a_plan_does_nothing() -> None:
    data = {
        "format_version": "1.2",
        "resource_changes": [
            {
                "address": "a.b", "mode": "managed", "type": "a", "name": "b",
                "change": {"actions": ["create"], "before": None, "after": {"x": "\x1b[2Jboo"}},
            }
        ],
    }  # fmt: skip
    (_, line) = plan_lines(Plan.from_json(data))
    assert line.text == '+ x: "\\u001b[2Jboo"'


def test_a_packed_chart_is_named_with_its_version() -> None:
    chart = "../../.tfwrap/charts/emissary-crds-8.2.0+3f9a1c.tgz"
    for name, expected in [
        (chart, "chart emissary-crds 8.2.0+3f9a1c  in ns"),
        ("/x/modules/emissary-crds/chart", "chart emissary-crds 1  in ns"),
        ("nginx", "chart nginx 1  in ns"),
    ]:
        release = {"chart": name, "version": "1", "namespace": "ns"}
        data = {
            "format_version": "1.2",
            "resource_changes": [
                {
                    "address": "module.this.helm_release.this", "mode": "managed", "type": "helm_release",
                    "name": "this", "change": {"actions": ["create"], "before": None, "after": release},
                }
            ],
        }  # fmt: skip
        (line,) = plan_lines(Plan.from_json(data))
        assert line.text == f"+ helm_release.this              {expected}"


def test_the_class_stands_at_the_right() -> None:
    first = next(line.text for line in result_lines(records.emissary(), width=120))
    assert first == "emissary-crds   1 to add" + " " * 51 + "exact"


def test_a_name_too_long_for_the_table_loses_its_end_not_its_numbers() -> None:
    unit = records.planned("a-unit-with-quite-a-long-name-for-a-table", "update")
    lines = [line.text for line in table_lines(RunRecord("plan", "dev", records.ROOT, [unit]), room=50)]
    assert max(map(len, lines)) <= 50
    assert lines[1].split()[0] == "a-unit-with-quite…"
    assert lines[0].split() == ["unit", "import", "add", "change", "destroy"]
    assert table_lines(RunRecord("plan", "dev", records.ROOT, [unit]))[1].text.split()[0] == unit.name


def test_what_was_planned_and_never_applied_is_not_called_changed() -> None:
    units = [records.planned("first", "create"), UnitRecord("second", "failed", problems=[Problem("E501", "no")])]
    shown = text(RunRecord("apply", "dev", records.ROOT, units))
    (row,) = [line for line in shown.splitlines() if line.startswith("  first ")]
    assert row.split()[1:6] == ["·", "·", "·", "·", "planned"]
    assert "Applied: 0 added, 0 changed, 0 destroyed." in shown
