"""The Emissary units of this repository in the real Atlantis, planned by the real helm provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.atlantis_emissary import ENV, emissary_atlantis
from kit.atlantis_server import Atlantis


@pytest.fixture(scope="module")
def server(atlantis_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Atlantis]:
    folder = tmp_path_factory.mktemp("emissary")
    running = emissary_atlantis(atlantis_program, folder, folder / "none")
    yield running
    running.close()


def test_three_releases_are_planned_at_once(server: Atlantis) -> None:
    """Names and namespaces are known from the settings: nothing waits for an apply."""
    text = (server.workplace.root / ENV).read_text()
    pull = server.open({ENV: text.replace("max: 3", "max: 5")})
    comment = pull.comments[0]
    assert "Ran Plan for 3 projects:" in comment, comment
    assert "3 projects, 3 with changes, 0 with no changes, 0 failed" in comment
    assert "@@ helm_release.this  create  chart emissary-crds 8.2.0+" in comment
    assert "@@ helm_release.this  create  chart emissary-ingress 8.2.0+" in comment
    assert "@@ helm_release.this  create  chart emissary-config 8.2.0+" in comment
    assert "DEFERRED" not in comment
    assert "<details>" not in comment
    for unit in ("crds", "ingress", "config"):
        summary = "Plan: 1 to add, 0 to change, 0 to destroy."
        assert pull.status(f"atlantis/plan: dev/emissary-{unit}") == ("success", summary)
