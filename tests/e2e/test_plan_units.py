"""A chain of units that was never applied: planned whole, applied, unchanged, destroyed."""

from __future__ import annotations

from kit.both_ways import BOTH_WAYS
from kit.project import CHAIN, ProjectKit


@BOTH_WAYS
def test_a_chain_is_planned_before_anything_exists(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": CHAIN})
    outcome = project.run("plan", "dev", "--json")
    assert outcome.status == 0, outcome.err
    rows = outcome.units()
    assert [(name, row["result"], row["class"], row["add"]) for name, row in rows.items()] == [
        ("network", "changed", "exact", 1),
        ("app", "changed", "preview", 1),
        ("label", "changed", "chained", 1),
    ]
    assert "network.id" in rows["app"]["reason"]
    assert outcome.json["totals"] == {"add": 3, "change": 0, "destroy": 0, "replace": 0}
    assert not list(project.root.glob("state/**/*.tfstate"))


@BOTH_WAYS
def test_apply_works_through_the_layers(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": CHAIN})
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert outcome.status == 0, outcome.err
    assert set(outcome.results().values()) == {"applied"}
    network = project.state("network")["outputs"]["id"]["value"]
    assert project.state("app")["outputs"]["text"]["value"] == f"on {network}"
    again = project.run("plan", "dev", "--json", "--detailed-exitcode")
    assert again.status == 0, again.err
    assert set(again.results().values()) == {"unchanged"}
    gone = project.run("destroy", "dev", "--yes", "--json")
    assert gone.status == 0, gone.err
    assert set(gone.results().values()) == {"destroyed"}
    assert project.state("network")["resources"] == []


def test_changes_are_exit_2_only_when_asked(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": CHAIN})
    assert project.run("plan", "dev").status == 0
    assert project.run("plan", "dev", "--detailed-exitcode").status == 2
