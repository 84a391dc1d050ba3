"""atlantis.yaml from units: names, order, what is watched; and nothing of anybody else's is touched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kit.project import ProjectKit
from ruamel.yaml import YAML

from tfwrap.atlantis.current import RepoFile
from tfwrap.settings.project import find_project

ENV = """\
stack: units
extends: ../common.yaml
units:
  network:
    module: ../../modules/echo
    inputs: {text: dev}
  off:
    module: ../../modules/echo
    enabled: false
    inputs: {text: "${network.text}"}
  app:
    module: ../../modules/app
    inputs: {text: "${network.id}"}
    after: [off]
  last:
    module: ../../modules/echo
    inputs: {text: "${app.id}"}
"""
APP = """\
variable "text" {
  type = string
}

module "inner" {
  source = "../echo"
  text   = var.text
}

output "id" {
  value = module.inner.id
}
"""


@pytest.fixture
def chain(project: ProjectKit) -> ProjectKit:
    project.write({"live/dev/env.yaml": ENV, "live/common.yaml": "env: {}\n", "modules/app/main.tf": APP})
    return project


def projects(kit: ProjectKit) -> dict[str, dict[str, Any]]:
    data = YAML(typ="safe").load(kit.root / "atlantis.yaml")
    return {entry["name"]: entry for entry in data["projects"]}


def test_one_project_per_unit(chain: ProjectKit) -> None:
    outcome = chain.run("atlantis", "generate", "--json")
    assert outcome.status == 0, outcome.err
    assert outcome.json["projects"] == ["dev/network", "dev/app", "dev/last"]
    found = projects(chain)
    assert [entry["execution_order_group"] for entry in found.values()] == [0, 1, 2]
    assert found["dev/app"]["depends_on"] == ["dev/network"]
    assert found["dev/app"]["dir"] == "live/dev/app"
    assert {entry["workspace"] for entry in found.values()} == {"default"}
    assert {entry["workflow"] for entry in found.values()} == {"tfwrap"}
    assert found["dev/app"]["autoplan"]["when_modified"] == [
        "**",
        "../../common.yaml",
        "../env.yaml",
        "../../../modules/app/**",
        "../../../modules/echo/**",
        "../network/**",
    ]
    text = (chain.root / "atlantis.yaml").read_text()
    for line in ("parallel_plan: true", "parallel_apply: true", "abort_on_execution_order_fail: true"):
        assert f"\n{line}\n" in text
    assert "autodiscover: {mode: disabled}" in text


@pytest.mark.parametrize(
    ("cascade", "watched"),
    [("direct", ["../app/**"]), ("all", ["../network/**", "../app/**"]), ("none", [])],
)
def test_how_far_a_change_reaches(chain: ProjectKit, cascade: str, watched: list[str]) -> None:
    chain.write({"tfwrap.toml": f'[atlantis]\ncascade = "{cascade}"\n'})
    assert chain.run("atlantis", "generate").status == 0
    patterns = projects(chain)["dev/last"]["autoplan"]["when_modified"]
    assert [one for one in patterns if one in ("../network/**", "../app/**")] == watched


def test_one_project_per_environment(chain: ProjectKit) -> None:
    chain.write({"tfwrap.toml": '[atlantis]\ngranularity = "env"\nrequirements = ["approved"]\n'})
    assert chain.run("atlantis", "generate").status == 0
    (entry,) = projects(chain).values()
    assert (entry["name"], entry["dir"], entry["apply_requirements"]) == ("dev", "live/dev", ["approved"])
    assert entry["autoplan"]["when_modified"] == [
        "**",
        "../common.yaml",
        "../../modules/echo/**",
        "../../modules/app/**",
    ]


def test_the_second_time_nothing_changes(chain: ProjectKit) -> None:
    assert chain.run("generate", "dev").status == 0
    assert chain.run("atlantis", "check").status == 4
    assert chain.run("atlantis", "generate", "--json").json["changed"] is True
    before = (chain.root / "atlantis.yaml").read_bytes()
    assert chain.run("atlantis", "generate", "--json").json["changed"] is False
    assert (chain.root / "atlantis.yaml").read_bytes() == before
    assert chain.run("atlantis", "check").status == 0


OURS = """\
# a comment of ours
version: 3
automerge: false   # not yet

parallel_plan: false
projects:

# the old stack
- dir: legacy
  name: legacy   # by hand
  workflow: default

- name: dev/gone
  dir: live/dev/gone
  workflow: tfwrap
- name: dev/app
  dir: live/dev/app
  workflow: tfwrap
  branch: /^main$/   # only here
  silence_pr_comments:
  - apply
# behind it
- {name: last, dir: last}

allowed_regexp_prefixes: ["dev/"]
"""


def test_what_is_not_ours_stays_to_the_byte(chain: ProjectKit) -> None:
    chain.write({"atlantis.yaml": OURS})
    outcome = chain.run("atlantis", "generate")
    assert outcome.status == 0, outcome.err
    text = (chain.root / "atlantis.yaml").read_text()
    first = OURS[: OURS.index("- name: dev/gone")].replace("parallel_plan: false", "parallel_plan: true")
    assert text.startswith(first)
    assert '# behind it\n- {name: last, dir: last}\n\nallowed_regexp_prefixes: ["dev/"]\n' in text
    found = projects(chain)
    assert list(found) == ["legacy", "dev/network", "dev/app", "dev/last", "last"]
    assert found["dev/app"]["branch"] == "/^main$/"
    assert found["dev/app"]["silence_pr_comments"] == ["apply"]
    assert "  branch: /^main$/   # only here\n" in text
    assert chain.run("atlantis", "generate", "--json").json["changed"] is False


def test_the_name_of_a_foreign_project_is_not_taken(chain: ProjectKit) -> None:
    chain.write({"atlantis.yaml": "version: 3\nprojects:\n  - {name: dev/app, dir: other}\n"})
    outcome = chain.run("atlantis", "generate")
    assert outcome.status == 1
    assert "E701" in outcome.err
    assert "atlantis.yaml:3:" in outcome.err


def test_a_list_in_one_line_is_not_guessed_at(chain: ProjectKit) -> None:
    chain.write({"atlantis.yaml": "version: 3\nprojects: [{name: x, dir: other}]\n"})
    outcome = chain.run("atlantis", "generate")
    assert (outcome.status, "E705" in outcome.err) == (1, True)


def test_atlantis_yml_is_an_error(chain: ProjectKit) -> None:
    chain.write({"atlantis.yml": "version: 3\n"})
    outcome = chain.run("atlantis", "generate")
    assert (outcome.status, "E704" in outcome.err) == (1, True)


def test_check_finds_what_is_out_of_date(chain: ProjectKit) -> None:
    assert chain.run("generate", "dev").status == 0
    assert chain.run("atlantis", "generate").status == 0
    status = chain.root / "status"
    chain.env["OUTPUT_STATUS_FILE"] = str(status)
    chain.write({"live/dev/env.yaml": ENV + "  more:\n    module: ../../modules/echo\n    inputs: {text: x}\n"})
    outcome = chain.run("atlantis", "check")
    assert outcome.status == 4
    assert "live/dev is out of date" in outcome.err
    assert "atlantis.yaml is out of date" in outcome.err
    assert status.read_text() == "2 out of date: run tfwrap generate\n"


@pytest.mark.parametrize("command", ["generate", "check"])
def test_every_broken_environment_is_told_at_once(chain: ProjectKit, command: str) -> None:
    chain.write({"live/bad/env.yaml": "stack: units\nunits: 3\n", "live/worse/env.yaml": "stack: nothing\n"})
    outcome = chain.run("atlantis", command)
    assert outcome.status == 1
    assert ("live/bad/env.yaml:2:8" in outcome.err, "there is no stack nothing" in outcome.err) == (True, True)


def test_check_finds_a_unit_that_is_gone_and_still_has_resources(chain: ProjectKit) -> None:
    assert chain.run("apply", "dev", "-u", "network", "--yes").status == 0
    chain.write(
        {"live/dev/env.yaml": "stack: units\nunits:\n  new:\n    module: ../../modules/echo\n    inputs: {text: a}\n"}
    )
    assert chain.run("generate", "dev").status == 0
    assert chain.run("atlantis", "generate").status == 0
    outcome = chain.run("atlantis", "check")
    assert outcome.status == 4
    assert "unit network is no longer in env.yaml, but its state still holds resources" in outcome.err


def test_server_config(chain: ProjectKit) -> None:
    outcome = chain.run("atlantis", "server-config", "--repo", "github.com/acme/infra")
    assert outcome.status == 0, outcome.err
    data = YAML(typ="safe").load(outcome.out)
    (repo,) = data["repos"]
    assert repo["allow_custom_workflows"] is False
    assert repo["allowed_workflows"] == ["tfwrap"]
    assert repo["autodiscover"] == {"mode": "disabled"}
    steps = data["workflows"]["tfwrap"]["plan"]["steps"]
    assert steps == [{"run": {"command": "tfwrap atlantis plan", "output": "hide"}}, {"run": "tfwrap atlantis comment"}]
    assert "$" not in outcome.out
    assert chain.run("atlantis", "server-config", "--repo", "nonsense").status == 64


def test_server_config_writes_the_templates_of_the_comment(chain: ProjectKit) -> None:
    """They travel with tfwrap; each name that they define is one of Atlantis' or begins with tfwrap."""
    arguments = ("atlantis", "server-config", "--repo", "github.com/acme/infra", "--templates", "deep/templates")
    outcome = chain.run(*arguments)
    assert outcome.status == 0, outcome.err
    assert "--markdown-template-overrides-dir" in outcome.out
    written = {path.name: path.read_text() for path in (chain.root / "deep/templates").iterdir()}
    assert set(written) == {"multi_project_plan.tmpl", "plan_success.tmpl"}
    defined = {name for text in written.values() for name in re.findall(r'{{-? define "(\w+)"', text)}
    assert {name for name in defined if not name.startswith("tfwrap")} == {
        "multiProjectPlan",
        "planSuccessWrapped",
        "planSuccessUnwrapped",
    }


def test_the_file_of_this_repository_is_up_to_date() -> None:
    file = RepoFile.of(find_project(Path(__file__).parents[2]))
    assert file.problems() == []
    assert "dev/emissary-config" in file.names


@pytest.mark.parametrize("text", ["version: 3\nprojects: []\n", "---\nversion: 3\n"])
def test_a_file_without_projects(chain: ProjectKit, text: str) -> None:
    chain.write({"atlantis.yaml": text})
    outcome = chain.run("atlantis", "generate")
    assert outcome.status == 0, outcome.err
    assert list(projects(chain)) == ["dev/network", "dev/app", "dev/last"]
    assert chain.run("atlantis", "generate", "--json").json["changed"] is False
