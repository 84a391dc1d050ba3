"""The pipelines of docs/how-to/ci.md: their scripts run, step by step, as the runners of GitHub and GitLab run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from kit.project import CHAIN, ECHO, ProjectKit
from ruamel.yaml import YAML

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/ci.md"
BIN = Path(sys.executable).parent
_FENCE = re.compile(r'^```yaml title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


def pipelines() -> dict[str, Any]:
    return {name: YAML(typ="safe").load(text) for name, text in _FENCE.findall(PAGE.read_text(encoding="utf-8"))}


class Checkout:
    """A repository with a change to `app` on top of main, and a shell in it."""

    def __init__(self, root: Path) -> None:
        self.kit = ProjectKit(root)
        self.kit.write({"tfwrap.toml": "", **ECHO, "live/dev/env.yaml": CHAIN, ".gitignore": ".tfwrap/\nstate/\n"})
        assert self.kit.run("apply", "dev", "--yes").status == 0
        self._commit("git init -q -b main")
        self.kit.write({"live/dev/env.yaml": CHAIN.replace("on ${network.id}", "upon ${network.id}")})
        assert self.kit.run("generate", "dev").status == 0
        self.shell("git update-ref refs/remotes/origin/main main && git checkout -q -b change")
        self._commit("true")

    def _commit(self, before: str) -> None:
        self.shell(f"{before} && git add -A && git -c user.name=t -c user.email=t@example.com commit -qm x")

    def shell(self, script: str, extra: Mapping[str, str] | None = None, *, status: int = 0) -> str:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.kit.root,
            env={**self.kit.environment(), "PATH": f"{BIN}:{os.environ['PATH']}", **(extra or {})},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == status, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("ci") / "project")


def scripts(job: Mapping[str, Any]) -> Iterator[str]:
    """What a job runs, without the installation: tfwrap is there."""
    for step in job.get("steps", ()):
        if "run" in step and not step["run"].startswith("pipx install"):
            yield step["run"]
    yield from job.get("script", ())


def github(checkout: Checkout, tmp_path: Path) -> dict[str, str]:
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(checkout.kit.root),
        "GITHUB_BASE_REF": "main",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }


def test_the_page_has_these_pipelines() -> None:
    assert list(pipelines()) == [".github/workflows/plan.yml", ".github/workflows/apply.yml", ".gitlab-ci.yml"]


def test_github_plans_each_affected_unit_and_applies_what_was_merged(checkout: Checkout, tmp_path: Path) -> None:
    jobs = pipelines()[".github/workflows/plan.yml"]["jobs"]
    environment = github(checkout, tmp_path)
    for script in scripts(jobs["units"]):
        checkout.shell(script, environment)
    name, _, matrix = (tmp_path / "output").read_text().rstrip("\n").partition("=")
    assert name == "matrix"
    assert json.loads(matrix) == {"include": [{"env": "dev", "unit": "app"}]}

    (row,) = json.loads(matrix)["include"]
    values = {"matrix.env": row["env"], "matrix.unit": row["unit"]}
    job = {name: _EXPRESSION.sub(lambda match: values[match[1]], text) for name, text in jobs["plan"]["env"].items()}
    said = "".join(checkout.shell(script, {**environment, **job}) for script in scripts(jobs["plan"]))
    assert "::group::" in said
    summary = (tmp_path / "summary").read_text()
    assert summary.startswith("### tfwrap plan dev\n")
    assert "| app | · | 1 | · | · |" in summary, summary
    assert "```diff\n" in summary
    assert "network" not in summary.partition("```diff")[0]

    empty = checkout.shell("tfwrap affected dev --base HEAD --format matrix").strip()
    assert jobs["plan"]["if"] == f"${{{{ needs.units.outputs.matrix != '{empty}' }}}}"

    for script in scripts(pipelines()[".github/workflows/apply.yml"]["jobs"]["apply"]):
        checkout.shell(script, environment)
    assert "### tfwrap apply dev" in (tmp_path / "summary").read_text()
    resource = checkout.kit.state("app")["resources"][0]["instances"][0]["attributes"]
    assert resource["input"]["value"].startswith("upon ")


def test_gitlab_plans_what_changed_and_shows_it(checkout: Checkout) -> None:
    jobs = pipelines()[".gitlab-ci.yml"]
    base = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": checkout.shell("git rev-parse main").strip()}
    for name in ("check", "plan"):
        for script in scripts(jobs[name]):
            checkout.shell(script, base)
    for file in (jobs["plan"]["artifacts"]["reports"]["junit"], *jobs["plan"]["artifacts"]["paths"]):
        assert (checkout.kit.root / file).stat().st_size > 0, file
    (nothing,) = jobs["plan"]["allow_failure"]["exit_codes"]
    (plan,) = scripts(jobs["plan"])
    checkout.shell(plan, {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD"}, status=nothing)
    (apply,) = scripts(jobs["apply"])
    checkout.shell(apply, base)


def test_faults_are_annotated_where_they_stand(tmp_path: Path) -> None:
    """Also in a project that is not the root of its repository, and for a unit that fails while it is planned."""
    root = tmp_path / "repository/infra"
    kit = ProjectKit(root, {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(root.parent)})
    broken = CHAIN.replace("{text: dev}", "{txt: dev}")
    kit.write({"tfwrap.toml": "", **ECHO, "live/dev/env.yaml": broken})
    said = kit.run("plan", "dev", "--json")
    assert said.status == 1
    assert said.json["problems"]  # stdout is still the document
    place = "file=infra/live/dev/env.yaml,line=5,col=14,endColumn=16"
    assert f"\n::error {place},title=E102::" in said.err, said.err
    kit.write({"live/dev/env.yaml": CHAIN, "modules/echo/fails.tf": 'locals {\n  no = file("there-is-no-file")\n}\n'})
    failed = kit.run("plan", "dev", "-u", "network")
    assert failed.status == 1
    annotated = [line for line in failed.err.splitlines() if line.startswith("::error ")]
    assert len(annotated) == 1, failed.err
    assert "there-is-no-file" in annotated[0]
    elsewhere = ProjectKit(root, {"GITHUB_ACTIONS": ""}).run("plan", "dev", "-u", "network")
    assert "::error" not in elsewhere.out + elsewhere.err
