"""A control plane for each module of tests, and the article's environment as a project on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.article import ENV
from kit.project import ProjectKit, mirrored
from parts.controlplane import ControlPlane, control_plane

_BUILD = 30 * 60  # seconds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever needs the control plane first on a machine waits while kube-apiserver is built."""
    for item in items:
        if "plane" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(_BUILD))


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
    home = {"HOME": str(root), "HELM_CACHE_HOME": str(root / "helm"), "HELM_CONFIG_HOME": str(root / "helm")}
    kit = ProjectKit(
        root / "project",
        {
            **home,
            "PATH": f"{helm.parent}:/usr/bin:/bin",
            "KUBECONFIG": str(plane.kubeconfig()),
            **mirrored(root, provider_mirror),
        },
    )
    kit.write({"tfwrap.toml": ""})
    return kit


@pytest.fixture(scope="module")
def dev(on_plane: ProjectKit) -> ProjectKit:
    on_plane.write({"live/dev/env.yaml": ENV})
    return on_plane


@pytest.fixture(scope="module")
def applied(dev: ProjectKit) -> dict[str, str]:
    """What the first apply of everything said of each unit."""
    outcome = dev.run("apply", "dev", "--yes", "--json")
    assert outcome.status == 0, outcome.err
    return outcome.results()
