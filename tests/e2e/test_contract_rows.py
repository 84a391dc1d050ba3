"""What a run says of units that end in an unusual way: null outputs, plans that failed, units that are left out."""

from __future__ import annotations

from kit.project import ProjectKit
from kit.units import prepare, unit

BUNDLE = ".tfwrap/plans/dev"

# Like many a real module: what it does not make, it tells as null. Terraform keeps no null in a state.
MAYBE = {
    "modules/maybe/main.tf": """\
variable "name" {
  type    = string
  default = null
}

resource "terraform_data" "this" {
  input = var.name
}

output "name" {
  value = var.name
}
"""
}

# Terraform saves a plan file of such a plan, although it failed.
REFUSES = {
    "modules/refuses/main.tf": """\
resource "terraform_data" "this" {
  lifecycle {
    precondition {
      condition     = timestamp() == ""
      error_message = "never"
    }
    precondition {
      condition     = false
      error_message = "no"
    }
  }
}
"""
}


def test_an_output_that_is_null_is_passed_on(project: ProjectKit) -> None:
    project.write(MAYBE)
    prepare(project, {"maybe": unit("maybe"), "reader": unit("maybe", inputs={"name": "${maybe.name}"})})
    assert project.run("plan", "dev").status == 0
    applied = project.run("apply", "dev", "--plan", BUNDLE, "--yes", "--json")
    assert (applied.status, applied.results()) == (0, {"maybe": "applied", "reader": "applied"}), applied.out
    again = project.run("plan", "dev", "--detailed-exitcode", "--json")
    assert (again.status, set(again.results().values())) == (0, {"unchanged"})
    # Also where the unit it comes from has nothing to do, and where the value was another one before.
    for text, states in (("a", ("applied", "applied")), (None, ("applied", "applied"))):
        prepare(
            project,
            {"maybe": unit("maybe", inputs={"name": text}), "reader": unit("maybe", inputs={"name": "${maybe.name}"})},
        )
        moved = project.run("apply", "dev", "--yes", "--json")
        assert (moved.status, tuple(moved.results().values())) == (0, states), moved.out
    prepare(
        project,
        {
            "maybe": unit("maybe"),
            "reader": unit("maybe", inputs={"name": "${maybe.name}"}),
            "late": unit("maybe", inputs={"name": "${maybe.name}"}),
        },
    )
    added = project.run("apply", "dev", "--yes", "--json")
    assert (added.status, added.results()) == (0, {"maybe": "unchanged", "reader": "unchanged", "late": "applied"})


def test_alone_a_unit_cannot_tell_a_null_from_an_output_that_is_new(project: ProjectKit) -> None:
    project.write(MAYBE)
    prepare(project, {"maybe": unit("maybe"), "reader": unit("maybe", inputs={"name": "${maybe.name}"})})
    assert project.run("apply", "dev", "--yes").status == 0
    alone = project.run("plan", "dev", "-u", "reader", "--json")
    assert (alone.status, alone.results()) == (5, {"reader": "deferred"})
    assert "it is null, or maybe was applied before it had this output" in alone.units()["reader"]["reason"]
    assert project.run("plan", "dev", "-u", "+reader").status == 0


def test_a_bundle_with_a_plan_that_failed_is_incomplete_not_tampered_with(project: ProjectKit) -> None:
    project.write(REFUSES)
    prepare(project, {"bad": unit("refuses"), "good": unit(text="x")})
    assert project.run("plan", "dev").status == 1
    shown = project.run("show", "dev", "--json")
    assert (shown.status, shown.results()) == (0, {"bad": "failed", "good": "changed"}), shown.out
    refused = project.run("apply", "dev", "--plan", BUNDLE, "--yes", "--json")
    assert (refused.status, refused.codes()) == (5, ["E524"])


def test_a_disabled_unit_is_excluded_whatever_happens_to_the_others(project: ProjectKit) -> None:
    project.write(REFUSES)
    units = {
        "bad": unit("refuses"),
        "off": unit(text="x", enabled=False, after=["bad"]),
        "last": unit(text="x", after=["off"]),
    }
    prepare(project, units)
    for flags in ((), ("--on-error", "stop")):
        outcome = project.run("plan", "dev", "--json", *flags)
        assert outcome.status == 1
        assert outcome.results() == {"bad": "failed", "off": "excluded", "last": "blocked"}
        assert (outcome.units()["off"]["reason"], outcome.units()["last"]["cause"]) == ("enabled: false", "bad")


def test_a_lock_of_a_unit_that_was_taken_out_can_be_released(project: ProjectKit) -> None:
    prepare(project, {"stays": unit(text="a"), "gone": unit(text="b")})
    assert project.run("apply", "dev", "--yes").status == 0
    prepare(project, {"stays": unit(text="a")})
    assert project.run("generate", "dev").status == 0
    for name in ("gone", "stays"):
        info = project.root / f"state/dev/.{name}.tfstate.lock.info"
        info.write_text('{"ID": "abc"}')
        released = project.run("unlock", "dev", name, "abc", "--json")
        assert (released.status, released.json) == (0, {"version": 1, "env": "dev", "unlocked": name}), released.err
        assert not info.exists()
    assert project.run("unlock", "dev", "nobody", "abc").status == 3


def test_a_unit_says_which_outputs_it_is_affected_by(project: ProjectKit) -> None:
    """Above it nothing changes but outputs: what makes it change would be seen nowhere else."""
    project.write(
        {
            "modules/names/main.tf": """\
variable "name" {
  type = string
}

resource "terraform_data" "this" {}

output "name" {
  value = var.name
}

output "id" {
  value = terraform_data.this.id
}
"""
        }
    )

    def units(name: str) -> None:
        prepare(
            project,
            {
                "names": unit("names", inputs={"name": name}),
                "label": unit(text="in ${names.name}"),
                "again": unit("names", inputs={"name": "${label.text}"}),
                "still": unit(text="${names.id}"),
            },
        )

    units("a")
    first = project.run("plan", "dev", "--json").units()
    assert {first[name]["reason"] for name in ("names", "label", "again")} == {None}
    assert project.run("apply", "dev", "--yes").status == 0
    units("b")
    planned = project.run("plan", "dev", "--json", "--detailed-exitcode")
    rows = planned.units()
    assert (planned.status, rows["names"]["result"], rows["names"]["outputs"]) == (2, "changed", ["name"])
    reasons = {name: (row["class"], row["reason"]) for name, row in rows.items()}
    assert reasons == {
        "names": ("exact", None),
        "label": ("chained", "affected by names.name"),
        "again": ("chained", None),  # label changes more than outputs
        "still": ("exact", None),
    }
    shown = project.run("show", "dev")
    assert "label   1 to change, affected by names.name" in shown.out
    assert project.run("show", "dev", "--json").units()["label"]["reason"] == "affected by names.name"
    applied = project.run("apply", "dev", "--plan", BUNDLE, "--yes", "--json")
    assert (applied.status, applied.units()["label"]["reason"]) == (0, None)
