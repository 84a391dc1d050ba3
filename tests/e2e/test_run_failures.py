"""What fails, what is blocked, and what goes on (semantics.md: Failure); retries, timeouts and hooks."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from kit.both_ways import BOTH_WAYS
from kit.processes import terraform_at
from kit.project import ProjectKit
from kit.units import prepare, resources, unit
from kit.waiting import wait_for


@BOTH_WAYS
def test_a_failure_blocks_its_dependents_only(project: ProjectKit) -> None:
    prepare(
        project,
        {
            "bad": unit("work", text="b", inputs={"needs": str(project.root / "missing")}),
            "below": unit(text="x", after=["bad"]),
            "far": unit(text="x", after=["below"]),
            "aside": unit(text="x"),
        },
    )
    outcome = project.run("apply", "dev", "--yes", "--json", "--report", "report.json")
    assert outcome.status == 1
    rows = outcome.units()
    assert outcome.results() == {"bad": "failed", "aside": "applied", "below": "blocked", "far": "blocked"}
    assert [rows[name]["cause"] for name in ("below", "far")] == ["bad", "bad"]
    assert (project.root / rows["bad"]["log"]).read_text().count("local-exec provisioner error") == 1
    assert json.loads((project.root / "report.json").read_text()) == outcome.json
    assert rows["bad"]["seconds"]["total"] >= rows["bad"]["seconds"]["apply"] > 0


@BOTH_WAYS
def test_a_failing_plan_blocks_and_its_bundle_is_refused(project: ProjectKit) -> None:
    project.write({"modules/bad/main.tf": 'resource "terraform_data" "this" {\n  input = file("missing")\n}\n'})
    prepare(project, {"bad": unit("bad"), "below": unit(text="x", after=["bad"]), "aside": unit(text="x")})
    outcome = project.run("plan", "dev", "--json", "--detailed-exitcode")
    assert outcome.status == 1
    assert outcome.results() == {"bad": "failed", "aside": "changed", "below": "blocked"}
    refused = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (refused.status, refused.codes()) == (5, ["E524"])
    assert resources(project, "aside") == 0


def test_on_error_stop_starts_nothing_new(project: ProjectKit) -> None:
    bad = unit("work", text="b", inputs={"needs": str(project.root / "missing")})
    prepare(project, {"bad": bad, "next": unit(text="x"), "last": unit(text="x")})
    outcome = project.run("apply", "dev", "--yes", "--json", "-j", "1", "--on-error", "stop")
    assert (outcome.status, outcome.results()) == (1, {"bad": "failed", "next": "blocked", "last": "blocked"})
    assert resources(project, "next") == 0


def _flaky(project: ProjectKit, step: str) -> Path:
    """A Terraform that fails at `step` the first two times, saying `connection reset`; counts in a file."""
    program, count = project.root / "terraform", project.root / "count"
    from parts.terraform import terraform

    real = terraform(project.root.parent)
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = {step} ]; then\n  echo x >> {count}\n'
        f'  [ $(wc -l < {count}) -gt 2 ] || {{ echo "connection reset by peer" >&2; exit 1; }}\nfi\n'
        f'exec {real} "$@"\n'
    )
    program.chmod(0o755)
    project.env["TFWRAP_ENGINE"] = str(program)
    return count


@BOTH_WAYS
def test_plans_are_tried_again_but_applies_never(project: ProjectKit) -> None:
    retry = {"attempts": 3, "on": ["connection reset"]}
    prepare(project, {"a": unit(text="a", retry=retry)})
    count = _flaky(project, "plan")
    planned = project.run("plan", "dev", "--json")
    assert (planned.status, count.read_text().count("x")) == (0, 3), planned.err
    count.unlink()
    _flaky(project, "apply")
    applied = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (applied.status, count.read_text().count("x")) == (1, 1)
    assert applied.results() == {"a": "failed"}


def test_another_failure_is_not_tried_again(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a", retry={"attempts": 3, "on": ["something else"]})})
    count = _flaky(project, "plan")
    assert project.run("plan", "dev").status == 1
    assert count.read_text().count("x") == 1


@BOTH_WAYS
def test_a_timeout_is_a_failure(project: ProjectKit) -> None:
    prepare(project, {"slow": unit("work", text="s", inputs={"seconds": 60}, timeout="3s"), "aside": unit(text="x")})
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (1, {"slow": "failed", "aside": "applied"})
    assert outcome.codes() == ["E502"]


@BOTH_WAYS
def test_hooks_run_around_steps(project: ProjectKit) -> None:
    trace = project.root / "trace"
    steps = ("before_plan", "after_plan", "before_apply", "after_apply", "before_destroy", "after_destroy")
    hooks = {step: [["sh", "-c", f"echo {step} $(basename $PWD) >> {trace}"]] for step in steps}
    prepare(project, {"a": unit(text="a", hooks=hooks)})
    assert project.run("apply", "dev", "--yes").status == 0
    assert project.run("destroy", "dev", "--yes").status == 0
    expected = ["before_plan", "after_plan", "before_apply", "after_apply"]
    expected += ["before_plan", "after_plan", "before_destroy", "after_destroy"]
    assert trace.read_text().splitlines() == [f"{step} a" for step in expected]


def test_a_hooks_status_is_never_the_runs(project: ProjectKit) -> None:
    for status in (2, 6, 130):
        prepare(project, {"a": unit(text=f"{status}", hooks={"after_apply": [["sh", "-c", f"exit {status}"]]})})
        outcome = project.run("apply", "dev", "--yes", "--json", "--detailed-exitcode")
        assert (outcome.status, outcome.results(), outcome.codes()) == (1, {"a": "applied"}, ["E503"])
    prepare(project, {"a": unit(text="before", hooks={"before_apply": [["sh", "-c", "kill -9 $$"]]})})
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (1, {"a": "failed"})
    assert "killed by signal 9" in outcome.units()["a"]["reason"]
    assert project.state("a")["outputs"]["text"]["value"] == "130"


def test_a_child_killed_by_a_signal_failed(project: ProjectKit) -> None:
    trace = project.root / "trace"
    prepare(project, {"a": unit("work", text="a", inputs={"seconds": 60, "trace": str(trace)})})
    process = project.start("apply", "dev", "--yes", "--json")
    wait_for(trace.exists)
    (child,) = terraform_at(project.root / "live", "apply")
    os.killpg(child, signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    row = json.loads(out)["units"][0]
    assert (row["result"], "killed by signal 9" in row["reason"]) == ("failed", True)
    assert [problem["code"] for problem in json.loads(out)["problems"]] == ["E507", "E501"]
    assert "tfwrap unlock dev a" in json.loads(out)["problems"][0]["hint"]


def test_layers_stop_at_a_plan_that_is_not_the_one_shown(project: ProjectKit) -> None:
    """With --yes, a later plan that differs is not applied, and says so; the deferred one was agreed to unseen."""
    prepare(
        project,
        {
            "late": unit("late", inputs={"texts": ["a", "b"]}, preview={"texts": ["p"]}),
            "many": unit("count", inputs={"names": "${late.texts}"}),
            "below": unit(text="${many.count}"),
        },
    )
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert outcome.status == 5
    assert outcome.results() == {"late": "applied", "many": "needs_replan", "below": "blocked"}
    assert "not the one that was shown" in outcome.units()["many"]["reason"]
