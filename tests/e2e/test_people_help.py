"""Help as people meet it: topics, examples, the man page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest
from kit.project import ProjectKit
from parts.debian import program

from tfwrap.base.exits import Exit
from tfwrap.cli.main import COMMANDS, cli
from tfwrap.cli.topics import TOPICS
from tfwrap.settings.project_settings import ProjectSettings


def test_exit_codes_are_all_explained(project: ProjectKit) -> None:
    said = project.run("help", "exit-codes").out
    for code in Exit:
        assert re.search(rf"^ +{int(code)}  +\S", said, re.MULTILINE), code


def test_settings_are_all_explained(project: ProjectKit) -> None:
    said = project.run("help", "settings").out
    for name in ProjectSettings.model_fields:
        assert re.search(rf"^ +{name}  +\S", said, re.MULTILINE), name


def test_help_of_a_command_is_that_of_its_option(project: ProjectKit) -> None:
    assert project.run("help", "new", "unit").out == project.run("new", "unit", "--help").out
    listed = project.run("help").out
    assert all(topic in listed for topic in TOPICS)


@pytest.mark.parametrize("name", [name for group in COMMANDS.values() for name in group])
def test_every_command_shows_how_it_is_used(name: str) -> None:
    command = cli.get_command(click.Context(cli, info_name="tfwrap"), name)
    assert command
    told = f"{command.help}\n{command.epilog or ''}"
    assert re.search(rf"^\s*(?:eval \"\$\()?tfwrap {name}\b", told.partition("\b\n")[2] or told, re.MULTILINE), told


def test_what_has_no_help_is_a_usage_error_with_a_guess(project: ProjectKit) -> None:
    outcome = project.run("help", "exit-code")
    assert (outcome.status, "did you mean exit-codes?" in outcome.err) == (64, True)
    assert project.run("help", "plan", "x").status == 64
    assert "topics: exit-codes, selectors" in project.run("help", "foo").err


def test_lists_of_commands_are_wrapped_not_cut(project: ProjectKit) -> None:
    for name in ("config", "new", "atlantis"):
        shown = project.run(name, "--help").out
        assert "..." not in shown.partition("Commands:\n")[2]


@pytest.fixture(scope="session")
def groff() -> Path:
    return program("groff-base", "groff")


def test_the_man_page_has_every_command_and_is_sound_roff(project: ProjectKit, groff: Path) -> None:
    page = project.run("help", "man").out
    for group in COMMANDS.values():
        for name in group:
            assert rf".SS tfwrap {name}".replace("-", r"\-") in page
    done = subprocess.run(
        [groff, "-man", "-Tutf8", "-ww", "-z"], input=page, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_shell_is_a_usage_error(project: ProjectKit) -> None:
    assert project.run("completion", "powershell").status == 64
