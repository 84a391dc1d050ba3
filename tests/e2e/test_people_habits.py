"""What fingers type that know Terraform or Terragrunt is told its name here, and never taken for something else."""

from __future__ import annotations

import pytest
from kit.project import ProjectKit

from tfwrap.cli import usage
from tfwrap.cli.main import COMMANDS


@pytest.fixture
def habits(project: ProjectKit) -> ProjectKit:
    settings = "stack: units\nunits:\n  hello: {module: ../../modules/hello, inputs: {name: x}}\n"
    project.write({"modules/hello/main.tf": 'variable "name" {}\n', "live/dev/env.yaml": settings})
    return project


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("init", "plan does that by itself"),
        ("run-all plan", "runs over all units"),
        ("force-unlock x", "tfwrap unlock ENV UNIT ID"),
        ("version", "tfwrap --version"),
        ("plan dev -out=plan.bin", "two dashes: --out"),
        ("plan dev -json", "two dashes: --json"),
        ("apply dev -auto-approve", "--yes"),
        ("apply dev --auto-approve", "--yes"),
        ("plan dev -target=a.b", "-u"),
        ("plan dev -refresh=false", "--no-refresh"),
        ("plan dev -var=a=b", "env.yaml"),
        ("plan dev hello", "chosen by -u"),
        ("plan", "Missing argument 'ENV'; environments: dev"),
        ("show", "Missing argument 'ENV|DIR'; environments: dev"),
        ("plna dev", "did you mean plan?"),
    ],
)
def test_a_habit_is_answered_with_what_it_is_called_here(habits: ProjectKit, typed: str, answer: str) -> None:
    before = sorted(path.name for path in habits.root.iterdir() if path.name != ".tfwrap")
    outcome = habits.run(*typed.split())
    assert (outcome.status, outcome.out) == (64, "")
    assert answer in outcome.err.splitlines()[0]
    assert outcome.err.splitlines()[1].startswith("Try: tfwrap")
    assert sorted(path.name for path in habits.root.iterdir() if path.name != ".tfwrap") == before


def test_what_exec_runs_keeps_its_own_dashes(habits: ProjectKit) -> None:
    assert habits.run("generate", "dev").status == 0
    assert habits.run("exec", "dev", "hello", "--", "echo", "-out=x").out == "-out=x\n"
    assert habits.run("exec", "dev", "hello", "echo", "-json").out == "-json\n"


def test_a_short_option_with_its_value_stays_one(habits: ProjectKit) -> None:
    outcome = habits.run("plan", "dev", "-uhello", "-oreviews", "--dry-run")
    assert (outcome.status, "1. hello" in outcome.out, "with reviews" in outcome.out) == (0, True, True)


def test_what_is_named_as_missing_is_no_command_of_ours() -> None:
    known = {name for group in COMMANDS.values() for name in group}
    assert not known & usage._COMMANDS.keys()
