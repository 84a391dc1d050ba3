"""Logs: kept by unit and step, named where something fails, shown by `tfwrap logs` (behaviour 20)."""

from __future__ import annotations

import re

import pytest
from kit.project import ProjectKit
from kit.units import prepare, unit

BROKEN = unit("work", inputs={"text": "broken", "needs": "/nowhere/to/be/found"})
UNITS = {"dns": unit("echo", text="dns"), "broken": BROKEN}


def headings(out: str) -> list[list[str]]:
    """Unit and step of each log that is shown."""
    return [line.split()[:2] for line in out.splitlines() if line.endswith(".log") and line.count("   ") == 2]


def test_after_a_failure_the_next_command_shows_what_terraform_said(project: ProjectKit) -> None:
    prepare(project, UNITS)
    failed = project.run("apply", "dev", "--yes")
    assert failed.status == 1
    path = re.search(r"^log: (\.tfwrap/logs/\S+/broken/apply\.log)$", failed.out, re.MULTILINE)
    assert path, failed.out
    assert failed.out.splitlines()[-1] == "Next: tfwrap logs dev broken"
    shown = project.run("logs", "dev", "broken")
    assert (shown.status, shown.err) == (0, "")
    assert re.match(r"apply of dev, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n", shown.out)
    assert headings(shown.out) == [["broken", "init"], ["broken", "plan"], ["broken", "apply"]]
    assert f"broken   apply   {path[1]}\n" in shown.out
    assert "Error running command 'echo start broken" in shown.out
    for line in (project.root / path[1]).read_text().splitlines():
        assert line.rstrip() in shown.out


def test_all_units_in_their_order_and_files_for_scripts(project: ProjectKit) -> None:
    prepare(project, UNITS)
    project.run("apply", "dev", "--yes")
    shown = project.run("logs", "dev")
    assert list(dict.fromkeys(name for name, _ in headings(shown.out))) == ["dns", "broken"]  # as declared
    document = project.run("logs", "dev", "--json").json
    assert (document["version"], document["env"], document["run"]["command"]) == (1, "dev", "apply")
    assert [[row["unit"], row["step"]] for row in document["logs"]] == headings(shown.out)
    assert all((project.root / row["file"]).is_file() for row in document["logs"])
    assert document["run"]["id"] in document["logs"][0]["file"]


def test_the_last_run_counts_and_for_a_unit_the_last_that_got_to_it(project: ProjectKit) -> None:
    prepare(project, UNITS)
    project.write({"live/dev-apply/env.yaml": "stack: units\nunits: {x: {module: ../../modules/late}}\n"})
    first = project.run("plan", "dev", "--json").units()["dns"]["log"]
    project.run("plan", "dev-apply")  # of another environment, whatever its name
    project.run("output", "dev")  # no run of units
    project.run("plan", "dev", "-u", "broken")
    assert {row["unit"] for row in project.run("logs", "dev", "--json").json["logs"]} == {"broken"}
    assert first in [row["file"] for row in project.run("logs", "dev", "dns", "--json").json["logs"]]
    assert {row["unit"] for row in project.run("logs", "dev-apply", "--json").json["logs"]} == {"x"}


def test_without_a_log_it_says_what_would_make_one(project: ProjectKit) -> None:
    prepare(project, UNITS)
    none = project.run("logs", "dev")
    assert (none.status, none.out) == (0, "No run of dev has left a log yet. Try: tfwrap plan dev\n")
    assert project.run("logs", "dev", "--json").json == {"version": 1, "env": "dev", "run": None, "logs": []}
    project.run("plan", "dev", "-u", "dns")
    none = project.run("logs", "dev", "broken")
    assert (none.status, none.out) == (0, "No run of broken of dev has left a log yet. Try: tfwrap plan dev\n")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("dev", "brokn"), 3, "error[E320]: dev has no unit brokn\n  = did you mean broken?"),
        (("dve",), 1, "error[E108]: there is no environment dve\n  = did you mean dev?"),
    ],
)
def test_names_that_are_not_there(project: ProjectKit, arguments: tuple[str, ...], status: int, said: str) -> None:
    prepare(project, UNITS)
    refused = project.run("logs", *arguments)
    assert (refused.status, refused.out, said in refused.err) == (status, "", True), refused.err


def test_settings_that_broke_since_do_not_hide_a_log(project: ProjectKit) -> None:
    prepare(project, UNITS)
    project.run("plan", "dev")
    project.write({"live/dev/env.yaml": "stack: [\n"})
    shown = project.run("logs", "dev", "dns")
    assert (shown.status, "Plan: 1 to add" in shown.out) == (0, True), shown.err


def test_secrets_are_masked_in_the_files_and_escapes_are_spelled_out(project: ProjectKit) -> None:
    password = "correct-horse-battery"
    clear = ["printf", "\\033[2J\\033[31mpassword:%s\\n", password]
    secret = unit("secret", inputs={"password": "${env:TFWRAP_TEST_PASSWORD}"}, hooks={"before_plan": [clear]})
    prepare(project, {"db": secret})
    project.write({"tfwrap.toml": ""})
    project.env["TFWRAP_TEST_PASSWORD"] = password
    assert project.run("apply", "dev", "--yes").status == 0
    shown = project.run("logs", "dev")
    assert [step for _, step in headings(shown.out)] == ["init", "before_plan-1", "plan", "apply"]
    assert "\\u001b[2J\\u001b[31mpassword:(sensitive value)" in shown.out
    assert "\x1b" not in shown.out
    kept = "".join(path.read_text() for path in (project.root / ".tfwrap/logs").rglob("*.log"))
    assert password not in shown.out + kept
