"""Secrets on their way through units: they arrive, and nobody sees them on the way."""

from __future__ import annotations

from pathlib import Path

from kit.project import ECHO, ProjectKit

SECRET = "correct-horse-battery"

# `echo` marks nothing, as modules do that were written to be called; its output `text` is what it was given.
SETTINGS = """\
stack: units
units:
  first:
    module: ../../modules/echo
    inputs: {text: "${env:DB_PASSWORD}"}
  second:
    module: ../../modules/echo
    inputs: {text: "with ${first.text}"}
  third:
    module: ../../modules/echo
    inputs: {text: "beside ${first.id}"}
"""


def test_a_secret_flows_through_modules_that_mark_nothing(tmp_path: Path) -> None:
    kit = ProjectKit(tmp_path, {"DB_PASSWORD": SECRET})
    kit.write({"tfwrap.toml": "", **ECHO, "live/dev/env.yaml": SETTINGS})
    done = kit.run("apply", "dev", "--yes", "--report", "report.md", "--report", "report.html")
    assert done.status == 0, done.err
    shown = kit.run("output", "dev", "--json")
    outputs = shown.json["units"]
    assert {name for name in outputs if outputs[name]["text"]["sensitive"]} == {"first", "second"}
    assert not any(outputs[name]["id"]["sensitive"] for name in outputs)
    assert kit.run("output", "dev", "second.text", "--show-sensitive").out == f"with {SECRET}\n"
    assert SECRET not in done.out + done.err + shown.out + shown.err
    holding = {
        file.relative_to(tmp_path).parts[0:2]
        for file in tmp_path.rglob("*")
        if file.is_file() and SECRET.encode() in file.read_bytes()
    }
    # States hold values by nature, saved plans are for their owner only.
    assert holding <= {("state", "dev"), (".tfwrap", "plans")}
    assert {file.stat().st_mode & 0o77 for file in (tmp_path / ".tfwrap/plans").rglob("*") if file.is_file()} == {0}
