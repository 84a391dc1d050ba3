"""A Terragrunt tree becomes an environment that plans; what cannot be carried over is said."""

from __future__ import annotations

from typing import Any

import pytest
from kit.project import ProjectKit
from ruamel.yaml import YAML

ROOT = """\
locals {
  env = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals.env
}
remote_state {
  backend = "BACKEND"
  config = {
    bucket = "states"
    region = "eu-west-1"
    ADDRESS = "tf/${path_relative_to_include()}SUFFIX"
  }
}
inputs = {
  text = "from the root in ${local.env}"
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = "x"
}
"""
INCLUDE = """\
include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}
"""
VPC = """\
terraform {
  source = "../../..//modules/echo"
}
prevent_destroy = true
"""
WEB = """\
locals {
  who = upper("web")
}
terraform {
  source = "${get_terragrunt_dir()}/../../../../modules/echo"
  before_hook "tell" {
    commands = ["apply", "init"]
    execute  = ["true", "web"]
  }
}
dependency "vpc" {
  config_path  = "../../vpc"
  mock_outputs = {
    id = "mock"
  }
}
dependencies {
  paths = ["../../last"]
}
inputs = {
  text = "${local.who} of ${include.root.locals.env} on ${dependency.vpc.outputs.text} $${kept}"
}
"""
LAST = """\
terraform {
  source = "../../../modules/echo"
}
inputs = merge({ text = "x" }, { text = "last" })
"""


def tree(project: ProjectKit, backend: str = "", address: str = "prefix", suffix: str = "") -> ProjectKit:
    root = ROOT.replace("BACKEND", backend).replace("ADDRESS", address).replace("SUFFIX", suffix)
    if not backend:
        root = root[: root.index("remote_state")] + root[root.index("inputs") :]
    project.write(
        {
            "old/root.hcl": root,
            "old/dev/env.hcl": 'locals {\n  env = "dev"\n}\n',
            "old/dev/vpc/terragrunt.hcl": INCLUDE + VPC,
            "old/dev/app/web/terragrunt.hcl": INCLUDE + WEB,
            "old/dev/last/terragrunt.hcl": INCLUDE + LAST,
            "old/dev/vpc/.terragrunt-cache/x/terragrunt.hcl": "not read {",
        }
    )
    return project


def settings(project: ProjectKit) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((project.root / "live/dev/env.yaml").read_text())
    return found


def test_a_tree_becomes_an_environment_that_applies(project: ProjectKit) -> None:
    outcome = tree(project).run("import-terragrunt", "old/dev")
    assert outcome.status == 0, outcome.err
    units = settings(project)["units"]
    assert units["vpc"] == {
        "module": "../../modules/echo", "inputs": {"text": "from the root in dev"}, "protect": True,
    }  # fmt: skip
    assert units["app-web"] == {
        "module": "../../modules/echo",
        "inputs": {"text": "WEB of dev on ${vpc.text} $${kept}"},
        "after": ["last"],
        "hooks": {"before_apply": [["true", "web"]]},
    }
    assert units["last"]["inputs"] == {"text": "last"}
    said = [line for line in outcome.out.splitlines() if line.startswith("not carried over: ")]
    assert said == [
        "not carried over: every unit: generate provider",
        "not carried over: app-web: terraform.before_hook tell of init",
    ]
    applied = project.run("apply", "dev", "--yes", "--json")
    assert set(applied.results().values()) == {"applied"}, applied.err
    assert project.run("output", "dev", "app-web.text").out == "WEB of dev on from the root in dev ${kept}\n"


def test_what_cannot_be_worked_out_is_left_out_and_said(project: ProjectKit) -> None:
    tree(project)
    project.write(
        {
            "modules/echo/far.tf": 'variable "far" {\n  default = null\n}\n',
            "old/dev/last/terragrunt.hcl": INCLUDE
            + 'terraform {\n  source = "tfr:///x/y/z?version=1"\n}\nretry_max_attempts = 3\n',
            "old/dev/vpc/terragrunt.hcl": INCLUDE
            + VPC
            + "inputs = {\n  text = true ? run_cmd(1) : 2\n  far  = dependency.far.outputs.id\n}\n"
            + 'dependency "far" {\n  config_path = "../../prod/far"\n}\n',
        }
    )
    outcome = project.run("import-terragrunt", "old/dev", "--json")
    assert outcome.status == 0, outcome.err
    assert outcome.json["units"] == ["app-web", "vpc"]
    notes = "\n".join(outcome.json["not_carried"])
    for expected in (
        "last: left out, it has no module",
        "terraform.source tfr:///x/y/z?version=1",
        "retry_max_attempts = 3",
        "vpc: inputs.text = true ? run_cmd(1) : 2",
        "vpc: inputs.far reads far.id",
        "app-web: depends on last",
    ):
        assert expected in notes
    text = (project.root / "live/dev/env.yaml").read_text()
    assert all(f"#   {note}" in text for note in outcome.json["not_carried"])
    assert "# inputs.text: true ? run_cmd(1) : 2" in text
    assert project.run("validate", "dev").status == 1  # text is required: it is not planned without


@pytest.mark.parametrize(
    ("kind", "address", "suffix", "backend", "moved"),
    [
        ("gcs", "prefix", "", {"gcs": {"bucket": "states", "prefix": "tf/dev"}}, ["app-web"]),
        (
            "s3", "key", "/terraform.tfstate",
            {"s3": {"bucket": "states", "region": "eu-west-1", "prefix": "tf/dev"}}, ["app-web", "last", "vpc"],
        ),
        ("azurerm", "key", "", None, []),
    ],
)  # fmt: skip
def test_states_stay_where_they_are_or_their_move_is_said(
    project: ProjectKit, kind: str, address: str, suffix: str, backend: Any, moved: list[str]
) -> None:
    outcome = tree(project, kind, address, suffix).run("import-terragrunt", "old/dev", "--json")
    assert outcome.status == 0, outcome.err
    assert settings(project).get("backend") == backend
    said = [note.partition(":")[0] for note in outcome.json["not_carried"] if "copy it there" in note]
    assert said == moved
    assert project.run("validate", "dev").status == 0


def test_nothing_is_written_over_and_faults_are_shown_where_they_stand(project: ProjectKit) -> None:
    tree(project)
    assert project.run("import-terragrunt", "modules").status == 1  # E615: nothing there
    project.write({"old/dev/vpc/terragrunt.hcl": "terraform {\n  source = \n}\n"})
    broken = project.run("import-terragrunt", "old/dev")
    assert (broken.status, "old/dev/vpc/terragrunt.hcl:2:" in broken.err) == (1, True), broken.err
    tree(project)
    assert project.run("import-terragrunt", "old/dev").status == 0
    again = project.run("import-terragrunt", "old/dev")
    assert (again.status, "E610" in again.err) == (1, True)


SHARED = """\
terraform {
  source = "../../../modules/only"
  before_hook "lint" {
    commands = ["plan", "apply"]
    execute  = ["true", "lint"]
  }
}
include "root" {
  path = find_in_parent_folders("root.hcl")
}
inputs = {
  mine  = "x"
  extra = run_cmd("date")
}
"""


def test_inputs_for_other_modules_are_left_out_as_terraform_passes_over_them(project: ProjectKit) -> None:
    project.write(
        {
            "modules/only/main.tf": 'variable "mine" {\n  type = string\n}\n',
            "infra/root.hcl": 'inputs = {\n  region = "eu"\n  team   = "sre"\n}\n',
            "infra/dev/app/terragrunt.hcl": SHARED,
        }
    )
    outcome = project.run("import-terragrunt", "infra/dev")
    assert (outcome.status, outcome.err) == (0, "")
    assert "app: inputs extra, region, team: its module does not declare them" in outcome.out
    text = (project.root / "live" / "dev" / "env.yaml").read_text(encoding="utf-8")
    (unit,) = YAML(typ="safe").load(text)["units"].values()
    assert unit["inputs"] == {"mine": "x"}
    assert unit["hooks"] == {"before_plan": [["true", "lint"]], "before_apply": [["true", "lint"]]}
    assert "&" not in text  # a list that is used twice is written out twice
    assert "1 unit. Next: tfwrap validate dev" in outcome.out
    assert project.run("validate", "dev").status == 0


def test_the_folder_of_all_environments_is_not_one_of_them(project: ProjectKit) -> None:
    project.write({"modules/only/main.tf": "", "live/dev/app/terragrunt.hcl": SHARED.replace("include", "xinclude")})
    outcome = project.run("import-terragrunt", "live")
    assert (outcome.status, "error[E615]" in outcome.err) == (1, True)
    assert "one by one" in outcome.err
    assert not (project.root / "live" / "live").exists()
