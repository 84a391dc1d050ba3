"""stdout and stderr as they come: other encodings, no reader, closed, full; and where the project is named."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from kit.project import CHAIN, ECHO, ProjectKit

# Python's own rescue of the C locale is off: what a locale such as de_DE.ISO-8859-1 is to other programs.
PLAIN_ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}


@pytest.fixture
def chain(tmp_path: Path) -> ProjectKit:
    kit = ProjectKit(tmp_path)
    kit.write({"tfwrap.toml": "", **ECHO, "live/dev/env.yaml": CHAIN})
    return kit


def shell(kit: ProjectKit, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`line` in a shell, with $tfwrap for the command."""
    return subprocess.run(
        ["bash", "-c", f'tfwrap() {{ "$PYTHON" -m tfwrap "$@"; }}; {line}'],
        cwd=kit.root,
        env={**kit.environment(), "PYTHON": kit.command()[0], **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_tree_is_drawn_with_what_the_encoding_has(chain: ProjectKit) -> None:
    drawn = shell(chain, "tfwrap graph dev", **PLAIN_ASCII)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert drawn.stdout == "network\n|-- app\n`-- label\n"


def test_json_stays_json_in_every_encoding(chain: ProjectKit) -> None:
    asked = shell(chain, "tfwrap validate ünv --json", **PLAIN_ASCII)
    assert asked.returncode == 1
    message = json.loads(asked.stdout)["problems"][0]["message"]
    assert message.startswith("there is no environment ")
    assert asked.stdout.isascii()


def test_a_page_is_written_in_every_encoding(chain: ProjectKit) -> None:
    page = shell(chain, "tfwrap graph dev --format html", **PLAIN_ASCII)
    assert page.returncode == 0
    assert page.stdout.rstrip().endswith("</html>")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_closed_streams_are_nobodys_fault(chain: ProjectKit, closed: str) -> None:
    assert shell(chain, f"tfwrap validate dev {closed}").returncode == 0


def test_an_apply_ends_well_though_nobody_reads_it(chain: ProjectKit) -> None:
    """Both readers end at once: neither a line of progress nor the summary may stop the work."""
    done = shell(chain, "{ tfwrap apply dev --yes 2>&1 >&3 | true; echo ${PIPESTATUS[0]} >status; } 3>&1 | true")
    assert done.stderr == ""
    assert (chain.root / "status").read_text() == "0\n"
    assert {path.name for path in (chain.root / "state/dev").glob("*.tfstate")} == {
        "network.tfstate",
        "app.tfstate",
        "label.tfstate",
    }


def test_a_full_disk_is_told_in_a_line(chain: ProjectKit) -> None:
    full = shell(chain, "tfwrap list >/dev/full")
    assert full.returncode == 1
    assert full.stderr.startswith("error[E506]: cannot write: No space left on device\n")


def test_the_project_may_be_named_before_or_after_the_command(
    chain: ProjectKit, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = ProjectKit(tmp_path_factory.mktemp("elsewhere"))
    root = str(chain.root)
    assert elsewhere.run("list").status == 1
    assert elsewhere.run("--project", root, "list").out == "dev  units: network, app, label\n"
    assert elsewhere.run("list", "--project", root).out == "dev  units: network, app, label\n"
    # The nearer one counts.
    assert elsewhere.run("--project", str(elsewhere.root), "list", "--project", root).status == 0


def test_a_report_that_cannot_be_written_is_told_in_a_line(chain: ProjectKit) -> None:
    chain.write({"file": "", "live/broken/env.yaml": "stack: nope\n"})
    for environment, codes in (("dev", ["E506"]), ("broken", ["E109", "E506"])):
        told = chain.run("plan", environment, "--report", "file/report.json")
        assert told.status == 1
        assert [line[6:10] for line in told.err.splitlines() if line.startswith("error[")] == codes
        assert "Traceback" not in told.err
    assert (chain.root / "file").read_text() == ""


def test_a_report_in_no_format_is_a_usage_error(chain: ProjectKit) -> None:
    told = chain.run("plan", "dev", "--report", "report.pdf", "--json")
    assert (told.status, told.codes()) == (64, ["E331"])
