"""A remembered environment holds exactly as long as nothing it came from has changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from workspace_kit import make_project

from tfwrap.base.reads import Reads, noting
from tfwrap.settings.project import Project, find_project
from tfwrap.stacks.model import CdkModule, Stack
from tfwrap.stacks.registry import load_stack
from tfwrap.workspace import memory
from tfwrap.workspace.generate import plan_generation
from tfwrap.workspace.sync import apply_sync

ENVIRONMENT = """\
extends: ../../base.yaml
stack: units
units:
  a: {module: ../../modules/toy, inputs: {label: a}}
  b: {module: ../../modules/toy, inputs: {label: "${a.id}"}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "project")
    (project.root / "base.yaml").write_text("env: {LEVEL: low}\n")
    (project.live / "dev" / "env.yaml").write_text(ENVIRONMENT)
    apply_sync(plan_generation(project, "dev", load_stack(project, "dev")))
    time.sleep(0.15)  # what has only just changed might change again within the same tick: that is not remembered
    return project


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def load(root: Path) -> tuple[Project, Stack, Reads]:
    with noting() as reads:
        project = find_project(root)
        stack = load_stack(project, "dev")
        assert plan_generation(project, "dev", stack).up_to_date
    return project, stack, reads


def test_the_same_project_and_stack_come_back(project: Project, cache: Path) -> None:
    found, stack, reads = load(project.root)
    assert memory.recall(cache, project.root, "dev") is None
    memory.remember(cache, found, "dev", stack, reads)
    assert memory.recall(cache, project.root, "dev") == (found, stack)
    assert memory.recall(cache, project.root, "other") is None
    (file,) = (cache / "environments").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def edit(path: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        content = (root / path).read_bytes()
        (root / path).write_bytes(content.replace(b"a", b"e", 1))  # of the same length

    return change


CHANGES: dict[str, Callable[[Path], object]] = {
    "env.yaml": edit("live/dev/env.yaml"),
    "an extended file": edit("base.yaml"),
    "a module": edit("modules/toy/main.tf"),
    "a file more in a module": lambda root: (root / "modules/toy/more.tf").touch(),
    "the project's settings": lambda root: (root / "tfwrap.toml").write_text('engine = "auto"\n'),
    "other project settings": lambda root: (root / "pyproject.toml").touch(),
    "a generated file": edit("live/dev/a/main.tf"),
    "a generated file gone": lambda root: (root / "live/dev/b/main.tf").unlink(),
    "a file beside generated ones": lambda root: (root / "live/dev/a/mine.tf").touch(),
    "what was generated": lambda root: (root / "live/dev/.generated.json").unlink(),
    "another environment": lambda root: (root / "live/prod").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_makes_it_forget(project: Project, cache: Path, change: Callable[[Path], object]) -> None:
    found, stack, reads = load(project.root)
    memory.remember(cache, found, "dev", stack, reads)
    change(project.root)
    assert memory.recall(cache, project.root, "dev") is None


def test_what_changes_while_it_is_read_is_not_remembered_as_read(project: Project, cache: Path) -> None:
    found, stack, reads = load(project.root)
    edit("base.yaml")(project.root)
    time.sleep(0.15)
    memory.remember(cache, found, "dev", stack, reads)
    assert memory.recall(cache, project.root, "dev") is None


def test_what_has_only_just_changed_is_not_remembered(project: Project, cache: Path) -> None:
    edit("base.yaml")(project.root)
    found, stack, reads = load(project.root)
    memory.remember(cache, found, "dev", stack, reads)
    assert not cache.exists()


def test_a_clock_of_whole_seconds_is_not_trusted_within_one(project: Project, cache: Path) -> None:
    found, stack, reads = load(project.root)
    second = reads.since // 10**9 * 10**9
    reads[str(project.root / "base.yaml")] = (second, second, 1, 1)
    memory.remember(cache, found, "dev", stack, reads)
    assert not cache.exists()


def test_other_peoples_python_may_look_at_anything(project: Project, cache: Path) -> None:
    found, stack, reads = load(project.root)
    memory.remember(cache, found, "dev", replace(stack, kind="own"), reads)
    cdk = replace(stack.units[0], module=CdkModule(project.root, "own:Stack"))
    memory.remember(cache, found, "dev", replace(stack, units=(cdk,)), reads)
    assert not cache.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]\n", b'{"key": 1, "reads": {}}\n', b"\xff\xff"])
def test_a_broken_memory_is_none(project: Project, cache: Path, content: bytes) -> None:
    found, stack, reads = load(project.root)
    memory.remember(cache, found, "dev", stack, reads)
    (file,) = (cache / "environments").iterdir()
    file.write_bytes(content)
    assert memory.recall(cache, project.root, "dev") is None


def test_a_cut_off_memory_is_none(project: Project, cache: Path) -> None:
    found, stack, reads = load(project.root)
    memory.remember(cache, found, "dev", stack, reads)
    (file,) = (cache / "environments").iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    assert memory.recall(cache, project.root, "dev") is None


def test_somebody_elses_memory_is_not_believed(project: Project, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, stack, reads = load(project.root)
    memory.remember(cache, found, "dev", stack, reads)
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    assert memory.recall(cache, project.root, "dev") is None


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(project: Project, cache: Path) -> None:
    cache.write_text("in the way")
    found, stack, reads = load(project.root)
    memory.remember(cache, found, "dev", stack, reads)
    assert memory.recall(cache, project.root, "dev") is None


def test_old_environments_are_forgotten(project: Project, cache: Path) -> None:
    old = cache / "environments"
    old.mkdir(parents=True)
    for number in range(300):
        (old / f"{number}").touch()
        os.utime(old / f"{number}", (number, number))
    found, stack, reads = load(project.root)
    memory.remember(cache, found, "dev", stack, reads)
    assert memory.recall(cache, project.root, "dev") == (found, stack)
    assert len(list(old.iterdir())) == 256
    assert not (old / "0").exists()
