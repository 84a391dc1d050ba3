"""The steps of the workflow, each in a process of its own as Atlantis runs them, without an Atlantis."""

from __future__ import annotations

import json
import re

import pytest
from kit.atlantis_step import Steps
from kit.project import CHAIN, ProjectKit


@pytest.fixture
def steps(project: ProjectKit) -> Steps:
    project.write({"live/dev/env.yaml": CHAIN})
    assert project.run("generate", "dev").status == 0
    return Steps(project)


def test_plan_comment_apply(steps: Steps) -> None:
    text = steps.plan("dev/network")
    assert text.splitlines()[0] == "network: 1 to add"
    assert "@@ terraform_data.this  create @@" in text
    assert text.splitlines()[-1] == "Plan: 1 to add, 0 to change, 0 to destroy."
    content = json.loads(steps.plan_file("dev/network").read_text())
    assert (content["kind"], content["head_commit"]) == ("plan", steps.commit)
    assert re.fullmatch("[0-9a-f]{64}", content["plans"]["network"])
    applied = steps.apply("dev/network")
    assert applied.status == 0, applied.out + applied.err
    assert applied.out.splitlines()[0] == "network   1 added"
    assert steps.kit.state("network")["resources"]
    assert not list(steps.kit.root.rglob("*.tfplan"))
    assert not list(steps.kit.root.rglob("plan.bin"))


def test_a_chain_of_units_layer_by_layer(steps: Steps) -> None:
    steps.plan("dev/network")
    label = steps.plan("dev/label")
    assert "label: 1 to add (with values that are planned, not applied yet)" in label
    app = steps.plan("dev/app")
    assert "! DEFERRED: app needs network.id, known after network is applied." in app
    assert "atlantis plan -p dev/app" in app
    assert len(re.findall("Plan: ", app)) == 1
    assert json.loads(steps.plan_file("dev/app").read_text())["kind"] == "deferred"

    early = steps.apply("dev/app")
    assert early.status == 5
    assert "E716" in early.err
    assert "atlantis plan -p dev/app" in early.err
    assert steps.apply("dev/label").status == 5  # its values are not applied yet

    steps.plan("dev/label")
    assert steps.apply("dev/network").status == 0
    label_applied = steps.apply("dev/label")
    assert label_applied.status == 0, label_applied.out + label_applied.err
    assert "app: 1 to add\n" in steps.plan("dev/app")
    assert steps.apply("dev/app").status == 0
    network = steps.kit.state("network")["outputs"]["id"]["value"]
    assert steps.kit.state("app")["outputs"]["text"]["value"] == f"on {network}"


def test_inputs_that_moved_are_refused_with_the_line_to_type(steps: Steps) -> None:
    for unit in ("network", "label"):
        steps.plan(f"dev/{unit}")
        assert steps.apply(f"dev/{unit}").status == 0
    steps.kit.write({"live/dev/env.yaml": CHAIN.replace("in ${", "inside ${")})
    assert steps.kit.run("generate", "dev").status == 0
    steps.plan("dev/label")
    before = steps.kit.state("label")
    # somebody else changes network meanwhile
    steps.kit.write({"live/dev/env.yaml": CHAIN.replace("in ${", "inside ${").replace("text: dev", "text: prod")})
    assert steps.kit.run("apply", "dev", "-u", "network", "--yes").status == 0
    stale = steps.apply("dev/label")
    assert stale.status == 5
    assert "network.text is not what the plan was made with" in stale.out
    assert "atlantis plan -p dev/label" in stale.out
    assert steps.kit.state("label") == before
    assert steps.plan_file("dev/label").exists()  # Atlantis refuses every apply without it


def test_no_changes_in_words_that_atlantis_knows(steps: Steps) -> None:
    steps.plan("dev/network")
    assert steps.apply("dev/network").status == 0
    text = steps.plan("dev/network")
    assert text.splitlines()[-1] == "No changes. Your infrastructure matches the configuration."
    assert "Plan:" not in text
    assert not steps.plan_file("dev/network").exists()


def test_where_atlantis_merges_by_itself_a_unit_without_changes_is_applied_too(steps: Steps) -> None:
    steps.plan("dev/network")
    assert steps.apply("dev/network").status == 0
    steps.kit.write({"atlantis.yaml": "version: 3\nautomerge: true\n"})
    steps.plan("dev/network")
    assert json.loads(steps.plan_file("dev/network").read_text())["kind"] == "unchanged"
    applied = steps.apply("dev/network")
    assert (applied.status, applied.out.strip() != "") == (0, True)
    assert not steps.plan_file("dev/network").exists()


def test_a_plan_that_fails_leaves_nothing_to_apply(steps: Steps) -> None:
    steps.plan("dev/network")
    steps.kit.write({"modules/echo/broken.tf": 'resource "terraform_data" "broken" {\n  input = file("none")\n}\n'})
    failed = steps.run("plan", "dev/network")
    assert failed.status == 1
    assert "none" in failed.out
    assert not steps.plan_file("dev/network").exists()
    assert steps.apply("dev/network").status == 5
    assert steps.run("comment", "dev/network").status == 5


def test_a_new_commit_needs_a_new_plan(steps: Steps) -> None:
    steps.plan("dev/network")
    steps.commit = "00000000000000000000000000000000000000bb"
    refused = steps.apply("dev/network")
    assert refused.status == 5
    assert "8830de9a" in refused.err
    assert steps.run("comment", "dev/network").status == 5


def test_a_plan_file_that_was_tampered_with_is_refused(steps: Steps) -> None:
    steps.plan("dev/network")
    plan = next(steps.kit.root.rglob("plan.bin"))
    plan.write_bytes(plan.read_bytes() + b"x")
    refused = steps.apply("dev/network")
    assert refused.status == 5
    assert "E522" in refused.err
    assert not list(steps.kit.root.glob("state/**/*.tfstate"))
    assert steps.plan_file("dev/network").exists()


def test_destroy_and_its_warning(steps: Steps) -> None:
    steps.plan("dev/network")
    assert steps.apply("dev/network").status == 0
    text = steps.plan("dev/network", "-destroy")
    assert text.splitlines()[1].startswith("! planned with -destroy")
    assert "! 1 unit would be destroyed: network" in text
    assert text.splitlines()[-1] == "Plan: 0 to add, 0 to change, 1 to destroy."
    done = steps.apply("dev/network")
    assert done.status == 0, done.out + done.err
    assert "destroyed" in done.out
    assert steps.kit.state("network")["resources"] == []


def test_target_and_replace_reach_terraform(steps: Steps) -> None:
    steps.plan("dev/network")
    assert steps.apply("dev/network").status == 0
    text = steps.plan("dev/network", "-replace=terraform_data.this")
    assert "@@ ! terraform_data.this  replace  requested @@" in text
    assert "! only a part was planned: -replace=module.this.terraform_data.this" in text


def test_a_whole_environment_as_one_project(steps: Steps) -> None:
    text = steps.plan("dev")
    assert [line for line in text.splitlines() if line.startswith("Plan: ")] == [
        "Plan: 3 to add, 0 to change, 0 to destroy."
    ]
    first = steps.apply("dev")
    assert first.status == 5  # app was planned with values that are not known
    assert "atlantis plan -p dev" in first.out
    assert "network   1 added" in first.out
    again = steps.plan("dev")
    assert "app: 1 to add" in again
    second = steps.apply("dev")
    assert second.status == 0, second.out + second.err
    assert not steps.plan_file("dev").exists()


def test_generated_files_that_are_out_of_date_are_not_planned(steps: Steps) -> None:
    main = steps.folder("dev/network") / "main.tf"
    main.write_text(main.read_text() + "# by hand\n")
    refused = steps.run("plan", "dev/network")
    assert refused.status == 4
    assert "live/dev/network/main.tf was edited by hand" in refused.err


def test_import_and_state_rm(steps: Steps) -> None:
    steps.plan("dev/network")
    assert steps.apply("dev/network").status == 0
    removed = steps.run("state-rm", "dev/network", "terraform_data.this")
    assert removed.status == 0, removed.out + removed.err
    assert steps.kit.state("network")["resources"] == []
    imported = steps.run("import", "dev/network", "terraform_data.this", "an-id")
    assert imported.status == 0, imported.out + imported.err
    assert steps.kit.state("network")["resources"][0]["type"] == "terraform_data"
    assert steps.run("import", "dev/network", "terraform_data.this").status == 64
