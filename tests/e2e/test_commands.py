"""What a user types and sees, beside plans: help, usage, files, looking around."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import validate
from kit.project import CHAIN, ProjectKit

from tfwrap.cli.main import COMMANDS

NAMES = [name for group in COMMANDS.values() for name in group]


@pytest.fixture
def dev(project: ProjectKit) -> ProjectKit:
    project.write({"live/dev/env.yaml": CHAIN})
    return project


def test_help_lists_every_command_with_what_it_does(project: ProjectKit) -> None:
    outcome = project.run("--help")
    assert outcome.status == 0
    for name in NAMES:
        assert any(line.split()[:1] == [name] and len(line.split()) > 3 for line in outcome.out.splitlines()), name
    assert project.run().out == outcome.out
    assert project.run("-h").out == outcome.out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help(project: ProjectKit, name: str) -> None:
    outcome = project.run(name, "--help")
    assert outcome.status == 0
    assert outcome.out.startswith(f"Usage: tfwrap {name}")
    assert "\\b" not in outcome.out


def test_version_is_one_line(project: ProjectKit) -> None:
    outcome = project.run("--version")
    assert (outcome.status, outcome.out.count("\n")) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pln", "dev"), "did you mean plan?"),
        (("plan",), "ENV"),
        (("plan", "dev", "--detailed"), "--detailed-exitcode"),
        (("plan", "dev", "--json", "--events"), "--events"),
        (("explain", "E999"), "E999"),
        (("plan", "dev", "-u", "++x"), "++x"),
    ],
)
def test_usage_errors_are_64(dev: ProjectKit, arguments: tuple[str, ...], said: str) -> None:
    outcome = dev.run(*arguments)
    assert outcome.status == 64
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_an_unknown_environment_is_1_and_the_document_says_so(dev: ProjectKit) -> None:
    outcome = dev.run("plan", "dve", "--json")
    assert (outcome.status, outcome.codes(), outcome.json["units"]) == (1, ["E108"], [])


def test_a_selection_without_units_is_3(dev: ProjectKit) -> None:
    assert dev.run("plan", "dev", "-u", "nothing").status == 3


def test_bad_settings_are_shown_all_at_once_and_nothing_is_written(dev: ProjectKit) -> None:
    dev.write({"live/dev/env.yaml": CHAIN.replace("text: dev", "txt: dev").replace("network.text", "network.tex")})
    outcome = dev.run("plan", "dev")
    assert outcome.status == 1
    assert outcome.out == ""
    assert "error[E102]: units.network.inputs.txt" in outcome.err
    assert "--> live/dev/env.yaml:5:" in outcome.err
    assert "did you mean text?" in outcome.err
    assert "error[E113]" in outcome.err
    assert outcome.err.rstrip().endswith("Nothing was planned.")
    assert [path.name for path in (dev.root / "live/dev").iterdir()] == ["env.yaml"]
    assert dev.run("validate", "dev").err.endswith("\n3 errors.\n")


def test_generate_says_what_it_does_and_check_finds_edits(dev: ProjectKit) -> None:
    assert dev.run("generate", "dev", "--check").status == 4
    first = dev.run("generate", "dev")
    assert "created live/dev/network/main.tf" in first.out
    assert dev.run("generate", "dev", "--check").status == 0
    main = dev.root / "live/dev/network/main.tf"
    written = main.read_text()
    main.write_text(written + "# mine\n")
    refused = dev.run("generate", "dev")
    assert refused.status == 4
    assert "live/dev/network/main.tf" in refused.err
    assert main.read_text().endswith("# mine\n")
    assert "-# mine" in dev.run("generate", "dev", "--diff").out
    assert dev.run("generate", "dev", "--force").status == 0
    assert main.read_text() == written


def test_looking_around(dev: ProjectKit) -> None:
    listed = dev.run("list", "--json").json
    assert listed == {
        "version": 1,
        "environments": [{"name": "dev", "stack": "units", "units": ["network", "app", "label"]}],
    }
    graph = dev.run("graph", "dev", "--format", "json").json
    assert [(unit["name"], unit["after"], unit["layer"]) for unit in graph["units"]] == [
        ("network", [], 0),
        ("app", ["network"], 1),
        ("label", ["network"], 1),
    ]
    for form in ("tree", "mermaid", "dot", "svg"):
        drawn = dev.run("graph", "dev", "--format", form)
        assert drawn.status == 0
        assert "network" in drawn.out


def test_a_broken_environment_hides_no_other(dev: ProjectKit) -> None:
    dev.write({"live/bad/env.yaml": "stack: units\nunits: 3\n", "live/worse/env.yaml": "stack: nothing\n"})
    listed = dev.run("list")
    assert (listed.status, listed.out) == (1, "dev  units: network, app, label\n")
    assert "live/bad/env.yaml:2:8" in listed.err
    assert "there is no stack nothing" in listed.err
    document = dev.run("list", "--json")
    assert (document.status, [one["name"] for one in document.json["environments"]]) == (1, ["dev"])
    assert [one["file"] for one in document.json["problems"]] == ["live/bad/env.yaml", "live/worse/env.yaml"]
    (dev.root / "live/dev/env.yaml").unlink()
    assert dev.run("list").out == ""


def test_providers_of_all_environments_need_all_of_them_valid(dev: ProjectKit) -> None:
    dev.write({"live/bad/env.yaml": "stack: units\nunits: 3\n", "live/worse/env.yaml": "stack: nothing\n"})
    outcome = dev.run("providers")
    assert outcome.status == 1
    assert ("live/bad/env.yaml:2:8" in outcome.err, "there is no stack nothing" in outcome.err) == (True, True)
    assert (dev.root / "live/dev/network/main.tf").exists()


def test_outputs_of_applied_units(dev: ProjectKit) -> None:
    assert dev.run("output", "dev", "network.id").status == 1
    standing = "network  not applied\napp      not applied\nlabel    not applied\n"
    assert dev.run("output", "dev").out == dev.run("state", "dev").out == standing
    assert dev.run("apply", "dev", "--yes").status == 0
    bare = dev.run("output", "dev", "network.text")
    assert bare.out == "dev\n"
    outputs = dev.run("output", "dev", "--json").json
    assert outputs["units"]["network"]["text"] == {"value": "dev", "type": "string", "sensitive": False}
    state = dev.run("state", "dev", "--json").json
    assert state["units"][0]["resources"] == ["module.this.terraform_data.this"]
    assert dev.run("exec", "dev", "app", "--", "sh", "-c", "exit 7").status == 7


def test_the_document_fits_its_schema(dev: ProjectKit) -> None:
    schema = dev.run("schema", "report").json
    validate(dev.run("plan", "dev", "--json").json, schema)
    validate(dev.run("plan", "nothing", "--json").json, schema)


def test_env_yaml_fits_its_schema(dev: ProjectKit) -> None:
    schema = dev.run("schema", "units").json
    settings = {"stack": "units", "units": {"network": {"module": "../../modules/echo", "inputs": {"text": "dev"}}}}
    validate(settings, schema)


def test_reports_are_written_beside_the_result(dev: ProjectKit) -> None:
    reports = [argument for name in ("r.json", "r.xml", "r.md") for argument in ("--report", name)]
    outcome = dev.run("plan", "dev", "--json", *reports)
    assert outcome.status == 0, outcome.err
    assert json.loads((dev.root / "r.json").read_text()) == outcome.json
    assert 'name="network"' in (dev.root / "r.xml").read_text()
    assert "network" in (dev.root / "r.md").read_text()


def test_events_are_json_lines(dev: ProjectKit) -> None:
    outcome = dev.run("plan", "dev", "--events")
    events = [json.loads(line) for line in outcome.out.splitlines()]
    assert events[-1]["type"] == "run_finished"
    assert {event["unit"] for event in events if event["type"] == "unit_finished"} == {"network", "app", "label"}


def test_a_saved_plan_is_shown_again(dev: ProjectKit) -> None:
    planned = dev.run("plan", "dev")
    shown = dev.run("show", "dev")
    took = r" in [0-9.]+s"
    assert re.sub(took, "", shown.out) == re.sub(took, "", planned.out)
    assert dev.run("show", ".tfwrap/plans/dev", "--json").json["units"][0]["name"] == "network"


def test_the_folder_can_be_another(dev: ProjectKit) -> None:
    planned = dev.run("plan", "dev", "--out", "elsewhere", "--json")
    assert planned.json["bundle"] == "elsewhere"
    assert (dev.root / "elsewhere/manifest.json").exists()
