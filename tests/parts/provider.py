"""The provider mirror of this repository: the one that `make plan` uses, made by tfwrap itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tfwrap.engine.cache import cache_folder
from tfwrap.engine.choose import choose
from tfwrap.engine.providers import Requirement, ensure
from tfwrap.settings.project import find_project

ROOT = Path(__file__).parents[2]


def helm_provider() -> Path:
    """A mirror folder with hashicorp/helm 1.3.2. The first build on a machine takes two minutes."""
    return _mirror("hashicorp/helm", "1.3.2")


def kustomization_provider() -> Path:
    """The same with kbst/kustomization 0.9.8."""
    return _mirror("kbst/kustomization", "0.9.8")


def _mirror(source: str, version: str) -> Path:
    project = find_project(ROOT)
    environ = {name: value for name, value in os.environ.items() if name != "TF_CLI_CONFIG_FILE"}
    wanted = [Requirement(f"registry.terraform.io/{source}", (version,))]
    mirror = ensure(
        wanted,
        cache=cache_folder(environ),
        source_builds=project.source_builds,
        engine=choose("embedded", None, environ),
        environ=environ,
        say=print,
    )
    return asyncio.run(mirror).folder
