"""Bundled modules and templates copied into a project elsewhere, and charts whose version follows their content."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from workspace_kit import files_of, make_project, make_unit, stack

from tfwrap.base.bundled import bundled
from tfwrap.base.problems import OutOfDateFailure
from tfwrap.settings.project import Project
from tfwrap.stacks.emissary.charts import stamp
from tfwrap.stacks.model import LocalModule, Unit, ValuesTemplate
from tfwrap.workspace.generate import plan_generation
from tfwrap.workspace.record import NAME, digest
from tfwrap.workspace.shared import template_folders
from tfwrap.workspace.sync import SyncPlan, apply_sync

MODULE = "emissary-config"
TEMPLATE = "emissary-listeners.yaml.tftpl.j2"
CONTEXT = {"has_hops": False}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def make(project: Project, of: str = "dev") -> Unit:
    module = project.modules / MODULE
    return make_unit(project, "config", of, module=LocalModule(module), charts=(module / "chart",), arguments={})


def planned(project: Project, *units: Unit, of: str = "dev") -> SyncPlan:
    return plan_generation(project, of, stack(*units), holds=lambda _: False)


def generate(project: Project, *units: Unit, of: str = "dev") -> SyncPlan:
    plan = planned(project, *units, of=of)
    apply_sync(plan)
    return plan


def age(project: Project, name: str, of: str = "dev") -> Path:
    """As if an older tfwrap had written the copy `name`."""
    path = project.root / name
    path.write_text("# old\n")
    record = project.live / of / NAME
    document = json.loads(record.read_text())
    document["files"][f"../../{name}"] = digest(b"# old\n")
    record.write_text(json.dumps(document))
    return path


def test_a_module_is_copied_whole_and_recorded(project: Project) -> None:
    generate(project, make(project))
    copied = files_of(project.modules / MODULE)
    assert copied == files_of(bundled("modules") / MODULE)
    assert ".helmignore" in {Path(name).name for name in copied}
    assert not (project.modules / "emissary-crds").exists()
    document = json.loads((project.live / "dev" / NAME).read_text())
    assert {f"../../modules/{MODULE}/{name}" for name in copied} <= set(document["files"])
    assert planned(project, make(project)).up_to_date


def test_an_old_copy_is_brought_up_to_date_for_both_environments(project: Project) -> None:
    for of in ("dev", "prod"):
        generate(project, make(project, of), of=of)
    path = age(project, f"modules/{MODULE}/main.tf")
    # prod's record knows only the new content, yet the old one is known to be ours from dev's.
    plan = generate(project, make(project, "prod"), of="prod")
    assert [plan.name(change.path) for change in plan.of("changed")] == [f"modules/{MODULE}/main.tf"]
    assert path.read_bytes() == (bundled("modules") / MODULE / "main.tf").read_bytes()
    assert not generate(project, make(project)).of("changed")


def test_an_edited_copy_stops_generation(project: Project) -> None:
    generate(project, make(project))
    (project.modules / MODULE / "chart/values.yaml").write_text("mine: 1\n")
    with pytest.raises(OutOfDateFailure) as caught:
        generate(project, make(project))
    assert [problem.message for problem in caught.value.problems] == [
        f"modules/{MODULE}/chart/values.yaml was edited by hand"
    ]


def test_a_projects_own_module_wins(project: Project) -> None:
    own = project.modules / MODULE
    own.mkdir()
    (own / "main.tf").write_text("# mine\n")
    generate(project, make(project))
    assert files_of(own) == {"main.tf": b"# mine\n"}


def test_copies_stay_while_any_environment_uses_them(project: Project) -> None:
    for of in ("dev", "prod"):
        generate(project, make(project, of), of=of)
    generate(project)
    assert files_of(project.modules / MODULE)
    generate(project, of="prod")
    assert not (project.modules / MODULE).exists()
    assert (project.modules / "toy").exists()


def test_copies_stay_for_a_unit_that_is_not_destroyed_yet(project: Project) -> None:
    generate(project, make(project))
    apply_sync(plan_generation(project, "dev", stack()))
    assert files_of(project.modules / MODULE)
    assert plan_generation(project, "dev", stack()).up_to_date


def test_a_template_is_copied_and_a_newer_bundled_one_counts_at_once(project: Project) -> None:
    unit = make_unit(project, "x", values={"x.yaml.tftpl": ValuesTemplate(TEMPLATE, CONTEXT)})
    generate(project, unit)
    assert files_of(project.templates) == {TEMPLATE: (bundled("templates") / TEMPLATE).read_bytes()}
    fresh = (project.live / "dev/x/values/x.yaml.tftpl").read_text()
    age(project, f"templates/{TEMPLATE}")
    plan = generate(project, unit)
    assert [plan.name(change.path) for change in plan.of("changed")] == [f"templates/{TEMPLATE}"]
    assert (project.live / "dev/x/values/x.yaml.tftpl").read_text() == fresh
    assert planned(project, unit).up_to_date


def test_a_projects_own_template_wins(project: Project) -> None:
    project.templates.mkdir()
    (project.templates / TEMPLATE).write_text("own: {{ 1 + 1 }}\n")
    unit = make_unit(project, "x", values={"x.yaml.tftpl": ValuesTemplate(TEMPLATE, CONTEXT)})
    generate(project, unit)
    assert (project.live / "dev/x/values/x.yaml.tftpl").read_text().endswith("\nown: 2\n")
    assert files_of(project.templates) == {TEMPLATE: b"own: {{ 1 + 1 }}\n"}
    assert template_folders(project, TEMPLATE)[0] == project.templates


def test_the_originals_are_never_copied_onto_themselves(project: Project) -> None:
    at_home = replace(project, modules=bundled("modules"), templates=bundled("templates"))
    plan = planned(at_home, make(at_home))
    assert {plan.name(change.path).split("/")[0] for change in plan.changes} == {"live"}


def test_a_changed_chart_of_the_project_gets_its_version(project: Project) -> None:
    own = project.modules / MODULE
    shutil.copytree(bundled("modules") / MODULE, own)
    chart = own / "chart"
    (chart / "Chart.yaml").write_text(stamp(chart))
    generate(project, make(project))
    (chart / "values.yaml").write_text((chart / "values.yaml").read_text() + "# changed\n")
    plan = planned(project, make(project))
    assert not plan.up_to_date
    assert [plan.name(change.path) for change in plan.of("changed")] == [f"modules/{MODULE}/chart/Chart.yaml"]
    apply_sync(plan)
    assert (chart / "Chart.yaml").read_text() == stamp(chart)
    assert planned(project, make(project)).up_to_date
    assert "Chart.yaml" not in (project.live / "dev" / NAME).read_text()
    (chart / "Chart.yaml").write_text((chart / "Chart.yaml").read_text() + "keywords: [mine]\n")
    generate(project, make(project))
    assert "keywords: [mine]" in (chart / "Chart.yaml").read_text()


def test_a_chart_outside_of_the_project_is_left_alone(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chart = tmp_path_factory.mktemp("elsewhere") / "chart"
    shutil.copytree(bundled("modules") / MODULE / "chart", chart)
    (chart / "values.yaml").write_text("a: 1\n")
    before = files_of(chart)
    generate(project, make_unit(project, "x", charts=(chart,)))
    assert files_of(chart) == before
