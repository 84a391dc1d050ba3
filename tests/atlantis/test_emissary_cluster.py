"""The Emissary units of this repository in the real Atlantis: planned by the real helm provider, applied to a real API
server, changed, applied again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.atlantis_emissary import ENV, emissary_atlantis
from kit.atlantis_server import Atlantis
from kit.fake_gitea import Pull
from parts.controlplane import ControlPlane, control_plane

pytestmark = [
    pytest.mark.xdist_group("cluster-atlantis"),
    pytest.mark.timeout(30 * 60),  # kube-apiserver is built once on a machine
]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("plane")) as running:
        yield running


@pytest.fixture(scope="module")
def server(atlantis_program: Path, plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Atlantis]:
    running = emissary_atlantis(atlantis_program, tmp_path_factory.mktemp("emissary"), plane.kubeconfig())
    yield running
    running.close()


def test_installed_and_then_changed_by_comments(server: Atlantis, plane: ControlPlane) -> None:
    text = (server.workplace.root / ENV).read_text()
    pull = server.open({ENV: text.replace("max: 3", "max: 5")})
    three_releases_are_planned_at_once(pull)
    applied = server.comment(pull, "atlantis apply", "atlantis/apply")
    for unit in ("crds", "ingress", "config"):
        assert f"emissary-{unit}   1 added" in applied, applied
        assert pull.status(f"atlantis/apply: dev/emissary-{unit}") == ("success", "Apply succeeded.")
    assert pull.status("atlantis/apply") == ("success", "3/3 projects applied successfully.")
    (scaler,) = plane.objects("hpa", "emissary").values()
    assert scaler["spec"]["maxReplicas"] == 5
    assert {"my-host-dev", "my-nginx-mapping"} <= set(plane.objects("hosts,mappings", "emissary"))

    server.push(pull, {ENV: text.replace("max: 3", "max: 6").replace("prefix: /,", "prefix: /shop,")})
    changed = pull.comments[-1]
    assert "3 projects, 2 with changes, 1 with no changes, 0 failed" in changed, changed
    assert "\n- autoscaling.maxReplicas: 5\n+ autoscaling.maxReplicas: 6\n" in changed
    assert "outside of Terraform" not in changed  # what the provider notes about its own release is nobody's change
    server.comment(pull, "atlantis apply", "atlantis/apply")
    assert plane.objects("mappings", "emissary")["my-nginx-mapping"]["spec"]["prefix"] == "/shop"
    (scaler,) = plane.objects("hpa", "emissary").values()
    assert scaler["spec"]["maxReplicas"] == 6


def three_releases_are_planned_at_once(pull: Pull) -> None:
    """Names and namespaces are known from the settings: nothing waits for an apply."""
    comment = pull.comments[0]
    assert "Ran Plan for 3 projects:" in comment, comment
    assert "3 projects, 3 with changes, 0 with no changes, 0 failed" in comment
    for unit in ("crds", "ingress", "config"):
        assert f"@@ helm_release.this  create  chart emissary-{unit} 8.2.0+" in comment
        summary = "Plan: 1 to add, 0 to change, 0 to destroy."
        assert pull.status(f"atlantis/plan: dev/emissary-{unit}") == ("success", summary)
    assert "DEFERRED" not in comment
    assert "<details>" not in comment
