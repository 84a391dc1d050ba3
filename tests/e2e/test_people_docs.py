"""The documentation is true: pages are run from top to bottom, references are those of the code, the site builds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import click
import pytest
from kit.pages import DOCS, WITH_A_CLUSTER, follow, pages
from kit.project import ProjectKit, mirrored
from kit.scripts import script

from tfwrap.cli.main import cli

ROOT = DOCS.parent
BIN = Path(sys.executable).parent
_CODE = re.compile(r"^```.*?\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
# Where a line or a prompt begins, up to a pipe, a redirection or two spaces.
_TFWRAP = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )?(tfwrap [a-z-].*?)(?=\s*(?:$|[|;>]|&&|  ))", re.MULTILINE)


PAGES = [path for path in pages() if path.name not in WITH_A_CLUSTER]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_can_be_followed(tmp_path: Path, provider_mirror: Path, page: Path) -> None:
    kit = ProjectKit(tmp_path / "project", mirrored(tmp_path, provider_mirror))
    kit.root.mkdir()
    environment = kit.environment() | {"PATH": f"{BIN}:{os.environ['PATH']}", "COLUMNS": "100"}
    assert follow(page, kit.root, environment)


def mentioned() -> Iterator[tuple[str, str]]:
    """Every command of tfwrap that any page, or the README, shows."""
    for path in sorted((ROOT / "README.md", *DOCS.rglob("*.md"))):
        for block, span in _CODE.findall(path.read_text(encoding="utf-8")):
            for line in _TFWRAP.findall(block or span):
                yield path.name, line


def test_every_command_shown_is_one() -> None:
    wrong = []
    for page, line in mentioned():
        if fault := _fault(line):
            wrong.append(f"{page}: {line}: {fault}")
    assert wrong == []


def _fault(line: str) -> str | None:
    """What is wrong with a command line, as far as it can be known without running it."""
    words = line.partition(" #")[0].replace("'", "").split()[1:]
    context = click.Context(cli, info_name="tfwrap")
    command: click.Command | None = cli
    while isinstance(command, click.Group) and words and not words[0].startswith(("-", "[")):
        command = command.get_command(context, words[0])
        if command is None:
            return f"no command {words[0]}"
        words = words[1:]
    known = {option for one in (command.params if command else ()) for option in (*one.opts, *one.secondary_opts)}
    until = words.index("--") if "--" in words else len(words)
    options = [word.partition("=")[0] for word in words[:until] if re.match(r"--?[a-z]", word)]
    return next((f"no option {one}" for one in options if one not in {*known, "--help", "-h", "--version"}), None)


def test_the_check_of_commands_can_fail() -> None:
    assert _fault("tfwrap pln dev") == "no command pln"
    assert _fault("tfwrap plan dev --nope") == "no option --nope"
    assert _fault("tfwrap new env x --stack units") is None
    assert len(list(mentioned())) > 50


def test_reference_pages_are_those_of_the_code() -> None:
    pages = script(DOCS / "reference.py").pages()
    written = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.md")}
    differ = sorted(name for name in {*pages, *written} if pages.get(name) != written.get(name))
    assert differ == [], "python docs/reference.py writes them anew"


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    index = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "tutorial.html" in index
    assert (tmp_path / "site/codes/E102.html").is_file()
    commands = (tmp_path / "site/reference/commands.html").read_text(encoding="utf-8")
    assert "--color [auto|always|never]" in unescape(commands)
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)"', index)  # nothing from elsewhere
