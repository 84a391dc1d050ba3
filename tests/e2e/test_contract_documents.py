"""stdout with --json is one document, whatever happens; odd names are told, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.project import CHAIN, ECHO, ProjectKit


@pytest.fixture
def chain(tmp_path: Path) -> ProjectKit:
    kit = ProjectKit(tmp_path)
    kit.write({"tfwrap.toml": "", **ECHO, "live/dev/env.yaml": CHAIN})
    return kit


def test_generate_has_one_document_with_every_flag(chain: ProjectKit) -> None:
    looked = chain.run("generate", "dev", "--diff", "--json")
    assert (looked.status, {row["change"] for row in looked.json["files"]}) == (0, {"created"})
    stale = chain.run("generate", "dev", "--check", "--diff", "--json")
    assert (stale.status, stale.codes()) == (4, ["E304"])
    assert not (chain.root / "live/dev/app").exists()
    written = chain.run("generate", "dev", "--json")
    assert written.json == looked.json
    fresh = chain.run("generate", "dev", "--check", "--json")
    assert (fresh.status, fresh.json) == (0, {"version": 1, "env": "dev", "files": []})


@pytest.mark.parametrize(
    ("wanted", "status", "said"),
    [
        (".id", 3, "dev has no unit"),
        ("ap.id", 3, "did you mean app?"),
        ("app.id", 1, "app is not applied, so it has no output id"),
        ("app.", 0, "app  not applied"),
    ],
)
def test_outputs_that_are_not_there(chain: ProjectKit, wanted: str, status: int, said: str) -> None:
    asked = chain.run("output", "dev", wanted)
    assert asked.status == status
    assert said in asked.out + asked.err
    assert "Traceback" not in asked.err


def test_doctor_is_content_without_git(chain: ProjectKit) -> None:
    """Plans name the commit where there is one; nothing needs it."""
    checked = chain.run("doctor", "dev")
    assert checked.status == 0, checked.out
    assert "git: no repository" in checked.out


def test_files_from_other_editors(chain: ProjectKit) -> None:
    """A byte order mark and CRLF change nothing in what is written."""
    assert chain.run("generate", "dev").status == 0
    settings = CHAIN.replace("\n", "\r\n")
    (chain.root / "live/dev/env.yaml").write_bytes(b"\xef\xbb\xbf" + settings.encode())
    (chain.root / "tfwrap.toml").write_bytes(b'\xef\xbb\xbflive = "live"\r\n')
    assert chain.run("generate", "dev", "--check").status == 0


def test_a_file_is_never_replaced_by_a_bundle(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": CHAIN, "keep.txt": "mine\n"})
    outcome = project.run("plan", "dev", "-o", "keep.txt", "--json")
    assert (outcome.status, outcome.codes()) == (1, ["E520"])
    assert (project.root / "keep.txt").read_text() == "mine\n"


def test_showing_what_is_no_environment_says_so(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": CHAIN})
    outcome = project.run("show", "dve")
    assert outcome.status == 1
    assert "did you mean dev?" in outcome.err
    assert project.run("show", "dev").status == 5  # known, but not planned yet


def test_what_is_left_to_do_is_the_last_line(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": CHAIN})
    assert project.run("plan", "dev").out.rstrip().endswith("Next: tfwrap apply dev")
    outcome = project.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes")
    assert outcome.status == 5
    assert outcome.out.rstrip().endswith("Next: tfwrap apply dev")


def test_the_last_unit_can_be_taken_out(project: ProjectKit) -> None:
    project.write({"live/dev/env.yaml": CHAIN})
    assert project.run("apply", "dev", "-u", "network", "--yes").status == 0
    project.write({"live/dev/env.yaml": "stack: units\nunits: {}\n"})
    assert project.run("destroy", "dev", "-u", "network", "--yes").status == 0
    assert project.run("plan", "dev", "--json").json["units"] == []
