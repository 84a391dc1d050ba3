"""The engines that must agree: embedded, a Terraform program, OpenTofu."""

from __future__ import annotations

from pathlib import Path

from kit.project import ProjectKit
from parts.opentofu import opentofu
from parts.terraform import terraform

NAMES = ("embedded", "terraform", "tofu")


def use(project: ProjectKit, engine: str) -> None:
    """Let every command of `project` run with that engine."""
    scratch = project.root.parent
    program: dict[str, str | Path] = {"embedded": "embedded"}
    if engine == "terraform":
        program["terraform"] = terraform(scratch)
    if engine == "tofu":
        program["tofu"] = opentofu()
    project.env["TFWRAP_ENGINE"] = str(program[engine])
