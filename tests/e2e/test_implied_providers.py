"""Providers that a module uses without required_providers: the same that Terraform finds, looked up beforehand."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from kit.project import ProjectKit
from parts.terraform import terraform

from tfwrap.engine.mirror import package_folder
from tfwrap.hcl.read import read_module

_SILENT = """\
resource "toy_thing" "a" {}

data "other_thing" "b" {
  provider = third
}

ephemeral "fourth_thing" "c" {}

resource "terraform_data" "d" {}

check "up" {
  data "fifth" "e" {}

  assert {
    condition     = data.fifth.e.id != ""
    error_message = "down"
  }
}

import {
  to = toy_thing.a
  id = "1"
}
"""


def test_they_are_those_that_terraform_finds(tmp_path: Path) -> None:
    folder = tmp_path / "silent"
    folder.mkdir()
    (folder / "main.tf").write_text(_SILENT)
    said = subprocess.run(
        [terraform(tmp_path), "providers"],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("TF_")},
        capture_output=True,
        text=True,
        check=True,
    )
    listed = set(re.findall(r"provider\[registry\.terraform\.io/hashicorp/([\w-]+)\]", said.stdout))
    assert set(read_module(folder).implied_providers) == listed == {"toy", "third", "fourth", "fifth"}


def test_they_are_looked_up_before_terraform_starts(project: ProjectKit, tmp_path: Path) -> None:
    """Were they not, Terraform's init would ask for them itself."""
    cache = tmp_path / "cache"
    for name in ("toy", "inner"):
        package = package_folder(cache / "mirror", f"registry.terraform.io/hashicorp/{name}", "1.2.3")
        package.mkdir(parents=True)
        (package / f"terraform-provider-{name}_v1.2.3").write_text("never started")
    project.env |= {"TFWRAP_CACHE": str(cache), "HOME": str(tmp_path)}
    project.write(
        {
            "modules/silent/main.tf": 'resource "toy_thing" "a" {}\n\nmodule "inner" {\n  source = "../inner"\n}\n',
            "modules/inner/main.tf": 'terraform {\n  required_providers {\n    inner = "~> 1.0"\n  }\n}\n',
            "live/dev/env.yaml": "stack: units\nunits: {a: {module: ../../modules/silent}}\n",
        }
    )
    outcome = project.run("providers", "--json")
    assert outcome.status == 0, outcome.err
    assert [(row["source"], row["version"]) for row in outcome.json["providers"]] == [
        ("hashicorp/inner", "1.2.3"),
        ("hashicorp/toy", "1.2.3"),
    ]
    assert 'toy = {\n      source = "hashicorp/toy"\n' in (project.root / "live/dev/a/versions.tf").read_text()
