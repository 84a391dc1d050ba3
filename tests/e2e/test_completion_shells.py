"""Completion in the real shells: what a person types, a TAB, and what stands there then."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kit.project import ProjectKit
from kit.shells import complete, complete_in_fish
from parts.debian import program

ENV = """\
stack: units
units:
  network: {module: ../../modules/echo, inputs: {text: dev}, tags: [core]}
  app: {module: ../../modules/echo, inputs: {text: "on ${network.text}"}}
  label: {module: ../../modules/echo, inputs: {text: "id ${network.id}"}}
"""
BIN = Path(sys.executable).parent

LINES = [
    ("tfwrap gen", "tfwrap generate"),
    ("tfwrap plan d", "tfwrap plan dev"),
    ("tfwrap show p", "tfwrap show prod"),
    ("tfwrap exec dev ne", "tfwrap exec dev network"),
    ("tfwrap new u", "tfwrap new unit"),
    ("tfwrap help sel", "tfwrap help selectors"),
    ("tfwrap completion z", "tfwrap completion zsh"),
    ("tfwrap plan dev -u +la", "tfwrap plan dev -u +label"),
    ("tfwrap plan dev -u app -u l", "tfwrap plan dev -u app -u label"),
    ("tfwrap plan dev -u tag:", "tfwrap plan dev -u tag:core"),
    ("tfwrap plan dev -u tag:co", "tfwrap plan dev -u tag:core"),
    ("tfwrap plan dev -u +tag:co", "tfwrap plan dev -u +tag:core"),
    ("tfwrap plan dev --unit=ne", "tfwrap plan dev --unit=network"),
    ("tfwrap plan dev --unit=tag:co", "tfwrap plan dev --unit=tag:core"),
    ("tfwrap plan dev --det", "tfwrap plan dev --detailed-exitcode"),
    ("tfwrap plan dev --progress=pl", "tfwrap plan dev --progress=plain"),
    ("tfwrap plan dev --progress pl", "tfwrap plan dev --progress plain"),
]


@pytest.fixture(scope="session", autouse=True)
def _shells() -> None:
    """Installed before any test's time runs."""
    for name in ("bash", "zsh", "fish"):
        program(name)


@pytest.fixture
def place(project: ProjectKit) -> tuple[Path, dict[str, str]]:
    project.write({"live/dev/env.yaml": ENV, "live/prod/env.yaml": "extends: ../dev/env.yaml\n"})
    environment = project.environment()
    path = f"{BIN}:{environment['PATH']}"
    return project.root, environment | {"PATH": path, "HOME": str(project.root.parent), "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize(("typed", "line"), LINES, ids=[typed for typed, _ in LINES])
@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_one_tab_completes(place: tuple[Path, dict[str, str]], shell: str, typed: str, line: str) -> None:
    assert complete(shell, f"{typed}\t", *place).line.rstrip() == line


@pytest.mark.parametrize(("typed", "line"), LINES, ids=[typed for typed, _ in LINES])
def test_fish_offers_the_same(place: tuple[Path, dict[str, str]], typed: str, line: str) -> None:
    assert list(complete_in_fish(typed, *place)) == [line.rpartition(" ")[2]]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_two_tabs_list_all(place: tuple[Path, dict[str, str]], shell: str) -> None:
    assert {"network", "app", "label", "tag:core"} <= set(complete(shell, "tfwrap plan dev -u \t\t", *place).offered)


def test_fish_describes_what_it_offers(place: tuple[Path, dict[str, str]]) -> None:
    assert complete_in_fish("tfwrap plan ", *place) == dict.fromkeys(("dev", "prod"), "network, app, label")
    assert set(complete_in_fish("tfwrap plan dev -u ", *place)) == {"network", "app", "label", "tag:core"}
    assert "Write the Terraform files of ENV." in complete_in_fish("tfwrap gen", *place)["generate"]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_files_are_completed_by_the_shell(place: tuple[Path, dict[str, str]], shell: str) -> None:
    line = complete(shell, "tfwrap apply dev --plan li\t", *place).line
    assert line.rstrip("/ ") == "tfwrap apply dev --plan live"
    assert list(complete_in_fish("tfwrap apply dev --plan li", *place)) == ["live/"]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_mended_word_is_completed_where_the_cursor_stands(place: tuple[Path, dict[str, str]], shell: str) -> None:
    left = "\x02" * len(" -u app")  # Ctrl-B
    line = complete(shell, f"tfwrap plan d -u app{left}\t", *place).line
    assert line.split() == ["tfwrap", "plan", "dev", "-u", "app"]
