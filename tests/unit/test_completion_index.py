"""What completion answers, and when its index is made anew."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from kit.project import ECHO

from tfwrap.cli import complete
from tfwrap.cli.main import cli

ENV = """\
stack: units
units:
  network: {module: ../../modules/echo, inputs: {text: a}, tags: [core]}
  app: {module: ../../modules/echo, inputs: {text: b}, tags: [web, core]}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {"tfwrap.toml": "", "live/dev/env.yaml": ENV, "live/prod/env.yaml": "extends: ../dev/env.yaml\n", **ECHO}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def context(root: Path, **values: str) -> click.Context:
    ctx = click.Context(click.Command("plan"))
    ctx.params = {"project": root, **values}
    return ctx


def words(items: list[click.shell_completion.CompletionItem]) -> list[str]:
    return [item.value for item in items]


PARAMETER = click.Option(["--unit"])


def test_environments_by_what_was_typed(root: Path) -> None:
    assert words(complete.complete_environment(context(root), PARAMETER, "")) == ["dev", "prod"]
    assert words(complete.complete_environment(context(root), PARAMETER, "p")) == ["prod"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ["network", "app", "tag:core", "tag:web"]),
        ("n", ["network"]),
        ("+a", ["+app"]),
        ("!t", ["!tag:core", "!tag:web"]),
        ("!+ne", ["!+network"]),
        ("x", []),
    ],
)
def test_selectors(root: Path, typed: str, expected: list[str]) -> None:
    assert words(complete.complete_selector(context(root, environment="dev"), PARAMETER, typed)) == expected


def test_before_an_environment_is_said_units_of_all(root: Path) -> None:
    assert words(complete.complete_unit(context(root), PARAMETER, "a")) == ["app"]


def test_the_index_answers_until_a_file_it_was_made_from_changes(root: Path) -> None:
    ctx = context(root, environment="prod")
    assert words(complete.complete_unit(ctx, PARAMETER, "")) == ["network", "app"]
    path = root / ".tfwrap/cache/completion.json"
    index = json.loads(path.read_text())
    index["environments"]["prod"]["units"] = ["from-the-index"]
    path.write_text(json.dumps(index))
    assert words(complete.complete_unit(ctx, PARAMETER, "")) == ["from-the-index"]
    base = root / "live/dev/env.yaml"  # what prod extends
    base.write_text(ENV.replace("app:", "web:"))
    assert words(complete.complete_unit(ctx, PARAMETER, "")) == ["network", "web"]
    (root / "live/more").mkdir()
    (root / "live/more/env.yaml").write_text(ENV)
    assert words(complete.complete_environment(ctx, PARAMETER, "m")) == ["more"]


def test_a_broken_environment_keeps_what_was_known(root: Path) -> None:
    ctx = context(root, environment="dev")
    complete.complete_unit(ctx, PARAMETER, "")
    (root / "live/dev/env.yaml").write_text("stack: [unclosed\n")
    assert words(complete.complete_unit(ctx, PARAMETER, "")) == ["network", "app"]
    assert words(complete.complete_environment(ctx, PARAMETER, "")) == ["dev", "prod"]


@pytest.mark.parametrize("content", ["", "[]", '{"format": 0}', "not json"])
def test_a_spoilt_index_is_made_anew(root: Path, content: str) -> None:
    path = root / ".tfwrap/cache/completion.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert words(complete.complete_environment(context(root), PARAMETER, "")) == ["dev", "prod"]


def test_outside_of_a_project_there_is_nothing_to_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFWRAP_PROJECT", raising=False)
    monkeypatch.chdir(tmp_path)
    ctx = click.Context(click.Command("plan"))
    assert complete.complete_environment(ctx, PARAMETER, "") == []
    assert list(tmp_path.iterdir()) == []


def test_topics_and_codes() -> None:
    ctx = click.Context(cli, info_name="tfwrap")
    assert words(complete.complete_topic(ctx, PARAMETER, "ex")) == ["exit-codes", "exec", "explain"]
    assert words(complete.complete_topic(ctx, PARAMETER, "ma")) == ["man"]
    assert words(complete.complete_code(ctx, PARAMETER, "e10"))[:2] == ["E101", "E102"]
    assert words(complete.complete_code(ctx, PARAMETER, "zz")) == []
