from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from workspace_kit import files_of, make_project, make_unit, refer, stack

from tfwrap.base.exits import Exit
from tfwrap.base.problems import OutOfDateFailure, SettingsFailure
from tfwrap.settings.project import Project, find_project
from tfwrap.stacks.model import Unit, ValuesTemplate
from tfwrap.workspace.diff import diff_text
from tfwrap.workspace.generate import plan_generation
from tfwrap.workspace.record import read_record
from tfwrap.workspace.sync import SyncPlan, apply_sync, check


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def planned(project: Project, *units: Unit, environment: str = "dev") -> SyncPlan:
    return plan_generation(project, environment, stack(*units))


def generate(project: Project, *units: Unit, force: bool = False) -> SyncPlan:
    plan = planned(project, *units)
    apply_sync(plan, force=force)
    return plan


def words(plan: SyncPlan) -> set[tuple[str, str]]:
    return {(change.kind, plan.name(change.path)) for change in plan.changes if change.kind != "unchanged"}


def refused(plan: SyncPlan, *, force: bool = False) -> list[tuple[str, str]]:
    """(code, message) of everything that stops the generation, which then must not have written anything."""
    before = files_of(plan.project.root)
    with pytest.raises(OutOfDateFailure) as caught:
        apply_sync(plan, force=force)
    assert caught.value.exit is Exit.OUT_OF_DATE
    assert files_of(plan.project.root) == before
    return [(problem.code, problem.message) for problem in caught.value.problems]


def unchecked(plan: SyncPlan) -> list[tuple[str, str]]:
    with pytest.raises(OutOfDateFailure) as caught:
        check(plan)
    return [(problem.code, problem.message) for problem in caught.value.problems]


def test_the_first_generation_creates_the_next_does_nothing(project: Project) -> None:
    app = make_unit(project, "app", references=(refer("net"),))
    plan = planned(project, app)
    assert not (project.live / "dev/app").exists()
    names = ["main.tf", "outputs.tf", "variables.tf", "versions.tf"]
    assert words(plan) == {("created", f"live/dev/app/{name}") for name in names}
    assert unchecked(plan) == [("E304", "live/dev is out of date: 4 created")]
    apply_sync(plan)
    before = {path: path.stat() for path in (project.live / "dev").rglob("*")}
    again = generate(project, app)
    assert again.up_to_date
    check(again)
    assert diff_text(again) == ""
    assert {path: path.stat() for path in (project.live / "dev").rglob("*")} == before


def test_the_record_names_files_below_the_environment_and_no_path_of_this_machine(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    text = (project.live / "dev/.generated.json").read_text()
    document = json.loads(text)
    assert document["version"] == 1
    assert list(document["files"]) == ["app/main.tf", "app/outputs.tf", "app/versions.tf"]
    assert document["removed"] == {}
    assert "pending" not in document
    assert str(project.root) not in text


def test_what_changed_is_written_and_nothing_else_touched(project: Project) -> None:
    generate(project, make_unit(project, "app", references=(refer("net"),)))
    outputs = (project.live / "dev/app/outputs.tf").stat()
    plan = generate(project, make_unit(project, "app", arguments={"label": "new"}))
    assert words(plan) == {("changed", "live/dev/app/main.tf"), ("deleted", "live/dev/app/variables.tf")}
    assert (project.live / "dev/app/outputs.tf").stat() == outputs
    assert not (project.live / "dev/app/variables.tf").exists()
    assert planned(project, make_unit(project, "app", arguments={"label": "new"})).up_to_date


def test_a_deleted_file_is_made_again(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    (project.live / "dev/app/main.tf").unlink()
    assert words(generate(project, make_unit(project, "app"))) == {("created", "live/dev/app/main.tf")}


def test_empty_folders_go_with_their_files_others_stay(project: Project) -> None:
    project.templates.mkdir()
    (project.templates / "x.j2").write_text("a: 1\n")
    values = {"x.yaml.tftpl": ValuesTemplate("x.j2", {})}
    generate(project, make_unit(project, "app", values=values))
    (project.live / "dev/app/.terraform.lock.hcl").write_text("mine")
    generate(project, make_unit(project, "app"))
    assert not (project.live / "dev/app/values").exists()
    apply_sync(plan_generation(project, "dev", stack(), holds=lambda _: False))
    assert files_of(project.live / "dev/app") == {".terraform.lock.hcl": b"mine"}


def test_edited_files_stop_everything_all_are_named(project: Project) -> None:
    generate(project, make_unit(project, "app", references=(refer("net"),)))
    for name in ("main.tf", "variables.tf"):  # one would be changed, the other deleted
        (project.live / "dev/app" / name).write_text("mine\n")
    plan = planned(project, make_unit(project, "app", arguments={"label": "new"}), make_unit(project, "new"))
    expected = [("E300", f"live/dev/app/{name} was edited by hand") for name in ("main.tf", "variables.tf")]
    assert refused(plan) == expected
    assert unchecked(plan) == [*expected, ("E304", "live/dev is out of date: 3 created")]
    apply_sync(plan, force=True)
    assert 'label = "new"' in (project.live / "dev/app/main.tf").read_text()
    assert not (project.live / "dev/app/variables.tf").exists()


def test_an_edit_that_is_what_would_be_generated_is_fine(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    text = (project.live / "dev/app/main.tf").read_text()
    (project.live / "dev/app/main.tf").write_text(text.replace('"app"', '"new"'))
    assert words(generate(project, make_unit(project, "app", arguments={"label": "new"}))) == set()


def test_a_foreign_file_stops_everything(project: Project) -> None:
    (project.live / "dev/app").mkdir()
    (project.live / "dev/app/main.tf").write_text("mine\n")
    (project.live / "dev/app/extra.tf").write_text("mine\n")
    plan = planned(project, make_unit(project, "app"))
    assert refused(plan) == [("E301", "live/dev/app/main.tf was not written by tfwrap")]
    apply_sync(plan, force=True)
    assert (project.live / "dev/app/extra.tf").read_text() == "mine\n"
    assert planned(project, make_unit(project, "app")).up_to_date


def test_what_cannot_be_overwritten_is_refused_also_with_force(project: Project) -> None:
    (project.live / "dev/app/main.tf").mkdir(parents=True)
    (project.live / "dev/net").write_text("a file")
    plan = planned(project, make_unit(project, "app"), make_unit(project, "net"))
    message = "{} cannot be written: something else stands there"
    assert refused(plan, force=True) == [
        ("E301", message.format(f"live/dev/{name}"))
        for name in ("app/main.tf", "net/versions.tf", "net/main.tf", "net/outputs.tf")
    ]


@pytest.mark.parametrize("place", ["app", "app/main.tf"])
def test_links_that_lead_out_of_the_project_are_refused(
    project: Project, tmp_path_factory: pytest.TempPathFactory, place: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "main.tf").write_text("mine\n")
    generate(project, make_unit(project, "app"))
    path = project.live / "dev" / place
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    path.symlink_to(outside if place == "app" else outside / "main.tf")
    with pytest.raises(OutOfDateFailure) as caught:
        planned(project, make_unit(project, "app", arguments={"label": "new"}))
    assert {problem.code for problem in caught.value.problems} == {"E303"}
    assert "live/dev/app/main.tf leads out of the project" in [problem.message for problem in caught.value.problems]
    assert files_of(outside) == {"main.tf": b"mine\n"}


def test_a_project_reached_through_a_link_is_fine(tmp_path: Path) -> None:
    make_project(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    project = find_project(tmp_path / "link")
    generate(project, make_unit(project, "app"))
    assert (tmp_path / "real/live/dev/app/main.tf").exists()


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< HEAD\n",
        "[]",
        "{}",
        '{"version": 2, "files": {}}',
        '{"version": 1, "files": {"../../../../etc/passwd": "x"}}',
        '{"version": 1, "files": {"/etc/passwd": "x"}}',
        '{"version": 1, "files": {"../prod/app/main.tf": "x"}}',
        '{"version": 1, "files": {"..": "x"}}',
        '{"version": 1, "files": {}, "removed": {"app": {"files": {"../../x": "y"}}}}',
    ],
)
def test_a_record_that_cannot_be_trusted_is_refused(project: Project, text: str) -> None:
    (project.live / "dev/.generated.json").write_text(text)
    with pytest.raises(OutOfDateFailure) as caught:
        planned(project, make_unit(project, "app"))
    assert [problem.code for problem in caught.value.problems] == ["E302"]


def test_a_lost_record_is_made_again_where_nothing_differs(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    text = (project.live / "dev/.generated.json").read_text()
    (project.live / "dev/.generated.json").unlink()
    plan = planned(project, make_unit(project, "app"))
    assert unchecked(plan) == [("E304", "live/dev is out of date: .generated.json")]
    apply_sync(plan)
    assert (project.live / "dev/.generated.json").read_text() == text


def test_a_copied_environment_owns_its_copies_only(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    shutil.copytree(project.live / "dev", project.live / "new")
    dev = files_of(project.live / "dev")
    apply_sync(planned(project, make_unit(project, "app", "new", arguments={"label": "x"}), environment="new"))
    assert 'label = "x"' in (project.live / "new/app/main.tf").read_text()
    assert files_of(project.live / "dev") == dev


def test_faults_of_all_units_are_told_together(project: Project) -> None:
    values = {"x": ValuesTemplate("missing.j2", {})}
    with pytest.raises(SettingsFailure) as caught:
        planned(project, make_unit(project, "a", values=values), make_unit(project, "b", values=values))
    assert [problem.code for problem in caught.value.problems] == ["E310", "E310"]


def test_diff(project: Project) -> None:
    generate(project, make_unit(project, "app", references=(refer("net"),)))
    (project.live / "dev/app/outputs.tf").write_text("mine")
    plan = planned(project, make_unit(project, "app", arguments={"label": "new"}), make_unit(project, "b"))
    text = diff_text(plan)
    assert "\nchanged live/dev/app/main.tf\n--- a/live/dev/app/main.tf\n+++ b/live/dev/app/main.tf\n" in f"\n{text}"
    assert '\n-  label = "app"\n+  label = "new"\n' in text
    assert "created live/dev/b/main.tf\n--- /dev/null\n+++ b/live/dev/b/main.tf\n@@ -0,0 +1," in text
    assert "deleted live/dev/app/variables.tf\n--- a/live/dev/app/variables.tf\n+++ /dev/null\n" in text
    assert "edited live/dev/app/outputs.tf\n" in text
    assert "\n-mine\n\\ No newline at end of file\n" in text
    assert ".generated.json" not in text


def test_modes_and_leftovers(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    assert os.stat(project.live / "dev/app/main.tf").st_mode & 0o777 == 0o644  # noqa: PTH116
    assert not [path for path in project.root.rglob(".*") if path.name != ".generated.json"]
    assert read_record(project, "dev").pending == {}
