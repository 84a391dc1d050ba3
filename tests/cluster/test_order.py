"""CRDs before what needs them: the third question of the article's FAQ, and why it cannot be asked of tfwrap."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from kit.article import ENV
from kit.project import ProjectKit
from parts.terraform import terraform

from tfwrap.base.bundled import bundled

pytestmark = pytest.mark.xdist_group("cluster-order")


@pytest.fixture(scope="module")
def terraform_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return terraform(tmp_path_factory.mktemp("terraform"))


def test_without_order_it_is_the_third_question_of_the_faq(
    dev: ProjectKit, terraform_program: Path, tmp_path: Path
) -> None:
    """Plain Terraform, releases in one root as in the article but none waiting for the CRDs."""
    chart = bundled("modules/emissary-ingress/chart")
    values = (
        '{"env": {"AMBASSADOR_ID": "ambassador"}, "resolvers": {"endpoint": {"create": true, "name": "my-resolver"}}}'
    )
    (tmp_path / "main.tf").write_text(
        f"""\
resource "helm_release" "emissary_ingress" {{
  name             = "emissary-ingress"
  namespace        = "emissary-faq"
  create_namespace = true
  chart            = "{chart}"
  values           = [{json.dumps(values)}]
}}
"""
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(terraform_program), *arguments, "-no-color", "-input=false"]
        environment = {**dev.environment(), "CHECKPOINT_DISABLE": "1"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    assert run("init").returncode == 0
    applied = run("apply", "-auto-approve")
    assert applied.returncode == 1
    # Terraform breaks the line where it likes.
    assert 'no matches for kind "KubernetesEndpointResolver"' in " ".join(applied.stderr.replace("│", "").split())


def test_tfwrap_never_writes_the_experiment_that_breaks_a_first_plan(dev: ProjectKit) -> None:
    helm = "providers: {helm: {config: {experiments: {manifest: true}}}}\n"
    dev.write({"live/faq/env.yaml": ENV + helm})
    outcome = dev.run("plan", "faq", "--json")
    assert outcome.status == 1
    assert "E152" in outcome.codes()
    assert dev.run("generate", "dev").status == 0
    for file in (dev.root / "live" / "dev").rglob("*.tf"):
        assert "experiments" not in file.read_text()


def test_config_is_not_planned_before_what_it_comes_after(dev: ProjectKit) -> None:
    planned = dev.run("plan", "dev", "-u", "public-config", "--json")
    assert planned.results() == {"public-config": "deferred"}, planned.err
    assert "comes after public-ingress" in planned.units()["public-config"]["reason"]
    applied = dev.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--json")
    assert applied.status == 5, applied.err
    assert applied.results() == {"public-config": "needs_replan"}
    at_once = dev.run("apply", "dev", "-u", "public-config", "--yes", "--json")
    assert (at_once.status, at_once.results()) == (5, {"public-config": "needs_replan"}), at_once.err


def test_the_order_follows_from_the_settings(dev: ProjectKit) -> None:
    graph = dev.run("graph", "dev", "--json").json
    layers = {unit["name"]: unit["layer"] for unit in graph["units"]}
    assert layers["emissary-crds"] < layers["public-ingress"] < layers["public-config"]
    assert {unit["name"]: unit["after"] for unit in graph["units"]}["private-config"] == ["private-ingress"]
