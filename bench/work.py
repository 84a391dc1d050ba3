"""The work: a tfwrap project, its generated folders, and beside them the same units for Terragrunt."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from measure import clean_environment

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Work:
    module: str
    units: int
    chains: int


WORK = {
    "helm-3": Work("release", 3, 1),
    "helm-30": Work("release", 30, 10),
    "built-in-100": Work("data", 100, 10),
    "built-in-1000": Work("data", 1000, 10),
}

_PROJECT = f"""\
[source_builds."hashicorp/helm"]
dir = "{ROOT}/tools/terraform-provider-helm"
package = "github.com/hashicorp/terraform-provider-helm"
version = "1.3.2"
"""
_DATA = """\
variable "text" {
  type = string
}

resource "terraform_data" "this" {
  input = var.text
}
"""
_RELEASE = """\
terraform {
  required_providers {
    helm = {
      source  = "hashicorp/helm"
      version = "1.3.2"
    }
  }
}

variable "text" {
  type = string
}

resource "helm_release" "this" {
  name  = var.text
  chart = "${path.module}/chart"

  set {
    name  = "text"
    value = var.text
  }
}
"""
_FILES = {
    "tfwrap.toml": _PROJECT,
    "kubeconfig": "",
    "modules/data/main.tf": _DATA,
    "modules/release/main.tf": _RELEASE,
    "modules/release/chart/Chart.yaml": "apiVersion: v2\nname: toy\nversion: 0.1.0\n",
    "modules/release/chart/templates/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: toy}\ndata: {text: {{ .Values.text | quote }}}\n"
    ),
}


@dataclass(frozen=True)
class Project:
    root: Path
    work: Work
    units: tuple[tuple[str, str | None], ...]  # name, the one it comes after

    @property
    def environment(self) -> dict[str, str]:
        return {**clean_environment(), "KUBECONFIG": str(self.root / "kubeconfig"), "CHECKPOINT_DISABLE": "1"}

    @property
    def terragrunt(self) -> Path:
        return self.root / "terragrunt"

    def folder(self, unit: str) -> Path:
        return self.root / "live" / "dev" / unit


def build(name: str, root: Path) -> Project:
    work = WORK[name]
    length = work.units // work.chains
    units = tuple((f"u{i}", f"u{i - 1}" if i % length else None) for i in range(work.units))
    project = Project(root, work, units)
    lines = ["stack: units", "units:"]
    for unit, after in units:
        lines += [f"  {unit}:", f"    module: ../../modules/{work.module}", f"    inputs: {{text: {unit}}}"]
        lines += [f"    after: [{after}]"] if after else []
    for path, text in {**_FILES, "live/dev/env.yaml": "\n".join(lines) + "\n"}.items():
        _write(root / path, text)
    _tfwrap(project, "generate", "dev")
    if work.module == "release":
        _tfwrap(project, "providers", "lock", "dev")
    for unit, after in units:
        _write(project.terragrunt / unit / "terragrunt.hcl", _terragrunt(work.module, unit, after))
        if work.module == "release":
            shutil.copy(project.folder(unit) / ".terraform.lock.hcl", project.terragrunt / unit)
    return project


def _terragrunt(module: str, unit: str, after: str | None) -> str:
    """As its users write it: the module itself is the root, in a copy that Terragrunt makes."""
    text = f'terraform {{\n  source = "../../modules//{module}"\n}}\n\ninputs = {{\n  text = "{unit}"\n}}\n'
    return text + (f'\ndependencies {{\n  paths = ["../{after}"]\n}}\n' if after else "")


def _tfwrap(project: Project, *words: str) -> None:
    command = [sys.executable, "-m", "tfwrap", *words]
    subprocess.run(command, cwd=project.root, env=project.environment, stdout=subprocess.DEVNULL, check=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
