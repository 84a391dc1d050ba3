"""Help as people meet it: topics, man page, completion in a real shell."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from kit.project import ProjectKit

from tfwrap.base.exits import Exit
from tfwrap.cli.main import COMMANDS, cli
from tfwrap.cli.topics import TOPICS
from tfwrap.settings.project import ProjectSettings

CHAIN = """\
stack: units
units:
  network: {module: ../../modules/echo, inputs: {text: dev}}
  app: {module: ../../modules/echo, inputs: {text: "on ${network.text}"}}
  label: {module: ../../modules/echo, inputs: {text: "id ${network.id}"}}
"""
BIN = Path(sys.executable).parent


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


def test_the_man_page_has_every_command_and_is_sound_roff(project: ProjectKit) -> None:
    page = project.run("help", "man").out
    for group in COMMANDS.values():
        for name in group:
            assert rf".SS tfwrap {name}".replace("-", r"\-") in page
    groff = shutil.which("groff")
    if groff:
        done = subprocess.run(
            [groff, "-man", "-Tutf8", "-ww", "-z"], input=page, capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


def complete_in_bash(project: ProjectKit, *words: str) -> list[str]:
    """What bash offers for the last word, by the script that `tfwrap completion bash` prints."""
    line = " ".join(f'"{word}"' for word in words)
    script = f"""
        eval "$(tfwrap completion bash)"
        COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}
        _tfwrap_completion tfwrap
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environment = project.environment()
    environment["PATH"] = f"{BIN}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=project.root, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("tfwrap", "gen"), ["generate"]),
        (("tfwrap", "plan", ""), ["dev"]),
        (("tfwrap", "plan", "dev", "-u", "+l"), ["+label"]),
        (("tfwrap", "exec", "dev", "ne"), ["network"]),
        (("tfwrap", "show", "d"), ["dev"]),
        (("tfwrap", "new", "u"), ["unit"]),
    ],
)
def test_completion_in_bash(project: ProjectKit, words: tuple[str, ...], expected: list[str]) -> None:
    project.write({"live/dev/env.yaml": CHAIN})
    assert complete_in_bash(project, *words) == expected


@pytest.mark.parametrize(("shell", "asks"), [("zsh", "zsh_complete"), ("fish", "fish_complete")])
def test_the_other_shells_have_a_script_that_asks(project: ProjectKit, shell: str, asks: str) -> None:
    script = project.run("completion", shell)
    assert script.status == 0
    assert f"_TFWRAP_COMPLETE={asks}" in script.out
    project.write({"live/dev/env.yaml": CHAIN})
    project.env |= {"_TFWRAP_COMPLETE": asks, "COMP_WORDS": "tfwrap plan ", "COMP_CWORD": "2" if shell == "zsh" else ""}
    assert "network, app, label" in project.run().out


def test_an_unknown_shell_is_a_usage_error(project: ProjectKit) -> None:
    assert project.run("completion", "powershell").status == 64
