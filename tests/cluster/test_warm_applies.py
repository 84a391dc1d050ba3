"""What is applied with running providers is what is applied without: states and objects on a real API server."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from kit.builds import BUILDS
from kit.project import ProjectKit
from kit.toys import APPLIED, TOYS
from kit.units import environment, unit
from parts.controlplane import ControlPlane
from parts.provider import helm_provider, kustomization_provider

from tfwrap.engine.cache import cache_folder

_UID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


@pytest.fixture
def units(plane: ControlPlane, tmp_path: Path) -> ProjectKit:
    """A project whose providers are in the mirror of this repository: they may keep running."""
    helm_provider()
    kustomization_provider()
    kubeconfig = str(plane.kubeconfig())
    kit = ProjectKit(
        tmp_path / "project",
        {
            "TFWRAP_CACHE": str(cache_folder(os.environ)),
            "HOME": str(tmp_path),
            "KUBECONFIG": kubeconfig,
            "KUBECONFIG_PATH": kubeconfig,
        },
        cold=False,
    )
    kit.write({"tfwrap.toml": BUILDS, **TOYS, **APPLIED})
    return kit


@pytest.mark.parametrize("module", ["helm", "kustomization"])
def test_states_and_objects_are_equal(units: ProjectKit, plane: ControlPlane, module: str) -> None:
    units.write(environment({"one": unit(module, text="one"), "two": unit(module, text="${one.made}")}))
    assert units.run("providers", "lock", "dev").status == 0
    found = []
    for flags in ((), ("--cold",), ()):
        done = units.run("apply", "dev", "--yes", "--json", *flags)
        assert (done.status, set(done.results().values())) == (0, {"applied"}), done.err
        assert _kept_running(units) == (not flags)
        states = {name: _lasting(units.state(name)) for name in ("one", "two")}
        again = units.run("plan", "dev", "--detailed-exitcode", *flags)
        assert again.status == 0, again.out
        found.append((states, _objects(plane)))
        gone = units.run("destroy", "dev", "--yes", "--json", *flags)
        assert (gone.status, set(gone.results().values())) == (0, {"destroyed"}), gone.err
        assert [units.state(name)["resources"] for name in ("one", "two")] == [[], []]
        assert _objects(plane) == {}
        for state in (units.root / "state/dev").iterdir():
            state.unlink()
    warm, cold, warm_again = found
    assert warm == cold == warm_again
    assert len(warm[1]) == 4


def _kept_running(units: ProjectKit) -> bool:
    """Whether the last run had workers with a provider: they are remembered for the next one."""
    files = list((units.root / ".tfwrap/cache/ahead").glob("dev-*.json"))
    return bool(files) and len(json.loads(files[0].read_text())["providers"]) == 1


def _lasting(state: dict[str, Any]) -> dict[str, Any]:
    """Without what another apply has otherwise: the lineage, ids that are UIDs, and the serial.

    Terraform counts the times it wrote the state; where two resources end together it writes once or twice.
    """
    text = _UID.sub("UID", json.dumps({key: value for key, value in state.items() if key not in ("lineage", "serial")}))
    lasting: dict[str, Any] = json.loads(text)
    return lasting


def _objects(plane: ControlPlane) -> dict[str, Any]:
    """What a chart or an overlay made, by kind and name."""
    found = {}
    for kind in ("configmaps", "secrets"):
        done = plane.kubectl("get", kind, "-A", "-o", "json")
        assert done.returncode == 0, done.stderr
        for one in json.loads(done.stdout)["items"]:
            if set(one["data"]) == {"text"}:
                found[f"{kind}/{one['metadata']['namespace']}/{one['metadata']['name']}"] = one["data"]
    return found
