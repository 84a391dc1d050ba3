from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from golden import records
from golden.golden import assert_golden

from tfwrap.base.problems import Location, Problem
from tfwrap.report.document import document, schema
from tfwrap.run.record import RunRecord


@pytest.mark.parametrize("name", ["emissary", "mixed", "applied", "destroyed", "drifted"])
def test_documents_fit_their_schema(name: str) -> None:
    made = document(getattr(records, name)())
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    assert list(validator.iter_errors(made)) == []
    assert_golden(json.dumps(made, indent=1) + "\n", f"documents/{name}.json")


def test_the_schema_refuses_what_the_contract_does_not_know() -> None:
    made = document(records.emissary())
    made["units"][0]["result"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, schema())


def test_the_schema_is_stable() -> None:
    assert_golden(json.dumps(schema(), indent=1) + "\n", "documents/schema.json")


def test_keys_are_the_contracts() -> None:
    made = document(records.emissary())
    assert list(made) == ["version", "command", "env", "exit_code", "bundle", "units", "totals", "problems"]
    assert list(made["units"][0]) == [
        "name", "result", "class", "reason", "cause", "add", "change", "destroy", "replace", "import",
        "outputs", "seconds", "log",
    ]  # fmt: skip
    assert made["units"][0]["seconds"] == {"init": 0.1, "plan": 0.25, "total": 0.35}
    assert made["bundle"] == ".tfwrap/plans/dev"


def test_a_unit_without_a_result_was_interrupted() -> None:
    rows = {unit["name"]: unit for unit in document(records.mixed())["units"]}
    assert rows["late"]["result"] == "interrupted"
    assert rows["app"]["cause"] == "network"
    assert rows["network"]["log"] == ".tfwrap/logs/1/network/plan.log"
    assert rows["shapes"]["import"] == 1


def test_replacements_count_twice_as_terraform_does() -> None:
    totals = document(records.mixed())["totals"]
    assert totals == {"add": 13, "change": 6, "destroy": 15, "replace": 1}


def test_problems_of_the_run_and_of_units_are_one_list() -> None:
    record = records.mixed()
    record.problems.append(Problem("E102", "x", Location(record.root / "live" / "a.yaml", 3, 1), "y", "warning"))
    assert document(record)["problems"] == [
        {
            "code": "E102", "severity": "warning", "message": "x", "file": "live/a.yaml", "line": 3,
            "column": 1, "hint": "y",
        },
        {
            "code": "E500", "severity": "error",
            "message": "Invalid value for variable: zones must not be empty",
            "file": "live/dev/env.yaml", "line": 12, "column": 7, "hint": "give one zone",
        },
    ]  # fmt: skip


def test_invalid_settings_have_problems_and_no_units() -> None:
    record = RunRecord("plan", "dev", Path("/project"), problems=[Problem("E108", "no environment dev")], exit_code=1)
    made = document(record)
    jsonschema.validate(made, schema())
    assert (made["units"], made["bundle"], made["exit_code"]) == ([], None, 1)
    assert made["problems"][0]["file"] is None


def test_a_bundle_elsewhere_keeps_its_whole_path() -> None:
    record = records.emissary()
    record.bundle = Path("/elsewhere/bundle")
    assert document(record)["bundle"] == "/elsewhere/bundle"
