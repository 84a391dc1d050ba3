"""A real provider that dies or hangs while it is kept running: plans are made once more, cold; applies are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.both_ways import BOTH_WAYS, WARM
from kit.probe import PAIR, Probe
from kit.project import ProjectKit
from parts.terraform import terraform

FAULTY = """\
stack: units
units:
  dead:
    module: ../../modules/pair
    inputs: {text: dead}
  stopped:
    module: ../../modules/pair
    inputs: {text: stopped}
  hung:
    module: ../../modules/pair
    inputs: {text: hung}
    timeout: 8s
"""
CHAIN = """\
stack: units
units:
  one:
    module: ../../modules/pair
    inputs: {text: one}
  after:
    module: ../../modules/pair
    inputs: {text: "after-${one.text}"}
  beside:
    module: ../../modules/pair
    inputs: {text: beside}
"""


@pytest.fixture(params=["embedded", "program"])
def probe(request: pytest.FixtureRequest, project: ProjectKit, tmp_path: Path) -> Probe:
    project.write(PAIR)
    if request.param == "program":
        project.env["TFWRAP_ENGINE"] = str(terraform(tmp_path))
    return Probe(project, tmp_path)


@WARM
def test_a_provider_keeps_running_from_unit_to_unit(probe: Probe) -> None:
    """What the others here rest on: plan and apply of several units ask one process."""
    probe.prepare(CHAIN)
    done = probe.project.run("apply", "dev", "--yes", "-j1", "--json")
    assert done.status == 0, done.err
    assert len({pid for _, pid in probe.calls("plan") + probe.calls("create")}) == 1
    assert len(probe.calls("create")) == 6
    assert probe.alive() == []


@WARM
def test_an_apply_whose_provider_is_killed_is_not_tried_again(probe: Probe) -> None:
    probe.prepare(CHAIN)
    project = probe.project
    assert project.run("plan", "dev").status == 0
    probe.fault("create", "one-second", "die")
    done = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json", "--on-error", "block")
    assert (done.status, done.codes()) == (1, ["E450"]), done.err
    assert done.results() == {"one": "failed", "after": "blocked", "beside": "applied"}
    assert "probe stopped answering" in done.units()["one"]["reason"]
    assert [name for name, _ in probe.calls("create") if name == "one-second"] == ["one-second"]
    assert _things(project, "one") == ["first"]
    assert (probe.folder / "one-second.thing").exists()  # made, but nobody has heard of it
    assert list((project.root / "state/dev").glob(".*lock.info")) == []
    probe.forget_calls()

    used = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (used.status, probe.calls("create")) == (5, []), used.err
    again = project.run("plan", "dev", "--json")
    assert again.status == 0, again.err
    assert [again.units()[name]["add"] for name in ("one", "after", "beside")] == [1, 2, 0]
    applied = project.run("apply", "dev", "--yes", "--json")
    assert applied.status == 0, applied.err
    assert _things(project, "one") == _things(project, "after") == ["first", "second"]
    assert probe.alive() == []


@WARM
def test_a_plan_whose_provider_dies_or_hangs_is_made_once_more_cold(project: ProjectKit, tmp_path: Path) -> None:
    """One dies, one is stopped as by a debugger and misses its pings, one answers pings but never the call: that is
    only noticed by the unit's timeout. All at the same time, since it takes most of a minute.
    """
    project.write(PAIR)
    probe = Probe(project, tmp_path)
    probe.prepare(FAULTY)
    for name, kind in (("dead", "die"), ("stopped", "stop"), ("hung", "hang")):
        probe.fault("plan", f"{name}-second", kind)
    done = project.run("plan", "dev", "-j3", "--json")
    assert (done.status, done.results()) == (0, dict.fromkeys(("dead", "stopped", "hung"), "changed")), done.err
    assert {row["add"] for row in done.units().values()} == {2}
    for unit in done.units():
        assert f"{unit}: registry.terraform.io/test/probe stopped answering; trying once more, cold" in done.err
        first, second = [pid for name, pid in probe.calls("plan") if name == f"{unit}-second"]
        assert first != second
    assert probe.alive() == []


@BOTH_WAYS
def test_an_apply_whose_provider_hangs_loses_nothing(project: ProjectKit, tmp_path: Path) -> None:
    """What was made is in the state, and the lock is gone: the provider is ended before Terraform is."""
    project.write(PAIR)
    probe = Probe(project, tmp_path)
    probe.prepare(FAULTY)
    probe.fault("create", "hung-second", "hang")
    done = project.run("apply", "dev", "--yes", "--json", "-u", "hung")
    assert (done.status, done.codes()) == (1, ["E502"]), done.err
    assert [name for name, _ in probe.calls("create")] == ["hung-first", "hung-second"]
    assert _things(project, "hung") == ["first"]
    assert list((project.root / "state/dev").glob(".*lock.info")) == []
    assert project.run("plan", "dev", "-u", "hung", "--json").units()["hung"]["add"] == 1
    assert probe.alive() == []


def _things(project: ProjectKit, unit: str) -> list[str]:
    resources = project.state(unit)["resources"]
    return sorted(one["name"] for one in resources if one["instances"])
