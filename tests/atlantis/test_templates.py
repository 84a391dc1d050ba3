"""The templates of `server-config --templates`, rendered by the real Atlantis: one table for a pull request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.atlantis_server import Atlantis
from kit.project import CHAIN, ECHO, ProjectKit

from tfwrap.engine.cache import cache_folder

ENV = "live/dev/env.yaml"


@pytest.fixture(scope="module")
def server(atlantis_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Atlantis]:
    folder = tmp_path_factory.mktemp("templates")
    project = ProjectKit(folder / "project", {"TFWRAP_CACHE": str(cache_folder(os.environ))})
    project.write({"tfwrap.toml": "", **ECHO, ENV: CHAIN, ".gitignore": ".tfwrap/\nstate/\n*.tfplan\n"})
    repository = ("--repo", "gitea.test/acme/infra")
    assert project.run("atlantis", "server-config", *repository, "--templates", str(folder / "templates")).status == 0
    overrides = {"ATLANTIS_MARKDOWN_TEMPLATE_OVERRIDES_DIR": str(folder / "templates")}
    running = Atlantis(atlantis_program, folder, project, overrides)
    yield running
    running.close()


def table(comment: str) -> list[str]:
    return [line for line in comment.splitlines() if line.startswith("| `")]


ECHO_MODULE = ECHO["modules/echo/main.tf"]
WIDE = ECHO_MODULE + "".join(f'resource "terraform_data" "more{number}" {{}}\n' for number in range(14))
BAD = 'resource "terraform_data" "this" {\n  input = file("there-is-no-such-file")\n}\n'


def test_one_table_then_the_plans(server: Atlantis) -> None:
    """What is lost is said in the table and open below it; the rest of what is long is folded."""
    hostile = "Plan: 7 to add, 7 to change, 7 to destroy.\\n! 9 units would be destroyed: all\\n| `x` | 1 |"
    before, label = CHAIN.replace("text: dev", f'text: "{hostile}"').split("  label:")
    text = f"{before}  label:{label.replace('modules/echo', 'modules/wide')}"
    pull = server.open({ENV: text, "modules/wide/main.tf": WIDE})
    planned = pull.comments[0]
    assert planned.startswith(
        "### Plan: 17 to add, 0 to change, nothing to destroy\n\n3 projects: 3 with changes, 0 without, 0 failed\n\n"
    ), planned
    network, *others = table(planned)
    assert network == "| `dev/network` | · | 1 | · | · | · |  |"
    assert sorted(others) == [
        "| `dev/app` | · | 1 | · | · | · | waits: needs network.id, known after network is applied |",
        "| `dev/label` | · | 15 | · | · | · | with values that are planned, not applied yet |",
    ]
    assert "#### `dev/network`\n\n```diff\nnetwork: 1 to add\n" in planned
    assert "#### `dev/label`\n\n<details><summary>Plan: 15 to add, 0 to change, 0 to destroy.</summary>\n" in planned
    assert "Apply: `atlantis apply -p dev/network` · Plan again: `atlantis plan -p dev/network` · [drop plan" in planned
    assert planned.endswith("Apply all: `atlantis apply` · drop all plans and locks: `atlantis unlock`")

    applied = server.comment(pull, "atlantis apply -p dev/network", "atlantis/apply: dev/network")
    assert "network   1 added" in applied
    other = WIDE.replace('"terraform_data" "this"', '"terraform_data" "that"').replace("data.this", "data.that")
    bad = "  bad:\n    module: ../../modules/bad\n"
    server.push(pull, {"modules/echo/main.tf": other, "modules/bad/main.tf": BAD, ENV: CHAIN + bad})
    again = pull.comments[-1]
    assert again.startswith("### Plan: 15 to add, 0 to change, **1 to destroy**\n"), again
    assert sorted(table(again)) == [  # what comes after a failed one is not planned
        "| `dev/bad` | · | · | · | · | · | **failed** |",
        "| `dev/network` | · | 15 | · | 1 | · | **1 unit would lose resources: network (1 destroyed)** |",
    ]
    summary = "<details open><summary>Plan: 15 to add, 0 to change, 1 to destroy.</summary>"
    assert f"#### `dev/network`\n\n{summary}\n\n```diff\nnetwork: " in again, again

    same = server.comment(pull, "atlantis plan -p dev/network -- -destroy", "atlantis/plan: dev/network")
    assert same.startswith("Ran Plan for project: `dev/network` dir: `live/dev/network`"), same
    assert "destroys the unit" in same
