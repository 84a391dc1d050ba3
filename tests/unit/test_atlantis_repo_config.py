"""atlantis.yaml: what Atlantis would take and only fail on later is refused here, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.atlantis.current import read_atlantis_yaml
from tfwrap.atlantis.repo_config import RepoConfig, read_repo_config
from tfwrap.base.problems import Failure, Problem


def read(tmp_path: Path, text: str) -> RepoConfig:
    path = tmp_path / "atlantis.yaml"
    path.write_text(text)
    return read_repo_config(read_atlantis_yaml(path))


def faults(tmp_path: Path, text: str) -> list[Problem]:
    with pytest.raises(Failure) as caught:
        read(tmp_path, text)
    return list(caught.value.problems)


def test_everything_that_atlantis_knows(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """\
version: 3
automerge: true
parallel_plan: true
autodiscover: {mode: enabled, ignore_paths: ["legacy/**"]}
repo_locks: {mode: on_apply}
allowed_regexp_prefixes: [dev/]
projects:
  - name: a
    dir: a
    branch: /^(main|release-.*)$/
    terraform_version: v1.9.0
    autoplan: {when_modified: ["*.tf", "!skip.tf", "../x/**/[a-z]*.yaml"], enabled: false}
    plan_requirements: [approved, undiverged]
    silence_pr_comments: [apply]
  - {name: b, dir: a, workspace: other, depends_on: [a], execution_order_group: 1}
  - dir: "modules/*"
workflows:
  mine:
    plan:
      steps:
        - init
        - plan: {extra_args: ["-lock=false"]}
        - env: {name: A, command: echo 1}
        - multienv: ./env.sh
        - run: {command: make, output: [strip_refreshing, {filter_regex: "(secret: ).*"}], shell: bash, shellArgs: -c}
    import: {steps: [init, import]}
""",
    )
    assert config.projects[1].depends_on == ["a"]
    assert config.workflows["mine"].import_ is not None


PROJECT = "version: 3\nprojects:\n  - name: a\n    dir: a\n"


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("version: 2\n", "E103", 1, "version"),
        ("version: 3\nautodiscover: {mode: foo}\n", "E103", 2, "auto"),
        ("version: 3\nrepo_locks: {mode: never}\n", "E103", 2, "on_plan"),
        ("version: 3\nparallel_plan: 'true'\n", "E103", 2, "true or false"),
        ("version: 3\nparallel_plam: true\n", "E102", 2, "parallel_plam"),
        (PROJECT + "    execution_order_group: '1'\n", "E103", 5, "whole number"),
        (PROJECT + "    branch: main\n", "E703", 5, "between slashes"),
        (PROJECT + "    branch: /(?=x)/\n", "E703", 5, "RE2"),
        (PROJECT + "    branch: /(x/\n", "E703", 5, "regular expression"),
        (PROJECT + '    autoplan: {when_modified: ["[a"]}\n', "E703", 5, "never closed"),
        (PROJECT + '    autoplan: {when_modified: [""]}\n', "E703", 5, "empty"),
        (PROJECT + "    workspace: ../up\n", "E701", 5, "workspace"),
        (PROJECT + "    plan_requirements: [policies_passed]\n", "E103", 5, "approved"),
        (PROJECT + "    terraform_version: '>= 1.9'\n", "E103", 5, "terraform_version"),
        (PROJECT + "  - name: a\n    dir: b\n", "E701", 5, "two projects a"),
        (PROJECT + "  - dir: a\n", "E701", 5, "two projects in workspace"),
        ("version: 3\nprojects:\n  - name: all\n    dir: x/*\n", "E701", 3, "drop the name"),
        ("version: 3\nprojects:\n  - name: 'a b'\n    dir: x\n", "E701", 3, "letters"),
        ("version: 3\nprojects:\n  - dir: ../x\n", "E701", 3, "folder"),
        (PROJECT + "    depends_on: [b]\n", "E702", 5, "not a project"),
        (PROJECT + "  - {name: b, dir: b, depends_on: [a]}\n", "E702", 5, "execution_order_group"),
        ("version: 3\nworkflows: {w: {apply: {steps: [{run: {command: x, output: hide}}]}}}\n", "E103", 2, "output"),
        ("version: 3\nworkflows: {w: {plan: {steps: [pln]}}}\n", "E103", 2, "init"),
        ("version: 3\nworkflows: {w: {plan: {steps: [{run: a, env: {name: x, value: y}}]}}}\n", "E103", 2, "one key"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(tmp_path: Path, text: str, code: str, line: int, words: str) -> None:
    (problem, *_) = faults(tmp_path, text)
    assert problem.location is not None
    assert (problem.code, problem.location.line) == (code, line), problem.message
    assert words in f"{problem.message} {problem.hint}"


def test_a_circle_names_the_whole_path(tmp_path: Path) -> None:
    text = (
        "version: 3\nprojects:\n"
        "  - {name: a, dir: a, depends_on: [b], execution_order_group: 1}\n"
        "  - {name: b, dir: b, depends_on: [a]}\n"
    )
    assert any("a -> b -> a" in problem.message for problem in faults(tmp_path, text))
