"""Planning what depends on the unapplied (semantics.md): exact, chained, preview, deferred."""

from __future__ import annotations

import json

import pytest
from kit.both_ways import BOTH_WAYS
from kit.engines import NAMES, use
from kit.project import ProjectKit
from kit.units import prepare, resources, unit


def _tree(project: ProjectKit, folder: str) -> dict[str, bytes]:
    root = project.root / folder
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("engine", NAMES)
def test_classes_apply_and_destroy_are_the_same_with_every_engine(project: ProjectKit, engine: str) -> None:
    use(project, engine)
    prepare(
        project,
        {
            "network": unit(text="dev"),
            "label": unit(text="in ${network.text}"),
            "app": unit(text="on ${network.id}"),
            "late": unit("late", inputs={"texts": ["a", "b"]}),
            "many": unit("count", inputs={"names": "${late.texts}"}),
        },
    )
    planned = project.run("plan", "dev", "--json")
    assert planned.status == 0, planned.err
    rows = planned.units()
    assert {name: (row["result"], row["class"]) for name, row in rows.items()} == {
        "network": ("changed", "exact"),
        "label": ("changed", "chained"),
        "app": ("changed", "preview"),
        "late": ("changed", "exact"),
        "many": ("deferred", "deferred"),
    }
    assert "late.texts" in rows["many"]["reason"]
    refused = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert refused.status == 5, refused.err
    assert refused.results() == {
        "network": "applied",
        "label": "applied",
        "app": "needs_replan",
        "late": "applied",
        "many": "needs_replan",
    }
    applied = project.run("apply", "dev", "--yes", "--json")
    assert applied.status == 0, applied.err
    assert applied.results()["app"] == "applied"
    assert resources(project, "many") == 2
    again = project.run("plan", "dev", "--detailed-exitcode", "--json")
    assert (again.status, set(again.results().values())) == (0, {"unchanged"}), again.err
    project.write({"modules/echo/main.tf": (project.root / "modules/echo/main.tf").read_text() + "\n# touched\n"})
    gone = project.run("destroy", "dev", "--yes", "--json")
    assert gone.status == 0, gone.err
    assert [resources(project, name) for name in rows] == [0] * 5


@pytest.mark.parametrize("engine", NAMES)
def test_inputs_that_moved_are_refused_with_every_engine(project: ProjectKit, engine: str) -> None:
    """OpenTofu itself applies a saved plan with other values than it was made with; tfwrap's own check holds."""
    use(project, engine)
    prepare(project, {"up": unit(text="one"), "down": unit(text="${up.text}"), "aside": unit(text="aside")})
    assert project.run("apply", "dev", "-u", "up", "--yes").status == 0
    assert project.run("plan", "dev", "-u", "down", "-u", "aside", "-o", "saved").status == 0
    prepare(project, {"up": unit(text="two"), "down": unit(text="${up.text}"), "aside": unit(text="aside")})
    assert project.run("apply", "dev", "-u", "up", "--yes").status == 0
    outcome = project.run("apply", "dev", "--plan", "saved", "--yes")
    assert outcome.status == 5, outcome.err
    assert "up.text is not what the plan was made with" in outcome.out
    assert "Next: tfwrap apply dev" in outcome.out
    assert resources(project, "aside") == 1
    assert resources(project, "down") == 0


def test_preview_values_show_what_cannot_be_planned_yet(project: ProjectKit) -> None:
    prepare(
        project,
        {
            "late": unit("late", preview={"texts": ["p", "q", "r"]}),
            "many": unit("count", inputs={"names": "${late.texts}"}),
        },
    )
    row = project.run("plan", "dev", "--json").units()["many"]
    assert (row["result"], row["class"], row["add"]) == ("changed", "preview", 3)
    assert "preview values of late" in row["reason"]
    saved = project.root / ".tfwrap/plans/dev/units/many"
    assert sorted(path.name for path in saved.iterdir()) == ["plan.json"]
    # One element, not three: not what was shown, so a --yes given for that does not count.
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert outcome.status == 5, outcome.err
    assert outcome.results() == {"late": "applied", "many": "needs_replan"}
    assert resources(project, "many") == 0


def test_what_follows_from_preview_values_is_never_planned_with(project: ProjectKit) -> None:
    """`many.count` is known in a plan made with the preview values, but it is no more real than these."""
    prepare(
        project,
        {
            "late": unit("late", preview={"texts": ["p", "q", "r"]}),
            "many": unit("count", inputs={"names": "${late.texts}"}),
            "reader": unit(text="${many.count}"),
            "last": unit(text="${reader.text}"),
        },
    )
    planned = project.run("plan", "dev", "--json")
    rows = planned.units()
    assert (planned.status, rows["many"]["class"]) == (0, "preview")
    assert {name: (rows[name]["class"], rows[name]["reason"]) for name in ("reader", "last")} == {
        "reader": ("preview", "needs many.count, known after many is applied"),
        "last": ("preview", "needs reader.text, known after reader is applied"),
    }
    assert not (project.root / ".tfwrap/plans/dev/units/reader/plan.bin").exists()
    applied = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (applied.status, applied.results()["reader"]) == (5, "needs_replan")


def test_what_needs_a_deferred_unit_is_deferred(project: ProjectKit) -> None:
    prepare(
        project,
        {
            "late": unit("late"),
            "many": unit("count", inputs={"names": "${late.texts}"}),
            "last": unit(text="${many.count}"),
        },
    )
    outcome = project.run("plan", "dev", "--json", "--detailed-exitcode")
    assert outcome.status == 2, outcome.err
    assert outcome.units()["last"]["result"] == "deferred"
    assert "many" in outcome.units()["last"]["reason"]
    assert project.run("apply", "dev", "--yes", "--json").results()["last"] == "applied"
    assert project.state("last")["outputs"]["text"]["value"] == "1"


def test_a_plan_leaves_generated_files_and_states_alone(project: ProjectKit) -> None:
    prepare(project, {"network": unit(text="dev"), "app": unit(text="on ${network.id}")})
    assert project.run("generate", "dev").status == 0
    before = _tree(project, "live")
    assert project.run("plan", "dev").status == 0
    assert _tree(project, "live") == before
    assert not (project.root / "state").exists() or not _tree(project, "state")


def test_an_output_alone_is_a_change_and_dependents_see_it(project: ProjectKit) -> None:
    module = 'variable "text" {}\nresource "terraform_data" "this" {}\noutput "text" {\n  value = var.text\n}\n'
    project.write({"modules/said/main.tf": module})
    prepare(project, {"up": unit("said", text="one"), "down": unit(text="${up.text}")})
    assert project.run("apply", "dev", "--yes").status == 0
    prepare(project, {"up": unit("said", text="two"), "down": unit(text="${up.text}")})
    rows = project.run("plan", "dev", "--json").units()
    assert (rows["up"]["result"], rows["up"]["outputs"], rows["up"]["change"]) == ("changed", ["text"], 0)
    assert (rows["down"]["result"], rows["down"]["class"]) == ("changed", "chained")


@BOTH_WAYS
def test_a_chain_whose_values_came_out_equal_is_applied_from_the_bundle(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="x"), "b": unit(text="${a.text}y"), "c": unit(text="${b.text}z")})
    assert project.run("plan", "dev").status == 0
    outcome = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert (outcome.status, set(outcome.results().values())) == (0, {"applied"}), outcome.err
    assert project.state("c")["outputs"]["text"]["value"] == "xyz"


@BOTH_WAYS
def test_selection_reads_outputs_and_never_pulls_in(project: ProjectKit) -> None:
    prepare(project, {"up": unit(text="one"), "down": unit(text="${up.text}"), "later": unit(text="l", after=["up"])})
    alone = project.run("plan", "dev", "-u", "down", "-u", "later", "--json")
    assert alone.status == 5
    assert alone.results() == {"down": "deferred", "later": "deferred"}
    assert all("up is neither applied nor selected" in row["reason"] for row in alone.units().values())
    assert project.run("apply", "dev", "-u", "up", "--yes").status == 0
    serial = project.state("up")["serial"]
    outcome = project.run("apply", "dev", "-u", "down", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (0, {"down": "applied"}), outcome.err
    assert project.state("up")["serial"] == serial


def test_units_run_in_graph_order_and_rows_too(project: ProjectKit) -> None:
    trace = project.root / "trace"
    inputs = {"trace": str(trace)}
    prepare(
        project,
        {
            "z": unit("work", text="z", inputs=inputs),
            "b": unit("work", text="b", inputs=inputs, after=["a"]),
            "a": unit("work", text="a", inputs=inputs),
        },
    )
    outcome = project.run("apply", "dev", "--yes", "-j", "1", "--json")
    assert list(outcome.results()) == ["z", "a", "b"]
    assert [line for line in trace.read_text().splitlines() if line.startswith("start")] == [
        "start z",
        "start a",
        "start b",
    ]


def test_the_childs_environment_is_a_policy_and_said_once(project: ProjectKit) -> None:
    project.env |= {"TF_VAR_text": "from outside", "TF_CLI_ARGS_plan": "-destroy", "TF_LOG": "trace"}
    prepare(project, {"a": unit(text="a"), "b": unit(text="b")})
    outcome = project.run("plan", "dev", "--json", "--progress", "plain")
    assert outcome.status == 0, outcome.err
    assert outcome.json["totals"] == {"add": 2, "change": 0, "destroy": 0, "replace": 0}
    assert outcome.err.count("not passed on to Terraform") == 1
    manifest = json.loads((project.root / ".tfwrap/plans/dev/manifest.json").read_text())
    assert manifest["mode"] == "apply"


def test_disabled_units_are_excluded(project: ProjectKit) -> None:
    prepare(project, {"on": unit(text="on"), "off": unit(text="off", enabled=False)})
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (0, {"on": "applied", "off": "excluded"}), outcome.err


@BOTH_WAYS
def test_drift_is_what_reality_did(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a"), "never": unit(text="${a.id}")})
    assert project.run("apply", "dev", "-u", "a", "--yes").status == 0
    outcome = project.run("drift", "dev", "--json")
    assert (outcome.status, set(outcome.results().values())) == (0, {"unchanged"}), outcome.err
