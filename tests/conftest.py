"""Parts that tests of several rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.project import ECHO, ProjectKit
from parts import kubernetes
from parts.provider import helm_provider


@pytest.fixture(scope="session")
def helm() -> Path:
    """A real helm, 3.8 or newer."""
    return kubernetes.helm()


@pytest.fixture(scope="session")
def provider_mirror() -> Path:
    """A filesystem mirror with hashicorp/helm 1.3.2."""
    return helm_provider()


@pytest.fixture
def project(tmp_path: Path) -> ProjectKit:
    """An empty project with the module `modules/echo`; write `live/<env>/env.yaml` and run commands."""
    kit = ProjectKit(tmp_path / "project")
    kit.write({"tfwrap.toml": "", **ECHO})
    return kit
