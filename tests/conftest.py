"""Parts that tests of several rooms share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from kit.project import ECHO, ProjectKit
from parts import kubernetes
from parts.provider import helm_provider


def pytest_configure() -> None:
    """What a shell runs in the background is deaf to Ctrl-C, and so is all that it starts: tests of it would fail."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def helm() -> Path:
    """A real helm, 3.8 or newer."""
    return kubernetes.helm()


@pytest.fixture(scope="session")
def provider_mirror() -> Path:
    """A filesystem mirror with hashicorp/helm 1.3.2."""
    return helm_provider()


@pytest.fixture
def cold() -> bool | None:
    """Whether Terraform is started anew for every command, where a test says so (kit/both_ways.py)."""
    return None


@pytest.fixture
def project(tmp_path: Path, cold: bool | None) -> ProjectKit:
    """An empty project with the module `modules/echo`; write `live/<env>/env.yaml` and run commands."""
    kit = ProjectKit(tmp_path / "project", cold=cold)
    kit.write({"tfwrap.toml": "", **ECHO})
    return kit
