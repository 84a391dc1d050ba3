"""Small Emissary projects for tests: settings as plain data or YAML in, Stack or problems out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from tfwrap.base.bundled import bundled
from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.settings.environment import Environment, parse, read_environment
from tfwrap.settings.project import find_project
from tfwrap.stacks.emissary.stack import EmissaryStack
from tfwrap.stacks.model import Stack, Unit

SMALLEST: dict[str, Any] = {
    "stack": "emissary",
    "project_id": "p",
    "cluster": {"name": "c", "access": "kubeconfig"},
    "installs": {"edge": {"namespace": "edge", "ambassador_id": "edge-id"}},
}


def settings(install: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """The smallest settings, with more keys for the install and at the top."""
    data = copy.deepcopy(SMALLEST)
    data["installs"]["edge"] |= install or {}
    return data | over


def build(tmp_path: Path, data: dict[str, Any] | str) -> Stack:
    (tmp_path / "tfwrap.toml").write_text('modules = "tf"\n')
    folder = tmp_path / "live" / "dev"
    folder.mkdir(parents=True, exist_ok=True)
    # JSON is YAML.
    text = data if isinstance(data, str) else json.dumps(data, indent=1, ensure_ascii=False)
    (folder / "env.yaml").write_text(text)
    project = find_project(tmp_path)
    document = read_environment(project, "dev")
    parsed = parse(document, EmissaryStack.settings)
    return EmissaryStack().build(Environment(project, "dev", folder, document, parsed))


def faults(tmp_path: Path, data: dict[str, Any] | str) -> list[Problem]:
    """What is wrong with the settings, whichever step finds it."""
    try:
        return list(build(tmp_path, data).problems)
    except SettingsFailure as failure:
        return list(failure.problems)


def unit(stack: Stack, name: str) -> Unit:
    return next(unit for unit in stack.units if unit.name == name)


def render_values(unit: Unit) -> str:
    """The unit's values template as generated, before Terraform fills it in."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(bundled("templates")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - YAML, not HTML
    )
    (template,) = unit.values.values()
    return environment.get_template(template.template).render(template.context)
