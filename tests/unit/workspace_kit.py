"""A project below tmp_path, and units to generate into it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tfwrap.base.problems import Location
from tfwrap.settings.backends import resolve_backend
from tfwrap.settings.project import Project, find_project
from tfwrap.stacks.model import LocalModule, Output, Reference, Stack, Unit

MODULE = """variable "label" {}
variable "zones" { default = [] }
output "id" { value = "${var.label}-id" }
"""


def make_project(root: Path) -> Project:
    (root / "modules" / "toy").mkdir(parents=True)
    (root / "modules" / "toy" / "main.tf").write_text(MODULE)
    (root / "tfwrap.toml").write_text("")
    (root / "live" / "dev").mkdir(parents=True)
    (root / "live" / "dev" / "env.yaml").write_text("stack: units\n")
    return find_project(root)


def make_unit(project: Project, name: str, of: str = "dev", **facts: Any) -> Unit:
    """A unit around modules/toy; of environment `of`; `facts` are further fields."""
    unit = Unit(
        name=name,
        module=LocalModule(project.modules / "toy"),
        arguments={"label": name},
        location=Location(project.live / of / "env.yaml", 1, 1),
        backend=resolve_backend(None, root=project.root, environment_name=of, unit=name),
        outputs=(Output("id"),),
    )
    return replace(unit, **facts)


def refer(unit: str, output: str = "id", *, sensitive: bool = False) -> Reference:
    return Reference(unit, output, f"{unit}_{output}", sensitive, Location(Path("/env.yaml"), 1, 1))


def stack(*units: Unit) -> Stack:
    return Stack("units", units)


def files_of(folder: Path) -> dict[str, bytes]:
    """{relative path: content} of everything below `folder`."""
    found: Iterable[Path] = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}
