from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from workspace_kit import files_of, make_project, make_unit, refer, stack

from tfwrap.base.problems import Location, OutOfDateFailure
from tfwrap.settings.backend import Backend
from tfwrap.settings.project import Project
from tfwrap.stacks.model import EnvironmentValue, ProviderRequirement, RemoteModule, Retry, Unit
from tfwrap.workspace.generate import plan_generation
from tfwrap.workspace.record import NAME
from tfwrap.workspace.removed import forget_unit, is_removed, removed_units, with_removed
from tfwrap.workspace.sync import SyncPlan, apply_sync, check


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path)


def generate(project: Project, *units: Unit, holds: bool = True) -> SyncPlan:
    plan = plan_generation(project, "dev", stack(*units), holds=lambda _: holds)
    apply_sync(plan)
    return plan


def test_a_unit_taken_out_keeps_its_files_and_check_fails_until_it_is_destroyed(project: Project) -> None:
    app, net = make_unit(project, "app", references=(refer("net"),)), make_unit(project, "net")
    generate(project, net, app)
    files = files_of(project.live / "dev/app")
    plan = generate(project, net)
    assert plan.removed == ("app",)
    assert files_of(project.live / "dev/app") == files
    document = json.loads((project.live / "dev" / NAME).read_text())
    assert sorted(document["removed"]["app"]["files"]) == [f"app/{name}" for name in sorted(files)]
    assert not any(name.startswith("app/") for name in document["files"])

    again = generate(project, net)
    assert again.up_to_date
    with pytest.raises(OutOfDateFailure) as caught:
        check(again)
    (problem,) = caught.value.problems
    assert problem.code == "E306"
    assert problem.message == "unit app is no longer in env.yaml, but its state still holds resources"
    assert problem.hint == "run tfwrap destroy dev -u app, or put the unit back"

    forget_unit(project, "dev", "app")
    assert not (project.live / "dev/app").exists()
    done = generate(project, net)
    assert done.up_to_date
    check(done)


def test_a_unit_without_resources_goes_at_once(project: Project) -> None:
    generate(project, make_unit(project, "app"), make_unit(project, "net"))
    plan = generate(project, make_unit(project, "net"), holds=False)
    assert plan.removed == ()
    assert not (project.live / "dev/app").exists()
    assert removed_units(project, "dev") == ()


def test_a_unit_destroyed_by_hand_goes_with_the_next_generation(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    generate(project)
    generate(project, holds=False)
    assert not (project.live / "dev/app").exists()


def test_a_unit_that_comes_back_is_a_unit_like_any_other(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    generate(project)
    plan = generate(project, make_unit(project, "app", arguments={"label": "back"}))
    assert [plan.name(change.path) for change in plan.of("changed")] == ["live/dev/app/main.tf"]
    assert plan.removed == ()
    assert removed_units(project, "dev") == ()


def test_forgetting_leaves_what_is_not_ours(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    generate(project)
    (project.live / "dev/app/main.tf").write_text("mine\n")
    (project.live / "dev/app/.terraform.lock.hcl").write_text("locked\n")
    forget_unit(project, "dev", "app")
    assert files_of(project.live / "dev/app") == {"main.tf": b"mine\n", ".terraform.lock.hcl": b"locked\n"}


def test_a_unit_taken_out_together_with_its_folder_says_how_to_get_it_back(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    shutil.rmtree(project.live / "dev/app")
    with pytest.raises(OutOfDateFailure) as caught:
        generate(project)
    (problem,) = caught.value.problems
    assert problem.code == "E305"
    assert problem.hint == "git checkout -- live/dev/app, then tfwrap destroy dev -u app"
    generate(project, holds=False)
    assert removed_units(project, "dev") == ()


def test_everything_a_run_asks_comes_back_also_in_another_checkout(project: Project, tmp_path: Path) -> None:
    place = Location(project.live / "dev" / NAME, 1, 1)
    app = make_unit(
        project,
        "app",
        arguments={},
        outputs=(),
        references=(refer("net", "key", sensitive=True),),
        environment_values=(EnvironmentValue("TOKEN", "env_token", place),),
        after=("dns",),
        tags=("web",),
        protect=True,
        timeout=90.0,
        retry=Retry(3, ("reset",)),
        hooks={"before_destroy": (("./notify", "now"),)},
        required_version=">= 1.9",
        required_providers=(ProviderRequirement("helm", "hashicorp/helm", "< 4"), ProviderRequirement("x", "a/x")),
        environment={"KUBECONFIG": f"{project.root}/kube:{Path.home()}/.kube/config"},
    )
    far = make_unit(
        project,
        "far",
        arguments={},
        outputs=(),
        module=RemoteModule("git::https://example.com/m.git?ref=v1"),
        backend=Backend("pg", {"schema_name": "dev_far"}, "pg:$TF_PG/dev_far", None, {"PG_CONN_STR": "TF_PG"}),
    )
    generate(project, app, far)
    generate(project)
    found = removed_units(project, "dev")
    assert [unit.name for unit in found] == ["app", "far"]
    assert found[1] == replace(far, location=place)
    here = (replace(app.references[0], location=place),)
    assert found[0] == replace(app, location=place, references=here)
    text = (project.live / "dev" / NAME).read_text()
    assert str(project.root) not in text
    assert str(Path.home()) not in text

    shutil.copytree(project.root / "live", tmp_path / "other/live")
    other = make_project_at(tmp_path / "other")
    assert removed_units(other, "dev")[0].backend.local_path == other.root / "state/dev/app.tfstate"


def test_destroying_sees_removed_units_and_generation_leaves_them_alone(project: Project) -> None:
    net, dns = make_unit(project, "net"), make_unit(project, "dns")
    app = make_unit(project, "app", references=(refer("net"), refer("dns")), after=("dns", "net"))
    generate(project, net, dns, app)
    generate(project, net)
    forget_unit(project, "dev", "dns")
    whole = with_removed(project, "dev", stack(net))
    assert [unit.name for unit in whole.units] == ["net", "app"]
    assert [is_removed(unit) for unit in whole.units] == [False, True]
    assert whole.units[1].dependencies == ("net",)
    assert generate(project, *whole.units).up_to_date
    assert with_removed(project, "dev", stack(net, app)) == stack(net, app)


def make_project_at(root: Path) -> Project:
    from tfwrap.settings.project import find_project

    (root / "tfwrap.toml").write_text("")
    return find_project(root)


def test_a_record_that_does_not_say_enough_is_refused(project: Project) -> None:
    generate(project, make_unit(project, "app"))
    path = project.live / "dev" / NAME
    document = json.loads(path.read_text())
    del document["units"]["app"]["backend"]
    path.write_text(json.dumps(document))
    with pytest.raises(OutOfDateFailure) as caught:
        generate(project)
    assert [problem.code for problem in caught.value.problems] == ["E302"]
