"""Names of runs: what is told from them, and which run is the last one."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tfwrap.run.logs import in_order, logged_runs, run_id

NOON = datetime(2026, 1, 2, 12, 1, 7, tzinfo=UTC)


def put(logs: Path, run: str, *names: str) -> None:
    for name in names:
        path = logs / run / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


@pytest.mark.parametrize("environment", ["dev", "eu-west-1", "plan", "a-plan-7"])
def test_a_run_is_found_by_its_environment(tmp_path: Path, environment: str) -> None:
    put(tmp_path, run_id(environment, "apply", NOON, 17), "app/plan")
    put(tmp_path, run_id(f"{environment}-2", "apply", NOON, 17), "app/plan")
    (run,) = logged_runs(tmp_path, environment)
    assert (run.command, run.started, run.units) == ("apply", NOON, ("app",))


def test_times_are_utc() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5)))
    assert run_id("dev", "plan", there, 3) == "20260102T120107-dev-plan-3"


def test_the_last_one_is_first_also_within_a_second(tmp_path: Path) -> None:
    older = run_id("dev", "plan", NOON - timedelta(seconds=1), 9)
    first, second = run_id("dev", "plan", NOON, 99), run_id("dev", "apply", NOON, 100)
    for place, name in enumerate((first, second, older)):  # the older one was touched last
        put(tmp_path, name, "app/plan")
        os.utime(tmp_path / name, (place, place))
    assert [run.folder.name for run in logged_runs(tmp_path, "dev")] == [second, first, older]


def test_steps_come_in_the_order_they_ran(tmp_path: Path) -> None:
    steps = [
        "preview-plan",
        "init",
        "before_plan-1",
        "before_plan-2",
        "plan",
        "after_plan-1",
        "before_apply-1",
        "apply",
    ]
    put(tmp_path, run_id("dev", "apply", NOON, 1), *(f"app/{step}" for step in reversed(steps)), "net/zzz", "net/init")
    (run,) = logged_runs(tmp_path, "dev")
    assert [log.step for log in run.logs() if log.unit == "app"] == steps
    assert [log.step for log in run.logs() if log.unit == "net"] == ["init", "zzz"]
    assert [log.unit for log in in_order(run.logs(), ("net", "other"))][:2] == ["net", "net"]


def test_other_folders_are_nobodys_run(tmp_path: Path) -> None:
    for name in ("20260102T120107-17", "20260102T120107-dev-output-17", "notes"):
        put(tmp_path, name, "app/plan")
    (tmp_path / "file").write_text("")
    assert logged_runs(tmp_path, "dev") == []
    assert logged_runs(tmp_path / "nowhere", "dev") == []
