"""Modules of built-in resources that behave badly on purpose, and env.yaml texts made of units."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kit.project import ProjectKit

# Fails to apply until the file `needs` exists; goes on for `seconds`; writes a line to `trace` before and after.
WORK = """\
variable "text" {
  type    = string
  default = "x"
}

variable "seconds" {
  type    = number
  default = 0
}

variable "needs" {
  type    = string
  default = "/"
}

variable "trace" {
  type    = string
  default = "/dev/null"
}

locals {
  end = "echo end ${var.text} >> ${var.trace}"
}

resource "terraform_data" "this" {
  input = var.text

  provisioner "local-exec" {
    command = "echo start ${var.text} >> ${var.trace}; sleep ${var.seconds}; test -e ${var.needs} && ${local.end}"
  }
}

output "id" {
  value = terraform_data.this.id
}

output "text" {
  value = var.text
}
"""

# As many resources as `names` has: cannot be planned while that is unknown.
COUNT = """\
variable "names" {
  type = any
}

resource "terraform_data" "this" {
  count = length(var.names)
  input = var.names[count.index]
}

output "count" {
  value = length(var.names)
}
"""

# An output that is known only after the apply, and one that is a list of such.
LATE = """\
variable "texts" {
  type    = list(string)
  default = ["a"]
}

resource "terraform_data" "this" {
  input = var.texts
}

output "texts" {
  value = terraform_data.this.output
}
"""

# Everything about it is secret, and it tells it to whoever reads its log.
SECRET = """\
variable "password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "this" {
  input = var.password

  provisioner "local-exec" {
    command = "echo the password is $TFWRAP_TEST_PASSWORD"
  }
}

output "password" {
  value     = terraform_data.this.output
  sensitive = true
}
"""

KEPT = """\
variable "text" {
  type = string
}

resource "terraform_data" "this" {
  input            = var.text
  triggers_replace = var.text

  lifecycle {
    prevent_destroy = true
  }
}
"""

MODULES = {
    f"modules/{name}/main.tf": text
    for name, text in {"work": WORK, "count": COUNT, "late": LATE, "secret": SECRET, "kept": KEPT}.items()
}


def unit(module: str = "echo", *, text: str | None = None, **facts: Any) -> dict[str, Any]:
    """One unit of env.yaml; `text` is its input of that name, for short."""
    inputs = {**({"text": text} if text is not None else {}), **facts.pop("inputs", {})}
    return {"module": f"../../modules/{module}", **({"inputs": inputs} if inputs else {}), **facts}


def environment(units: Mapping[str, Mapping[str, Any]], **settings: Any) -> dict[str, str]:
    """live/dev/env.yaml: JSON is YAML."""
    return {"live/dev/env.yaml": json.dumps({"stack": "units", **settings, "units": units}, indent=2)}


def prepare(project: ProjectKit, units: Mapping[str, Mapping[str, Any]], **settings: Any) -> None:
    project.write({**MODULES, **environment(units, **settings)})


def resources(project: ProjectKit, name: str) -> int:
    """How many resources the unit's local state holds; none without a state."""
    path = project.root / "state" / "dev" / f"{name}.tfstate"
    text = path.read_text() if path.exists() else ""
    return sum(len(one["instances"]) for one in json.loads(text)["resources"]) if text else 0
