"""Modules from git: warm as soon as init has fetched them, unless they configure a provider of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.both_ways import WARM
from kit.probe import PAIR, REQUIRES, Probe
from kit.project import ProjectKit
from kit.repository import repository

pytestmark = WARM

ENV = """\
stack: units
providers:
  probe: {{source: test/probe, version: 1.0.0, config: {{label: root}}}}
units:
  one:
    module: git::file://{repository}//{module}?ref=v1
    inputs: {{text: one}}
  two:
    module: git::file://{repository}//{module}?ref=v1
    inputs: {{text: "${{one.text}}-two"}}
"""
PLAIN = PAIR["modules/pair/main.tf"]
CALL = """\
variable "text" {
  type = string
}

module "pair" {
  source = "../pair"
  text   = var.text
}

output "text" {
  value = module.pair.text
}
"""
# A configuration of its own, which two units' processes may hold one after another, but not one process both.
OWN = 'provider "probe" {\n  label = "own"\n}\n'
COMMENTED = '/* its own */ provider /* of things */ "probe" {\n  label = "own"\n}\n'
JSON = '{"provider": {"probe": {"label": "own"}}}'


@pytest.fixture
def probe(project: ProjectKit, tmp_path: Path) -> Probe:
    return Probe(project, tmp_path)


def test_fetched_modules_run_warm_from_the_second_plan_on(probe: Probe, tmp_path: Path) -> None:
    there = repository(tmp_path / "there", {"pair/main.tf": PLAIN, "outer/main.tf": CALL})
    probe.prepare(ENV.format(repository=there, module="outer"))
    assert len(probe.processes()) > 1
    assert len(probe.processes()) == 1
    applied = probe.project.run("apply", "dev", "--yes", "--json")
    assert (applied.status, set(applied.results().values())) == (0, {"applied"}), applied.err
    (thing, _) = probe.project.state("two")["resources"]
    assert thing["instances"][0]["attributes"]["label"] == "root"
    cold = probe.project.run("plan", "dev", "--cold", "--detailed-exitcode")  # the folders serve cold, too
    assert cold.status == 0, cold.err


def test_a_module_that_calls_one_from_git_runs_warm_too(probe: Probe, tmp_path: Path) -> None:
    there = repository(tmp_path / "there", {"pair/main.tf": PLAIN})
    call = REQUIRES + CALL.replace("../pair", f"git::file://{there}//pair?ref=v1")
    probe.project.write({"modules/outer/main.tf": call})
    far = f"git::file://{there}//outer?ref=v1"
    probe.prepare(ENV.format(repository=there, module="outer").replace(far, "../../modules/outer"))
    assert len(probe.processes()) > 1
    assert len(probe.processes()) == 1


@pytest.mark.parametrize(
    "files",
    [
        {"outer/main.tf": CALL, "pair/providers.tf": OWN},
        {"outer/main.tf": CALL, "pair/providers.tf": COMMENTED},
        {"outer/main.tf": CALL, "pair/override.tf": OWN},
        {"outer/main.tf": CALL, "pair/providers.tf.json": JSON},
    ],
    ids=["a block", "among comments", "an override", "JSON"],
)
def test_a_fetched_module_with_a_configuration_of_its_own_runs_cold(
    probe: Probe, tmp_path: Path, files: dict[str, str]
) -> None:
    there = repository(tmp_path / "there", {"pair/main.tf": PLAIN, **files})
    probe.prepare(ENV.format(repository=there, module="outer"))
    assert len(probe.processes()) > 1
    assert len(probe.processes()) > 1
