"""Which folder is the project, and what its TOML may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.base.problems import Problem, SettingsFailure
from tfwrap.settings.duration import parse_duration
from tfwrap.settings.project import find_project


def faults(start: Path, override: Path | None = None) -> tuple[Problem, ...]:
    with pytest.raises(SettingsFailure) as caught:
        find_project(start, override)
    return caught.value.problems


def place(problem: Problem) -> tuple[str, int, int] | None:
    at = problem.location
    return (at.file.name, at.line, at.column) if at else None


def test_the_nearest_project_upwards_is_taken(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    deep = inner / "live" / "dev"
    deep.mkdir(parents=True)
    (tmp_path / "tfwrap.toml").write_text("")
    (inner / "pyproject.toml").write_text('[tool.tfwrap]\nlive = "envs"\n')
    (deep / "pyproject.toml").write_text('[project]\nname = "not ours"\n')
    assert find_project(deep).root == inner
    assert find_project(deep).live == inner / "envs"
    assert find_project(deep, override=tmp_path).root == tmp_path
    assert find_project(inner.parent).root == tmp_path


def test_all_defaults(tmp_path: Path) -> None:
    (tmp_path / "tfwrap.toml").write_text("")
    project = find_project(tmp_path)
    assert (project.live, project.modules, project.templates) == (
        tmp_path / "live",
        tmp_path / "modules",
        tmp_path / "templates",
    )
    assert (project.engine, project.terraform, project.lock_timeout) == ("auto", ">= 1.9, < 2", 300.0)
    assert 1 <= project.parallelism <= 4
    assert (project.pass_env, dict(project.stacks), dict(project.source_builds)) == ((), {}, {})
    assert (project.atlantis.granularity, project.atlantis.cascade) == ("unit", "direct")


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("""
[tool.tfwrap]
engine = "bin/terraform"
parallelism = 9
lock_timeout = "1h30m"
pass_env = ["TF_LOG", "TF_VAR_*"]
stacks = {web = "ours.web:WebStack"}

[tool.tfwrap.source_builds."hashicorp/helm"]
dir = "tools/helm"
package = "github.com/hashicorp/terraform-provider-helm"
version = "1.3.2"

[tool.tfwrap.atlantis]
granularity = "env"
requirements = ["approved"]
""")
    project = find_project(tmp_path)
    assert project.engine == str(tmp_path / "bin" / "terraform")
    assert (project.parallelism, project.lock_timeout) == (9, 5400.0)
    assert project.pass_env == ("TF_LOG", "TF_VAR_*")
    assert project.stacks == {"web": "ours.web:WebStack"}
    build = project.source_builds["hashicorp/helm"]
    assert (build.dir, build.version) == (tmp_path / "tools" / "helm", "1.3.2")
    assert (project.atlantis.granularity, project.atlantis.requirements) == ("env", ["approved"])


def test_environments_are_the_folders_with_an_env_yaml(tmp_path: Path) -> None:
    (tmp_path / "tfwrap.toml").write_text("")
    for name in ("prod", "dev", "empty"):
        (tmp_path / "live" / name).mkdir(parents=True)
    for name in ("prod", "dev"):
        (tmp_path / "live" / name / "env.yaml").write_text("")
    (tmp_path / "live" / "base.yaml").write_text("")
    assert find_project(tmp_path).environments() == ["dev", "prod"]


def test_no_project(tmp_path: Path) -> None:
    [problem] = faults(tmp_path)
    assert (problem.code, problem.message) == (
        "E110",
        "there is no tfwrap project in this folder or above it",
    )
    assert "an empty tfwrap.toml" in (problem.hint or "")
    [problem] = faults(tmp_path, override=tmp_path)
    assert problem.code == "E110"
    assert problem.message == f"{tmp_path} is not the root of a tfwrap project"


def test_two_places_for_the_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tfwrap]\n")
    (tmp_path / "tfwrap.toml").write_text("")
    [problem] = faults(tmp_path)
    assert problem.code == "E110"
    assert problem.message == "both tfwrap.toml and [tool.tfwrap] of pyproject.toml hold project settings"


def test_broken_toml_is_told_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "tfwrap.toml").write_text('live = "live"\nengine = \n')
    [problem] = faults(tmp_path)
    assert (problem.code, place(problem)) == ("E110", ("tfwrap.toml", 2, 10))
    assert problem.message == "this is not TOML: invalid value"


def test_faults_are_told_all_at_once_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("""\
[project]
name = "x"

[tool.tfwrap]
moduls = "modules"
engine = "terafrom"
parallelism = "4"   # quoted
lock_timeout = 300
stacks = {web = "ours.web"}

[tool.tfwrap.source_builds."hashicorp/helm"]
dir = "tools"
packge = "x"
version = "1"

[tool.tfwrap.atlantis]
cascade = "indirect"
""")
    found = [(problem.code, place(problem), problem.message, problem.hint) for problem in faults(tmp_path)]
    file = "pyproject.toml"
    assert found == [
        ("E102", (file, 5, 1), "moduls is not a setting", "did you mean modules?"),
        (
            "E103",
            (file, 6, 10),
            'engine should be auto, embedded, terraform, tofu or a path, not "terafrom"',
            "did you mean terraform?",
        ),
        (
            "E103",
            (file, 7, 15),
            'parallelism should be a whole number, not "4"',
            "write it without quotes",
        ),
        (
            "E103",
            (file, 8, 16),
            "lock_timeout should be a duration such as 30s, 5m or 1h30m",
            "write the unit: 30s, not 30",
        ),
        ("E103", (file, 9, 1), 'stacks.web should be "package.module:Class", not "ours.web"', None),
        (
            "E104",
            (file, 11, 2),
            'source_builds["hashicorp/helm"].package is required',
            "Go package of the provider's program.",
        ),
        (
            "E102",
            (file, 13, 1),
            'source_builds["hashicorp/helm"].packge is not a setting',
            "did you mean package?",
        ),
        (
            "E103",
            (file, 17, 11),
            'atlantis.cascade should be one of direct, all, none, not "indirect"',
            "did you mean direct?",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("1.5h", 5400), ("0s", 0)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "5d", "5m ", "1h30"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="should be a duration such as 30s, 5m or 1h30m"):
        parse_duration(text)
