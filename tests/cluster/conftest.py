"""A control plane for each module of tests, and the article's environment as a project on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.project import ProjectKit
from parts.controlplane import ControlPlane, control_plane


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("plane")) as running:
        yield running


@pytest.fixture(scope="module")
def on_plane(
    plane: ControlPlane, helm: Path, provider_mirror: Path, tmp_path_factory: pytest.TempPathFactory
) -> ProjectKit:
    """An empty project whose commands reach the control plane."""
    root = tmp_path_factory.mktemp("project")
    config = root / "terraform.rc"
    config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{provider_mirror}"\n  }}\n}}\n')
    home = {"HOME": str(root), "HELM_CACHE_HOME": str(root / "helm"), "HELM_CONFIG_HOME": str(root / "helm")}
    kit = ProjectKit(
        root / "project",
        {
            **home,
            "PATH": f"{helm.parent}:/usr/bin:/bin",
            "KUBECONFIG": str(plane.kubeconfig()),
            "TF_CLI_CONFIG_FILE": str(config),
        },
    )
    kit.write({"tfwrap.toml": ""})
    return kit
