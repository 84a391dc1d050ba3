"""`--dry-run`: what a run would do, said without doing any of it (behaviour 18)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kit.project import ProjectKit
from kit.units import prepare, unit
from parts.terraform import terraform

SECRET = "correct horse battery staple"


@pytest.fixture
def recorded(project: ProjectKit, tmp_path: Path) -> ProjectKit:
    """A project whose engine notes in `calls` where and with what it was started."""
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    note = f'{{ printf \'%s\\t\' "$PWD" "$@"; echo; }} >> {tmp_path}/calls'
    program.write_text(f'#!/bin/sh\n{note}\nexec {terraform(tmp_path)} "$@"\n')
    program.chmod(0o755)
    project.env["TFWRAP_ENGINE"] = str(program)
    units: dict[str, dict[str, Any]] = {
        "network": unit("echo", text="dev", hooks={"before_plan": [["true", "a b"]]}),
        "app": unit("echo", text="on ${network.text}"),
        "off": unit("echo", text="x", enabled=False),
    }
    prepare(project, units)
    return project


def calls(project: ProjectKit) -> dict[str, list[list[str]]]:
    """By unit what Terraform was started with since the last time."""
    path = project.root.parent / "calls"
    found: dict[str, list[list[str]]] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        folder, *arguments = re.sub(r"/plans/\.dev\.\d+/", "/plans/dev/", line).rstrip("\t").split("\t")
        if arguments != ["version"]:
            found.setdefault(Path(folder).name, []).append(arguments)
    path.unlink(missing_ok=True)
    return found


def shown(project: ProjectKit, *arguments: str) -> dict[str, list[list[str]]]:
    document = project.run(*arguments, "--dry-run", "--json").json
    return {
        row["name"]: [step["argv"][1:] for step in row["steps"] if step["argv"][0] == "terraform"]
        for row in document["units"]
        if row["steps"]
    }


def tree(root: Path) -> dict[str, bytes]:
    """All but what tfwrap remembers of modules it has read."""
    files = (path for path in root.rglob("*") if path.is_file() and "cache" not in path.relative_to(root).parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_nothing_is_started_and_nothing_is_written(recorded: ProjectKit) -> None:
    recorded.run("list")  # the project's own folder is there
    before = tree(recorded.root)
    for command in ("plan", "apply", "destroy"):
        dry = recorded.run(command, "dev", "--dry-run")
        assert (dry.status, dry.err) == (0, ""), command
    assert tree(recorded.root) == before
    assert not (recorded.root.parent / "calls").exists()


def test_order_commands_and_files_are_shown(recorded: ProjectKit) -> None:
    lines = recorded.run("plan", "dev", "--dry-run").out.splitlines()
    assert lines[:2] == ["files", "  created live/dev/network/versions.tf"]
    order = [line for line in lines if re.match(r"\d\. ", line)]
    assert order == ["1. network", "2. app, after network", "3. off: excluded (enabled: false)"]
    first = lines[lines.index("1. network") :]
    assert first[1] == "  in live/dev/network"
    assert first[2].startswith("    terraform init -input=false")
    assert first[2].endswith("  # unless it is initialised already")
    assert first[3] == "    true 'a b'"
    assert first[4].startswith("    terraform plan -input=false")
    assert lines[-1] == "Dry run of plan dev, with .tfwrap/plans/dev: nothing was run, nothing was written."
    backwards = recorded.run("destroy", "dev", "--dry-run", "--json").json
    assert [row["name"] for row in backwards["units"]] == ["off", "app", "network"]
    assert "-destroy" in backwards["units"][1]["steps"][1]["argv"]


def test_what_is_shown_is_what_runs(recorded: ProjectKit) -> None:
    said = shown(recorded, "plan", "dev")
    assert [step[0] for step in said["app"]] == ["init", "plan", "show"]
    assert recorded.run("plan", "dev", "--cold").status == 0
    assert calls(recorded) == said
    said = shown(recorded, "apply", "dev", "--plan", ".tfwrap/plans/dev")
    assert [[step[0] for step in steps] for steps in said.values()] == [["init", "apply"], ["init", "apply"]]
    assert recorded.run("apply", "dev", "--plan", ".tfwrap/plans/dev", "--yes", "--cold").status == 0
    ran = calls(recorded)
    assert {name: steps[:1] for name, steps in ran.items()} == {name: steps[1:] for name, steps in said.items()}


def test_files_are_told_with_the_words_of_generate(recorded: ProjectKit) -> None:
    assert recorded.run("generate", "dev").status == 0
    assert recorded.run("plan", "dev", "--dry-run").out.startswith("files\n  none would change\n")
    prepare(recorded, {"network": unit("echo", text="other"), "web": unit(text="x")})
    said = {row["file"]: row["change"] for row in recorded.run("plan", "dev", "--dry-run", "--json").json["files"]}
    diff = recorded.run("generate", "dev", "--diff").out
    assert said == {name: kind for kind, name in re.findall(r"^(created|changed|deleted) (\S+)$", diff, re.MULTILINE)}
    assert {"created", "changed", "deleted"} == {*said.values()}
    main = recorded.root / "live/dev/network/main.tf"
    main.write_text(main.read_text() + "# mine\n")
    refused = recorded.run("plan", "dev", "--dry-run")
    assert (refused.status, "error[E300]" in refused.err) == (4, True)


def test_no_secret_is_shown(project: ProjectKit) -> None:
    """Neither one that goes through the var-file, nor one that somebody wrote into a hook as well."""
    secret = unit("secret", inputs={"password": "${env:DB_PASSWORD}"}, hooks={"before_plan": [["login", SECRET]]})
    prepare(project, {"db": secret})
    project.env["DB_PASSWORD"] = SECRET
    for arguments in ((), ("--json",)):
        dry = project.run("apply", "dev", "--dry-run", *arguments)
        assert dry.status == 0, dry.err
        assert SECRET not in dry.out + dry.err
        assert "(sensitive value)" in dry.out
        assert "values.tfvars.json" in dry.out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("-u", "netwrok"), 3), (("--events",), 64), (("--report", "run.html"), 64), (("--json", "-u", "app"), 0)],
)
def test_its_flags_are_those_of_a_run(recorded: ProjectKit, arguments: tuple[str, ...], status: int) -> None:
    assert recorded.run("plan", "dev", "--dry-run", *arguments).status == status


def test_a_plan_that_applies_is_not_shown_as_one_that_destroys(project: ProjectKit) -> None:
    prepare(project, {"one": unit("echo", text="x")})
    assert project.run("plan", "dev").status == 0
    refused = project.run("destroy", "dev", "--plan", ".tfwrap/plans/dev", "--dry-run")
    assert (refused.status, "error[E541]" in refused.err) == (64, True)


def test_the_program_is_the_one_that_was_asked_for(project: ProjectKit) -> None:
    """Whether it is installed or not."""
    prepare(project, {"one": unit("echo", text="x")})
    project.env["TFWRAP_ENGINE"] = "tofu"
    steps = project.run("plan", "dev", "--dry-run", "--json").json["units"][0]["steps"]
    assert [step["argv"][0] for step in steps] == ["tofu"] * 3


def test_a_state_elsewhere_is_read_by_a_run_and_not_by_a_dry_one(project: ProjectKit) -> None:
    prepare(project, {"one": unit("echo", text="x")}, backend={"pg": {"conn_str_env": "TF_PG"}})
    project.env["TF_PG"] = "postgres://me:staple@127.0.0.1:1/db"
    dry = project.run("plan", "dev", "--dry-run", "--json")
    assert [step["step"] for step in dry.json["units"][0]["steps"]] == ["state", "init", "plan", "show"]
    assert dry.json["units"][0]["steps"][0]["argv"] == ["terraform", "state", "pull", "-no-color"]
    assert "staple" not in dry.out + dry.err
