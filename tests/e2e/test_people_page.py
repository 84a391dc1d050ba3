"""`--report x.html` and `show --open`, from a real run in a real git repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from kit.project import ProjectKit

CHAIN = """\
stack: units
units:
  network: {module: ../../modules/echo, inputs: {text: dev}}
  app: {module: ../../modules/echo, inputs: {text: "on ${network.text}"}}
"""


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@localhost")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True, timeout=60)


@pytest.fixture
def dev(project: ProjectKit) -> ProjectKit:
    project.write({"live/dev/env.yaml": CHAIN, ".gitignore": "/state/\n"})
    assert project.run("generate", "dev").status == 0
    git(project.root, "init", "-q")
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "first")
    return project


def test_a_page_comes_from_a_run(dev: ProjectKit) -> None:
    dev.write({"live/dev/env.yaml": CHAIN.replace("text: dev", "text: staging")})
    outcome = dev.run("plan", "dev", "--report", "out/review.html")
    assert outcome.status == 0, outcome.err
    page = (dev.root / "out/review.html").read_text()
    assert page.startswith("<!doctype html>")
    assert 'id="unit-network--terraform_data.this"' in page
    assert 'data-from="network" data-to="app"' in page
    assert 'id="file-live/dev/env.yaml"' in page
    assert 'id="file-live/dev/network/main.tf"' in page  # generated anew, so it differs from HEAD
    assert 'id="file-live/dev/app/main.tf"' not in page
    assert "input: staging" in page
    assert ".generated.json" not in page  # it differs too, and says nothing that the files do not


def test_outside_of_git_there_is_a_page_without_files(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": CHAIN})
    project.env["GIT_CEILING_DIRECTORIES"] = str(project.root.parent)
    assert project.run("plan", "dev", "--report", "review.html").status == 0
    assert 'id="files"' not in (project.root / "review.html").read_text()


def test_show_opens_the_page_of_the_saved_plan(dev: ProjectKit, tmp_path: Path) -> None:
    assert dev.run("plan", "dev").status == 0
    opener = tmp_path / "bin/xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    opener.chmod(0o755)
    dev.env["PATH"] = f"{opener.parent}:{dev.environment()['PATH']}"
    shown = dev.run("show", "dev", "--open")
    assert shown.status == 0, shown.err
    page = Path((tmp_path / "opened").read_text().strip())
    assert page.is_relative_to(dev.root / ".tfwrap")
    assert 'data-from="network" data-to="app"' in page.read_text()


def test_the_graph_is_a_page_too(dev: ProjectKit) -> None:
    drawn = dev.run("graph", "dev", "--format", "html")
    assert drawn.status == 0
    assert drawn.out.startswith("<!doctype html>")
    assert 'data-unit="network"' in drawn.out
