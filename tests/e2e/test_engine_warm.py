"""Warm and cold give the same: plans attribute by attribute, applies state by state; and cold where it must be."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from kit.both_ways import WARM
from kit.builds import BUILDS
from kit.processes import is_worker, marked, parent_of, words_of
from kit.project import CHAIN, ProjectKit
from kit.toys import TOYS
from kit.units import environment, unit
from parts.provider import helm_provider, kustomization_provider
from parts.terraform import terraform

# A plan of something new asks no cluster, but the kustomization provider wants to know one.
KUBECONFIG = json.dumps(
    {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "none", "cluster": {"server": "https://127.0.0.1:1"}}],
        "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
        "current-context": "none",
        "users": [{"name": "none", "user": {"token": "none"}}],
    }
)
# Nothing but the moment may differ.
_OWN = ("timestamp",)

pytestmark = WARM


@pytest.fixture(params=["embedded", "program"])
def units(request: pytest.FixtureRequest, project: ProjectKit, tmp_path: Path) -> ProjectKit:
    """A project whose providers are in the mirror of this repository."""
    project.write({"tfwrap.toml": BUILDS, **TOYS, "kubeconfig": KUBECONFIG})
    for name in ("KUBECONFIG", "KUBECONFIG_PATH"):
        project.env[name] = str(project.root / "kubeconfig")
    if request.param == "program":
        project.env["TFWRAP_ENGINE"] = str(terraform(tmp_path))
    return project


def chain(module: str) -> dict[str, str]:
    return environment({"one": unit(module, text="one"), "two": unit(module, text="${one.text}-two")})


def plans(project: ProjectKit) -> dict[str, Any]:
    found = {}
    for file in sorted((project.root / ".tfwrap/plans/dev/units").glob("*/plan.json")):
        plan = json.loads(file.read_text())
        found[file.parent.name] = {key: value for key, value in plan.items() if key not in _OWN}
    return found


@pytest.mark.parametrize("module", ["echo", "helm", "kustomization"])
def test_plans_are_equal_attribute_by_attribute(units: ProjectKit, module: str) -> None:
    if module == "helm":
        helm_provider()
    if module == "kustomization":
        kustomization_provider()
    units.write(chain(module))
    if module != "echo":
        outcome = units.run("providers", "lock", "dev")
        assert outcome.status == 0, outcome.err
    locks = [file.read_text() for file in sorted((units.root / "live").rglob(".terraform.lock.hcl"))]
    found = []
    for flags in ((), ("--cold",), ()):  # the third finds what the cold one has installed
        outcome = units.run("plan", "dev", "--json", *flags)
        assert outcome.status == 0, outcome.err
        found.append(plans(units))
    warm, cold, again = found
    assert warm == cold == again
    assert set(warm) == {"one", "two"}
    assert warm["two"]["output_changes"]["text"]["after"].startswith("one")
    assert [file.read_text() for file in sorted((units.root / "live").rglob(".terraform.lock.hcl"))] == locks


def test_what_is_planned_warm_may_be_applied_cold_and_the_other_way_round(project: ProjectKit) -> None:
    states = []
    for first, second in ((), ("--cold",)), (("--cold",), ()):
        project.write({"live/dev/env.yaml": CHAIN})
        assert project.run("plan", "dev", "-u", "network", *first).status == 0
        done = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json", *second)
        assert done.status == 0, done.err
        done = project.run("apply", "dev", "--yes", "--json", *second)
        assert set(done.results().values()) == {"applied", "unchanged"}, done.err
        states.append(_lasting({name: project.state(name) for name in ("network", "app", "label")}))
        assert project.run("destroy", "dev", "--yes", *first).status == 0
        shutil.rmtree(project.root / "state")
    assert states[0] == states[1]


def _lasting(states: dict[str, dict[str, Any]]) -> Any:
    """States without what another apply has otherwise: lineages, counts of writes, and ids, which may be inputs."""
    text = json.dumps({name: {**state, "lineage": None, "serial": None} for name, state in states.items()})
    for name, state in states.items():
        text = text.replace(state["outputs"]["id"]["value"], f"ID of {name}")
    return json.loads(text)


def test_a_setting_switches_it_off(units: ProjectKit) -> None:
    units.write({"tfwrap.toml": "warm = false\n" + BUILDS, **chain("echo")})
    assert _workers_during(units, "plan", "dev") == set()


def test_workers_are_gone_when_the_command_ends(units: ProjectKit) -> None:
    units.write(chain("helm"))
    assert units.run("providers", "lock", "dev").status == 0
    seen = _workers_during(units, "plan", "dev")
    assert "worker.py" in seen
    assert any(name.startswith("terraform-provider-helm") for name in seen), seen
    assert _marked(units) == {}


def test_a_plan_is_tried_once_more_when_its_provider_dies(units: ProjectKit) -> None:
    """The provider is killed as soon as it runs, again and again: what is planned at last was planned cold."""
    units.write(chain("helm"))
    assert units.run("providers", "lock", "dev").status == 0
    assert units.run("plan", "dev").status == 0
    expected = plans(units)
    units.env["TFWRAP_TEST_MARK"] = str(units.root)
    process = units.start("plan", "dev", "--json", "--progress", "plain")
    while process.poll() is None:
        for pid, words in _marked(units).items():
            if any("terraform-provider-helm" in word for word in words) and is_worker(words_of(parent_of(pid))):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert {row["result"] for row in json.loads(out)["units"]} == {"changed"}
    assert plans(units) == expected


def _workers_during(project: ProjectKit, *command: str) -> set[str]:
    """Names of the workers and providers seen while a command runs."""
    project.env["TFWRAP_TEST_MARK"] = str(project.root)
    process = project.start(*command)
    seen: set[str] = set()

    def watch() -> None:
        while process.poll() is None:
            for words in _marked(project).values():
                seen.update(Path(word).name for word in words if "worker.py" in word or "/terraform-provider-" in word)
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, err = process.communicate(timeout=120)
    watcher.join()
    assert process.returncode == 0, err
    return seen


def _marked(project: ProjectKit) -> dict[int, list[str]]:
    """All living processes that a marked command has started."""
    return marked(f"TFWRAP_TEST_MARK={project.root}")
