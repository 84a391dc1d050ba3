from __future__ import annotations

from typing import Any

import pytest
from golden.golden import plan, plan_data

from tfwrap.base.problems import Failure
from tfwrap.plan.model import Counts, Plan
from tfwrap.plan.secrets import sensitive_strings
from tfwrap.plan.summary import in_words, losses_first, short_address


@pytest.mark.parametrize("name", ["update", "update-1.15"])
def test_counts_are_terraforms(name: str) -> None:
    counted = plan(name).counts
    assert counted == Counts(add=1, change=6, destroy=3, replace=1, import_=1, forget=1, move=1)


def test_both_terraforms_say_the_same() -> None:
    versions = [plan_data(name)["terraform_version"] for name in ("update", "update-1.15")]
    assert versions == ["1.11.4", "1.15.5"]
    old, new = plan("update"), plan("update-1.15")
    assert [(c.address, c.action, c.reason) for c in old.changes] == [
        (c.address, c.action, c.reason) for c in new.changes
    ]


def test_actions_and_what_goes_with_them() -> None:
    changes = {short_address(change.address): change for change in plan("update").changes}
    replaced = changes["terraform_data.replaced"]
    assert replaced.action == "replace"
    assert replaced.actions == ("delete", "create")
    assert replaced.replace_paths == (("triggers_replace",),)
    assert changes["terraform_data.gone"].action == "delete"
    assert changes["terraform_data.gone"].reason == "delete_because_no_resource_config"
    assert changes["terraform_data.kept"].action == "forget"
    moved = changes["terraform_data.new_name"]
    assert (moved.action, moved.moves, moved.changes) == ("no-op", True, True)
    assert changes["terraform_data.imported"].importing == "an-id"
    assert changes["terraform_data.doc"].configured == frozenset({"input"})
    assert changes["terraform_data.counted[1]"].configured == frozenset({"input"})


def test_has_changes() -> None:
    assert plan("create").has_changes
    assert not plan("unchanged").has_changes
    outputs_only = plan("outputs")
    assert outputs_only.counts == Counts()
    assert outputs_only.has_changes
    assert [output.name for output in outputs_only.changed_outputs] == ["changes", "nothing"]


@pytest.mark.parametrize("field", ["previous_address", "importing"])
def test_a_move_or_an_import_alone_is_a_change(field: str) -> None:
    entry = resource(["no-op"])
    assert not Plan.from_json(document(entry)).has_changes
    if field == "importing":
        entry["change"]["importing"] = {"id": "x"}
    else:
        entry["previous_address"] = "terraform_data.before"
    assert Plan.from_json(document(entry)).has_changes


def test_planned_outputs_know_what_is_unknown() -> None:
    planned = plan("outputs-create").planned_outputs()
    assert planned["same"].value == "same"
    assert planned["same"].known
    assert planned["changes"].value == {"name": "a"}
    assert planned["changes"].unknown == {"kept": True}
    assert not planned["changes"].known
    assert planned["nothing"].value is None
    assert planned["nothing"].known
    assert plan("create").planned_outputs()["token"].sensitive
    assert plan("update").planned_outputs()["id"].unknown is True


def test_reads_are_neither_counted_nor_changes() -> None:
    read = Plan.from_json(document(resource(["read"], mode="data")))
    assert read.counts == Counts()
    assert not read.has_changes


def test_replacing_and_keeping_the_old_object_destroys_nothing() -> None:
    kept = Plan.from_json(document(resource(["create", "forget"])))
    assert kept.counts == Counts(add=1, forget=1)


@pytest.mark.parametrize("version", ["2.0", "0.9", None])
def test_an_unknown_format_is_refused(version: str | None) -> None:
    with pytest.raises(Failure) as failure:
        Plan.from_json({"format_version": version} if version else {})
    assert failure.value.problems[0].code == "E330"


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(Failure, match=r"terraform_data\.a: explode"):
        Plan.from_json(document(resource(["explode"])))


def test_drift() -> None:
    moved = document(resource(["no-op"])) | {"resource_drift": [resource(["delete"])]}
    assert Plan.from_json(moved).has_drift
    assert not Plan.from_json(moved).has_changes
    assert not plan("update").has_drift


def test_words() -> None:
    assert in_words(plan("create")) == "12 to add"
    assert in_words(plan("create"), "done") == "12 added"
    assert in_words(plan("unchanged")) == "no changes"
    assert in_words(plan("outputs")) == "2 outputs to change"
    expected = "2 to destroy, 1 to replace, 1 to forget, 1 to import, 6 to change, 1 to move"
    assert in_words(plan("update")) == expected


def test_losses_come_first_and_the_rest_keeps_its_order() -> None:
    actions = [change.action for change in losses_first(plan("update").changes)]
    assert actions == ["delete", "delete", "replace", "forget", *["update"] * 6, "no-op", "no-op"]


def test_sensitive_strings() -> None:
    assert sensitive_strings(plan("update")) >= {"hunter2-one", "hunter2-two", "token-hunter2-two"}
    assert {"hunter2-one", "password"} <= sensitive_strings(plan("helm-create"))
    assert sensitive_strings(plan("outputs")) == frozenset()


def resource(actions: list[str], mode: str = "managed") -> dict[str, Any]:
    return {
        "address": "terraform_data.a",
        "mode": mode,
        "type": "terraform_data",
        "name": "a",
        "change": {"actions": actions, "before": None, "after": {"input": "x"}, "after_unknown": {}},
    }


def document(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": list(resources)}
