from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.engine.cache import Memo, cache_folder
from tfwrap.engine.choose import choose


class Machine:
    """A machine with only these programs on PATH; each start of one is written down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.environ = {"PATH": str(self.bin), "TFWRAP_CACHE": str(folder / "cache")}

    def has(self, name: str, says: str, status: int = 0) -> Path:
        program = self.bin / name
        program.write_text(
            f"#!/bin/sh\necho {name} >> {self.folder}/starts\n"
            f'[ "$CHECKPOINT_DISABLE" = 1 ] && echo "{says}"\nexit {status}\n'
        )
        program.chmod(0o755)
        return program

    @property
    def starts(self) -> int:
        file = self.folder / "starts"
        return len(file.read_text().split()) if file.exists() else 0


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def refusal(setting: str, constraint: str | None, machine: Machine) -> Problem:
    with pytest.raises(SettingsFailure) as failure:
        choose(setting, constraint, machine.environ)
    (problem,) = failure.value.problems
    return problem


def test_auto_is_embedded_if_it_will_do(machine: Machine) -> None:
    machine.has("terraform", "Terraform v1.11.4")
    engine = choose("auto", ">= 1.9, < 2", machine.environ)
    assert engine.name == "embedded"
    assert engine.version.startswith("1.")
    assert machine.starts == 0


def test_auto_goes_on_to_programs_and_says_why(machine: Machine) -> None:
    machine.has("terraform", "Terraform v1.5.7\non linux_amd64")
    machine.has("tofu", "OpenTofu v1.6.2\non linux_amd64")
    engine = choose("auto", "~> 1.5.0", machine.environ)
    assert (engine.name, engine.version) == ("terraform", "1.5.7")
    engine = choose("auto", "1.6.2", machine.environ)
    assert (engine.name, engine.version) == ("tofu", "1.6.2")
    embedded = choose("embedded", None, machine.environ).version
    assert engine.reason == f"auto: embedded is {embedded}, terraform is 1.5.7"
    assert engine.path == machine.bin / "tofu"


def test_nothing_satisfies(machine: Machine) -> None:
    machine.has("terraform", "Terraform v1.5.7")
    problem = refusal("auto", "> 5", machine)
    embedded = choose("embedded", None, machine.environ).version
    assert problem.code == "E400"
    assert problem.message == (
        f'no engine satisfies terraform = "> 5": embedded is {embedded}; terraform is 1.5.7; tofu: not on PATH'
    )


def test_a_named_engine_stands_in_for_no_other(machine: Machine) -> None:
    machine.has("terraform", "Terraform v1.5.7")
    assert refusal("terraform", ">= 1.9", machine).message == (
        'no engine satisfies terraform = ">= 1.9": terraform is 1.5.7'
    )
    missing = refusal("tofu", None, machine)
    assert (missing.code, missing.message) == ("E401", 'engine = "tofu": not on PATH')


def test_a_name_nobody_knows(machine: Machine) -> None:
    problem = refusal("terrafrom", None, machine)
    assert (problem.code, problem.hint) == ("E401", "did you mean terraform?")


def test_the_environment_overrides(machine: Machine) -> None:
    machine.has("tofu", "OpenTofu v1.10.0")
    machine.environ["TFWRAP_ENGINE"] = "tofu"
    engine = choose("terraform", None, machine.environ)
    assert (engine.name, engine.reason) == ("tofu", 'TFWRAP_ENGINE = "tofu"')


def test_a_path_is_below_the_root(machine: Machine) -> None:
    machine.has("custom", "Terraform v1.12.0-rc1")
    engine = choose("./bin/custom", "1.12.0-rc1", machine.environ, root=machine.folder)
    assert (engine.name, engine.version, engine.path) == ("terraform", "1.12.0-rc1", machine.bin / "custom")
    assert refusal("./bin/gone", None, machine).message.endswith("there is no such file")


@pytest.mark.parametrize(("says", "status"), [("Pulumi v1", 0), ("Terraform v1.9.0", 3)])
def test_a_program_that_is_something_else(machine: Machine, says: str, status: int) -> None:
    machine.has("terraform", says, status)
    problem = refusal("terraform", None, machine)
    assert problem.code == "E401"
    assert "does not answer as Terraform or OpenTofu" in problem.message


def test_the_answer_is_kept_until_the_program_changes(machine: Machine) -> None:
    machine.has("terraform", "Terraform v1.11.4")
    for _ in range(3):
        assert choose("terraform", None, machine.environ).version == "1.11.4"
    assert machine.starts == 1
    machine.has("terraform", "Terraform v1.12.10")
    assert choose("terraform", None, machine.environ).version == "1.12.10"
    assert machine.starts == 2


def test_a_cache_that_cannot_be_used_is_no_reason_to_fail(machine: Machine) -> None:
    machine.has("terraform", "Terraform v1.11.4")
    Path(machine.environ["TFWRAP_CACHE"]).touch()  # a file, not a folder
    assert choose("terraform", None, machine.environ).version == "1.11.4"


def test_a_constraint_that_cannot_be_read(machine: Machine) -> None:
    assert refusal("auto", "1.11.x", machine).code == "E402"


def test_memo_survives_nonsense(tmp_path: Path) -> None:
    file = tmp_path / "memo.json"
    memo = Memo(file)
    memo.keep("q", "f", {"a": 1})
    assert Memo(file).recall("q", "f") == {"a": 1}
    assert memo.recall("q", "other facts") is None
    file.write_text("nonsense")
    assert memo.recall("q", "f") is None
    memo.keep("q", "f", 2)
    assert memo.recall("q", "f") == 2


def test_the_cache_is_the_users_unless_named(tmp_path: Path) -> None:
    assert cache_folder({"TFWRAP_CACHE": str(tmp_path)}) == tmp_path
    assert cache_folder({}).name == "tfwrap"
