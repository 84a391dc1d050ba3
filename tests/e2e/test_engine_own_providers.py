"""Who says in Terraform's own configuration where providers come from has warm ones, too: those that init installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from kit.both_ways import WARM
from kit.probe import PAIR, Probe
from kit.project import ProjectKit, mirrored
from kit.repository import repository
from parts.terraform import terraform

pytestmark = WARM

ENV = """\
stack: units
units:
  one:
    module: {module}
    inputs: {{text: one}}
  two:
    module: {module}
    inputs: {{text: "${{one.text}}-two"}}
"""
HERE = "../../modules/pair"
LOCK = "live/dev/one/.terraform.lock.hcl"


@pytest.fixture(params=["embedded", "program"])
def probe(request: pytest.FixtureRequest, project: ProjectKit, tmp_path: Path) -> Probe:
    """Providers come from a mirror of the user's; tfwrap's own is empty."""
    project.write(PAIR)
    if request.param == "program":
        project.env["TFWRAP_ENGINE"] = str(terraform(tmp_path))
    made = Probe(project, tmp_path)
    cache = tmp_path / "cache"
    project.env |= mirrored(tmp_path, (cache / "mirror").rename(tmp_path / "elsewhere"))
    return made


def test_the_second_plan_is_warm_and_says_the_same(probe: Probe) -> None:
    probe.project.write({"live/dev/env.yaml": ENV.format(module=HERE)})
    assert len(probe.processes()) > 1
    first = (probe.project.root / LOCK).read_text()
    assert len(probe.processes()) == 1
    applied = probe.project.run("apply", "dev", "--yes", "--json")
    assert (applied.status, set(applied.results().values())) == (0, {"applied"}), applied.err
    cold = probe.project.run("plan", "dev", "--cold", "--detailed-exitcode")
    assert cold.status == 0, cold.err
    assert (probe.project.root / LOCK).read_text() == first
    assert probe.alive() == []


def test_copies_of_one_package_are_one(probe: Probe, tmp_path: Path) -> None:
    """Packed, or from a registry: init unpacks a copy for each unit."""
    probe.project.write({"live/dev/env.yaml": ENV.format(module=HERE)})
    probe.processes()
    for data in (probe.project.root / ".tfwrap/work/dev").glob("*/data/providers/*/*/*/*/*"):
        there = data.resolve()
        data.unlink()
        shutil.copytree(there, data)
    shutil.rmtree(tmp_path / "elsewhere", ignore_errors=True)
    assert len(probe.processes()) == 1
    assert probe.alive() == []


def test_providers_that_only_a_fetched_module_names_are_warm(probe: Probe, tmp_path: Path) -> None:
    there = repository(tmp_path / "there", {"pair/main.tf": PAIR["modules/pair/main.tf"]})
    module = f"git::file://{there}//pair?ref=v1"
    probe.project.write({"live/dev/env.yaml": ENV.format(module=module)})
    assert len(probe.processes()) > 1
    assert len(probe.processes()) == 1


def test_what_the_lock_file_does_not_vouch_for_is_never_started(probe: Probe) -> None:
    """It is left to Terraform, which refuses it."""
    probe.project.write({"live/dev/env.yaml": ENV.format(module=HERE)})
    probe.processes()
    (program,) = (probe.project.root / ".tfwrap/work/dev/one/data/providers").glob("*/*/*/*/*")
    there = program.resolve()
    program.unlink()
    shutil.copytree(there, program)
    (program / "README").write_text("one more file is another package\n")
    probe.forget_calls()
    refused = probe.project.run("plan", "dev", "-u", "one", "--json")
    assert (refused.status, refused.codes()) == (1, ["E501"])
    assert "does not match any of the checksums" in refused.units()["one"]["reason"]
    assert probe.calls("plan") == []


def test_somebodys_own_build_takes_the_place_of_what_is_installed(probe: Probe, tmp_path: Path) -> None:
    probe.project.write({"live/dev/env.yaml": ENV.format(module=HERE)})
    probe.processes()
    config = Path(probe.project.env["TF_CLI_CONFIG_FILE"])
    (program,) = (probe.project.root / ".tfwrap/work/dev/one/data/providers").glob("*/*/*/*/*/terraform-provider-*")
    build = tmp_path / "build"
    build.mkdir()
    os.link(program.resolve(), build / "terraform-provider-probe")
    override = f'provider_installation {{\n  dev_overrides {{\n    "test/probe" = "{build}"\n  }}\n'
    config.write_text(config.read_text().replace("provider_installation {\n", override))
    assert len(probe.processes()) > 1
