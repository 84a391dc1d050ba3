"""The Emissary environment of this repository as the repository of an Atlantis."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from kit.atlantis_server import Atlantis
from kit.project import ProjectKit

from tfwrap.engine.cache import cache_folder

REPOSITORY = Path(__file__).parents[2]
ENV = "live/dev/env.yaml"


def emissary_atlantis(
    program: Path, folder: Path, kubeconfig: Path, server: Mapping[str, str] | None = None
) -> Atlantis:
    """Running in `folder`; `server` are further variables of its environment."""
    root = folder / "project"
    for name in ("live/dev", "modules", "templates", "tools"):
        shutil.copytree(REPOSITORY / name, root / name, ignore=shutil.ignore_patterns(".terraform", ".tfwrap"))
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    cluster = {"KUBECONFIG": str(kubeconfig), "HELM_CACHE_HOME": str(folder / "helm")}
    project = ProjectKit(root, {"TFWRAP_CACHE": str(cache_folder(os.environ)), **cluster})
    project.write({".gitignore": ".tfwrap/\nstate/\n*.tfplan\n"})
    return Atlantis(program, folder, project, server or {})
