"""A saved plan is applied as it is or not at all (semantics.md: Bundle, Apply)."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.both_ways import BOTH_WAYS
from kit.project import Outcome, ProjectKit
from kit.units import prepare, resources, unit

BUNDLE = ".tfwrap/plans/dev"
TWO = {"a": unit(text="a"), "b": unit(text="b")}


def _apply(project: ProjectKit, *more: str) -> Outcome:
    return project.run("apply", "dev", "--plan", BUNDLE, "--yes", "--json", *more)


def _change_manifest(project: ProjectKit, key: str, value: object) -> None:
    path = project.root / BUNDLE / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))


def _forge_manifest(project: ProjectKit, key: str, value: object) -> None:
    """As another tfwrap or Terraform would have written it: with an id that fits."""
    import hashlib

    _change_manifest(project, key, value)
    folder = project.root / BUNDLE
    (folder / "id").write_text(hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest() + "\n")


def _append(project: ProjectKit, path: str) -> None:
    with (project.root / path).open("ab") as file:
        file.write(b"#")


HARM: dict[str, tuple[Callable[[ProjectKit], None], str]] = {
    "plan file exchanged": (lambda it: _append(it, f"{BUNDLE}/units/b/plan.bin"), "E522"),
    "plan JSON edited": (lambda it: _append(it, f"{BUNDLE}/units/b/plan.json"), "E522"),
    "plan file missing": (lambda it: (it.root / BUNDLE / "units/b/plan.bin").unlink(), "E522"),
    "manifest edited": (lambda it: _change_manifest(it, "dirty", True), "E522"),
    "manifest missing": (lambda it: (it.root / BUNDLE / "manifest.json").unlink(), "E521"),
    "manifest of another shape": (lambda it: _forge_manifest(it, "version", 2), "E521"),
    "incomplete": (lambda it: _forge_manifest(it, "complete", False), "E524"),
    "another Terraform": (lambda it: _forge_manifest(it, "engine_version", "1.9.0"), "E528"),
    "another tfwrap": (lambda it: _forge_manifest(it, "tfwrap", "0.0.0"), "E528"),
    "another environment": (lambda it: _forge_manifest(it, "environment", "prod"), "E523"),
    "settings changed": (lambda it: prepare(it, {**TWO, "b": unit(text="other")}), "E526"),
    "a unit is gone": (lambda it: prepare(it, {"a": unit(text="a")}), "E526"),
    "a lock file changed": (lambda it: it.write({"live/dev/b/.terraform.lock.hcl": "# new\n"}), "E526"),
}


def test_no_damaged_bundle_is_applied(project: ProjectKit, tmp_path: Path) -> None:
    """Every fault is found before the first unit: `a`, which is whole, is not applied either."""
    import shutil

    prepare(project, TWO)
    assert project.run("plan", "dev").status == 0
    whole = tmp_path / "whole"
    shutil.copytree(project.root, whole)
    found = {}
    for what, (harm, _) in HARM.items():
        shutil.rmtree(project.root)
        shutil.copytree(whole, project.root)
        harm(project)
        outcome = _apply(project)
        found[what] = (outcome.status, outcome.codes()[:1], resources(project, "a"))
    assert found == {what: (5, [code], 0) for what, (_, code) in HARM.items()}


def test_a_bundle_is_private_and_says_what_it_was_made_from(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="very-secret"), "b": unit(text="${a.text}")})
    assert project.run("plan", "dev").status == 0
    folder = project.root / BUNDLE
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")] if path.is_dir()} == {0o700}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["graph"] == {"a": [], "b": ["a"]}
    assert manifest["selection"] == ["a", "b"]
    found = manifest["units"]["b"]["inputs"]["a_text"]
    assert (found["producer"], found["output"], found["kind"]) == ("a", "text", "planned")
    assert "very-secret" not in (folder / "manifest.json").read_text()


def test_a_used_bundle_is_refused(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a")})
    assert project.run("plan", "dev").status == 0
    assert _apply(project).status == 0
    serial = project.state("a")["serial"]
    again = _apply(project)
    assert (again.status, again.codes()) == (5, ["E525"])
    assert project.state("a")["serial"] == serial


@BOTH_WAYS
def test_moved_inputs_block_dependents_and_nobody_else(project: ProjectKit) -> None:
    def units(text: str) -> dict[str, dict[str, object]]:
        return {
            "up": unit(text=text),
            "down": unit(text="${up.text}"),
            "below": unit(text="b", after=["down"]),
            "aside": unit(text="s"),
        }

    prepare(project, units("one"))
    assert project.run("apply", "dev", "-u", "up", "--yes").status == 0
    selection = ["-u", "down", "-u", "below", "-u", "aside"]
    assert project.run("plan", "dev", *selection, "-o", "saved").status == 0
    prepare(project, units("two"))
    assert project.run("apply", "dev", "-u", "up", "--yes").status == 0
    outcome = project.run("apply", "dev", "--plan", "saved", "--yes", "--json")
    assert outcome.status == 5
    assert outcome.results() == {"down": "needs_replan", "aside": "applied", "below": "blocked"}
    assert outcome.units()["below"]["cause"] == "down"
    # The same addresses and actions as approved: with --accept replan it goes on.
    assert project.run("plan", "dev", *selection, "-o", "saved").status == 0
    prepare(project, units("three"))
    assert project.run("apply", "dev", "-u", "up", "--yes").status == 0
    accepted = project.run("apply", "dev", "--plan", "saved", "--yes", "--json", "--accept", "replan")
    assert accepted.status == 0, accepted.err
    assert accepted.results() == {"down": "applied", "aside": "unchanged", "below": "applied"}
    assert project.state("down")["outputs"]["text"]["value"] == "three"


def test_accept_replan_does_not_accept_other_actions(project: ProjectKit) -> None:
    def units(names: list[str]) -> dict[str, dict[str, object]]:
        return {"up": unit("late", inputs={"texts": names}), "many": unit("count", inputs={"names": "${up.texts}"})}

    prepare(project, units(["a"]))
    assert project.run("apply", "dev", "-u", "up", "--yes").status == 0
    assert project.run("plan", "dev", "-u", "many", "-o", "saved").status == 0
    prepare(project, units(["a", "b"]))
    assert project.run("apply", "dev", "-u", "up", "--yes").status == 0
    outcome = project.run("apply", "dev", "--plan", "saved", "--yes", "--json", "--accept", "replan")
    assert (outcome.status, outcome.results()) == (5, {"many": "needs_replan"})
    assert resources(project, "many") == 0


@BOTH_WAYS
def test_a_state_that_moved_since_the_plan_is_not_applied_over(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a")})
    assert project.run("apply", "dev", "--yes").status == 0
    prepare(project, {"a": unit(text="b")})
    assert project.run("plan", "dev", "-o", "saved").status == 0
    assert (
        project.run("exec", "dev", "a", "--", "terraform", "state", "rm", "module.this.terraform_data.this").status == 0
    )
    outcome = project.run("apply", "dev", "--plan", "saved", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (5, {"a": "needs_replan"}), outcome.err
    assert "state moved from serial" in outcome.units()["a"]["reason"]


def test_unchanged_units_are_not_run_but_their_outputs_count(project: ProjectKit) -> None:
    hooks = {"before_apply": [["touch", "ran"]]}
    prepare(project, {"up": unit(text="x", hooks=hooks), "down": unit(text="${up.text}1", hooks=hooks)})
    assert project.run("apply", "dev", "--yes").status == 0
    for name in ("up", "down"):
        (project.root / f"live/dev/{name}/ran").unlink()
    prepare(project, {"up": unit(text="x", hooks=hooks), "down": unit(text="${up.text}2", hooks=hooks)})
    outcome = project.run("apply", "dev", "--yes", "--json")
    assert (outcome.status, outcome.results()) == (0, {"up": "unchanged", "down": "applied"}), outcome.err
    assert not (project.root / "live/dev/up/ran").exists()
    assert (project.root / "live/dev/down/ran").exists()
    assert project.state("down")["outputs"]["text"]["value"] == "x2"


@pytest.mark.parametrize("saved", [False, True])
def test_protected_units_lose_nothing(project: ProjectKit, saved: bool) -> None:
    """Also by a saved destroy plan, and nothing else is applied either."""
    prepare(project, {"a": unit(text="a"), "kept": unit(text="k", protect=True)})
    assert project.run("apply", "dev", "--yes").status == 0
    if saved:
        assert project.run("plan", "dev", "--destroy").status == 0
        outcome = _apply(project)
    else:
        outcome = project.run("destroy", "dev", "--yes", "--json")
    assert (outcome.status, outcome.codes()) == (1, ["E527"])
    assert (resources(project, "a"), resources(project, "kept")) == (1, 1)


def test_prevent_destroy_holds(project: ProjectKit) -> None:
    prepare(project, {"kept": unit("kept", text="k")})
    assert project.run("apply", "dev", "--yes").status == 0
    gone = project.run("destroy", "dev", "--yes", "--json")
    assert (gone.status, gone.results(), resources(project, "kept")) == (1, {"kept": "failed"}, 1)
    prepare(project, {"kept": unit("kept", text="other")})
    replaced = project.run("plan", "dev", "--json")
    assert (replaced.status, replaced.results()) == (1, {"kept": "failed"})
    assert "nstance cannot be destroyed" in replaced.units()["kept"]["reason"]


def test_nothing_is_applied_without_a_yes(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a")})
    assert project.run("apply", "dev").status == 6
    assert project.run("plan", "dev").status == 0
    assert project.run("apply", "dev", "--plan", BUNDLE).status == 6
    assert resources(project, "a") == 0
    # The mode is a fact of the bundle, and -u cannot take a part of it.
    assert project.run("destroy", "dev", "--plan", BUNDLE, "--yes").status == 64
    assert project.run("apply", "dev", "--plan", BUNDLE, "--yes", "-u", "a").status == 64
    assert resources(project, "a") == 0


@BOTH_WAYS
def test_resume_goes_on_with_what_never_started(project: ProjectKit) -> None:
    needs = project.root / "needs"
    prepare(
        project,
        {
            "first": unit(text="f"),
            "broken": unit("work", text="b", inputs={"needs": str(needs)}),
            "below": unit(text="${broken.text}"),
            "last": unit(text="l"),
        },
    )
    assert project.run("plan", "dev").status == 0
    failed = _apply(project, "-j", "1", "--on-error", "stop")
    assert failed.status == 1
    assert failed.results() == {"first": "applied", "broken": "failed", "below": "blocked", "last": "blocked"}
    needs.touch()
    resumed = project.run("apply", "dev", "--resume", "--yes", "--json")
    assert resumed.status == 5
    assert resumed.results() == {
        "first": "unchanged",
        "broken": "needs_replan",
        "below": "blocked",
        "last": "applied",
    }
    assert project.run("apply", "dev", "--resume", "--json").status == 6  # approval as ever
    assert project.run("apply", "dev", "--yes").status == 0
    assert [resources(project, name) for name in ("first", "broken", "below", "last")] == [1, 1, 1, 1]


def test_show_says_again_what_was_planned(project: ProjectKit) -> None:
    prepare(project, {"a": unit(text="a")})
    assert project.run("plan", "dev", "-o", "saved").status == 0
    shown = project.run("show", "saved", "--json")
    assert (shown.status, shown.results()) == (0, {"a": "changed"})
