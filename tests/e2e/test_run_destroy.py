"""Destroy in the exact reverse order, only what was asked for; units that were renamed or taken out."""

from __future__ import annotations

import os
import pty
import subprocess

from kit.both_ways import BOTH_WAYS
from kit.project import ProjectKit
from kit.units import prepare, resources, unit

CHAIN = {"a": unit(text="a"), "b": unit(text="${a.text}"), "c": unit(text="${b.text}"), "aside": unit(text="s")}


@BOTH_WAYS
def test_destroy_is_the_exact_reverse(project: ProjectKit) -> None:
    trace = project.root / "trace"
    hooks = {"before_destroy": [["sh", "-c", f"basename $PWD >> {trace}"]]}
    prepare(project, {name: {**facts, "hooks": hooks} for name, facts in CHAIN.items()})
    assert project.run("apply", "dev", "--yes").status == 0
    outcome = project.run("destroy", "dev", "--yes", "--json", "-j", "1")
    assert outcome.status == 0, outcome.err
    assert set(outcome.results().values()) == {"destroyed"}
    assert trace.read_text().split() == ["aside", "c", "b", "a"]
    assert [resources(project, name) for name in CHAIN] == [0, 0, 0, 0]
    again = project.run("destroy", "dev", "--yes", "--json", "--detailed-exitcode")
    assert (again.status, set(again.results().values())) == (0, {"unchanged"})


def test_dependents_that_stand_refuse(project: ProjectKit) -> None:
    prepare(project, CHAIN)
    assert project.run("apply", "dev", "--yes").status == 0
    for arguments in (["destroy", "dev", "-u", "b", "--yes"], ["plan", "dev", "--destroy", "-u", "b"]):
        refused = project.run(*arguments, "--json")
        assert (refused.status, refused.codes()) == (1, ["E531"])
        problem = refused.json["problems"][0]
        assert ("c still has resources" in problem["message"], "-u b+" in problem["hint"]) == (True, True)
    assert resources(project, "b") == 1
    outcome = project.run("destroy", "dev", "-u", "b+", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (0, {"b": "destroyed", "c": "destroyed"})
    assert [resources(project, name) for name in CHAIN] == [1, 0, 0, 1]
    alone = project.run("destroy", "dev", "-u", "a", "--yes", "--json")
    assert (alone.status, alone.results()) == (0, {"a": "destroyed"})


def test_a_failing_destroy_blocks_what_it_stands_on(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a"), "b": unit(text="${a.text}", hooks={"before_destroy": [["false"]]})})
    assert project.run("apply", "dev", "--yes").status == 0
    outcome = project.run("destroy", "dev", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (1, {"a": "blocked", "b": "failed"})
    assert (resources(project, "a"), outcome.units()["a"]["cause"]) == (1, "b")


def test_units_taken_out_are_destroyed_on_request_and_forgotten(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a"), "b": unit(text="${a.text}")})
    assert project.run("apply", "dev", "--yes").status == 0
    prepare(project, {"a": unit(text="a")})
    planned = project.run("apply", "dev", "--yes", "--json")
    assert (planned.status, planned.results()) == (0, {"a": "unchanged"})
    assert resources(project, "b") == 1
    assert project.run("generate", "dev", "--check").status == 4
    refused = project.run("destroy", "dev", "-u", "a", "--yes", "--json")
    assert (refused.status, refused.codes()) == (1, ["E531"])
    assert project.run("plan", "dev", "--destroy", "-u", "b").status == 0
    outcome = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (0, {"b": "destroyed"}), outcome.err
    assert resources(project, "b") == 0
    assert not (project.root / "live/dev/b").exists()
    assert project.run("generate", "dev", "--check").status == 0


@BOTH_WAYS
def test_a_renamed_unit_takes_its_state_along(project: ProjectKit) -> None:
    prepare(project, {"old": unit(text="x"), "down": unit(text="${old.id}")})
    assert project.run("apply", "dev", "--yes").status == 0
    identity = project.state("old")["outputs"]["id"]["value"]
    renamed = {"new": unit(text="x", renamed_from="old"), "down": unit(text="${new.id}")}
    prepare(project, renamed)
    planned = project.run("plan", "dev", "--json")
    assert planned.status == 0, planned.err
    rows = planned.units()
    assert (rows["new"]["result"], rows["new"]["add"], rows["new"]["destroy"]) == ("changed", 0, 0)
    assert "takes over the state of old" in rows["new"]["reason"]
    assert (rows["down"]["result"], rows["down"]["class"]) == ("unchanged", "exact")
    assert (resources(project, "old"), resources(project, "new")) == (1, 0)
    outcome = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (0, {"new": "applied", "down": "unchanged"}), outcome.err
    assert (resources(project, "old"), resources(project, "new")) == (0, 1)
    assert project.state("new")["outputs"]["id"]["value"] == identity
    again = project.run("plan", "dev", "--json", "--detailed-exitcode")
    assert (again.status, set(again.results().values())) == (0, {"unchanged"})
    assert project.run("generate", "dev", "--check").status == 0


def test_a_rename_with_changes_does_nothing(project: ProjectKit) -> None:
    prepare(project, {"old": unit(text="x")})
    assert project.run("apply", "dev", "--yes").status == 0
    prepare(project, {"new": unit(text="y", renamed_from="old")})
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert (outcome.status, outcome.results(), outcome.codes()) == (1, {"new": "failed"}, ["E532"])
    assert (resources(project, "old"), resources(project, "new")) == (1, 0)


def test_a_rename_cut_off_half_way_is_ended_by_the_next_run(project: ProjectKit) -> None:
    prepare(project, {"old": unit(text="x")})
    assert project.run("apply", "dev", "--yes").status == 0
    states = project.root / "state/dev"
    (states / "new.tfstate").write_bytes((states / "old.tfstate").read_bytes())
    prepare(project, {"new": unit(text="x", renamed_from="old")})
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (0, {"new": "applied"}), outcome.err
    assert (resources(project, "old"), resources(project, "new")) == (0, 1)


def test_on_a_terminal_dependents_may_come_along(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a"), "b": unit(text="${a.text}")})
    assert project.run("apply", "dev", "--yes").status == 0
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        project.command("destroy", "dev", "-u", "a", "--progress", "plain"),
        cwd=project.root,
        env=project.environment(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(ours, b"y\ndev\n")
    out, err = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, err
    assert "b would be left without. Destroy them too?" in err + out
    assert (resources(project, "a"), resources(project, "b")) == (0, 0)
