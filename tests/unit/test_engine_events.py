from __future__ import annotations

import json
from typing import Any

import pytest

from tfwrap.base.problems import Failure
from tfwrap.engine.events import Diagnostic, PlannedChange, Position, Step, decode
from tfwrap.engine.wording import first_error, message


def line(kind: str, **keys: Any) -> str:
    """As Terraform 1.11 writes it."""
    return json.dumps({"@level": "info", "@message": "…", "@module": "terraform.ui", "type": kind, **keys})


def resource(address: str) -> dict[str, Any]:
    return {"addr": address, "module": "module.this", "resource_type": "x", "resource_key": None}


HELM = resource("module.this.helm_release.this")


def test_changes() -> None:
    event = decode(line("planned_change", change={"resource": HELM, "action": "replace", "reason": "tainted"}))
    assert event == PlannedChange("module.this.helm_release.this", "replace")
    assert message(event) == "helm_release.this: to replace"
    unchanged = decode(line("planned_change", change={"resource": HELM, "action": "noop"}))
    assert unchanged == PlannedChange("module.this.helm_release.this", "noop")
    assert message(unchanged) is None


@pytest.mark.parametrize(
    ("kind", "hook", "expected", "words"),
    [
        ("refresh_start", {}, Step("refresh", "start", "a.b"), "a.b: reading"),
        ("refresh_complete", {}, Step("refresh", "complete", "a.b"), "a.b: read"),
        ("apply_start", {"action": "create"}, Step("apply", "start", "a.b", "create"), "a.b: creating"),
        ("apply_start", {"action": "read"}, Step("apply", "start", "a.b", "read"), "a.b: reading"),
        (
            "apply_progress",
            {"action": "delete", "elapsed_seconds": 10},
            Step("apply", "progress", "a.b", "delete", 10.0),
            "a.b: destroying (10 s)",
        ),
        (
            "apply_complete",
            {"action": "update", "elapsed_seconds": 2, "id_key": "id", "id_value": "secret"},
            Step("apply", "complete", "a.b", "update", 2.0),
            "a.b: updated",
        ),
        (
            "apply_errored",
            {"action": "create", "elapsed_seconds": 0},
            Step("apply", "errored", "a.b", "create"),
            "a.b: creating failed",
        ),
        (
            "provision_progress",
            {"provisioner": "local-exec", "output": "secret"},
            Step("provision", "progress", "a.b", "local-exec"),
            "a.b: provisioning (local-exec)",
        ),
        (
            "provision_errored",
            {"provisioner": "local-exec"},
            Step("provision", "errored", "a.b", "local-exec"),
            "a.b: provisioning failed",
        ),
        (
            "ephemeral_op_start",
            {"action": "open"},
            Step("ephemeral_op", "start", "a.b", "open"),
            "a.b: opening",
        ),
    ],
)
def test_steps(kind: str, hook: dict[str, Any], expected: Step, words: str) -> None:
    event = decode(line(kind, hook={"resource": resource("a.b"), **hook}))
    assert event == expected
    assert event is not None
    assert message(event) == words
    assert "secret" not in repr(event)


def test_a_diagnostic_comes_without_the_values_it_quotes() -> None:
    event = decode(
        line(
            "diagnostic",
            diagnostic={
                "severity": "error",
                "summary": "Invalid value",
                "detail": "No.",
                "address": "module.this.helm_release.this",
                "range": {"filename": "main.tf", "start": {"line": 3, "column": 7, "byte": 1}, "end": {}},
                "snippet": {
                    "context": 'module "this"',
                    "code": "  a = var.password",
                    "values": [{"traversal": "var.password", "statement": 'is "hunter2"'}],
                },
            },
        )
    )
    assert event == Diagnostic(
        "error",
        "Invalid value",
        "No.",
        Position("main.tf", 3),
        "  a = var.password",
        'module "this"',
    )
    assert message(event) == "error: Invalid value"
    bare = decode(line("diagnostic", diagnostic={"severity": "warning", "summary": "W", "snippet": None}))
    assert bare == Diagnostic("warning", "W")


@pytest.mark.parametrize(
    "text",
    [
        line("outputs", outputs={"key": {"sensitive": True, "type": "string", "value": "x", "action": "create"}}),
        line("change_summary", changes={"add": 3, "change": 1, "import": 4, "remove": 2, "operation": "plan"}),
        line("resource_drift", change={"resource": HELM, "action": "update"}),
        line("log"),
    ],
)
def test_what_no_run_shows_is_ignored(text: str) -> None:
    assert decode(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "plain text", "{broken", "[]", "{}", '{"type": null}', '{"type": "something_new"}', '{"type": "apply_new"}',
     '{"type": "version", "terraform": "1.11.4", "ui": "1.2"}', '{"type": "version", "tofu": "1.10", "ui": "1.9"}'],
)  # fmt: skip
def test_what_is_not_known_is_ignored(text: str) -> None:
    assert decode(text) is None


@pytest.mark.parametrize("ui", ["2.0", "10.1", "", None])
def test_another_major_version_is_refused(ui: str | None) -> None:
    with pytest.raises(Failure) as failure:
        decode(json.dumps({"type": "version", "ui": ui}))
    assert [problem.code for problem in failure.value.problems] == ["E403"]


PLAIN = """
Initializing the backend...

Error: Failed to query available provider packages

Could not retrieve the list of available versions for provider
hashicorp/helm: could not connect to the registry

To see which modules are currently depending on hashicorp/helm, run:
    terraform providers

Error: Another

Thing.
"""
BOXED = """\x1b[31m╷\x1b[0m
\x1b[31m│\x1b[0m \x1b[1m\x1b[31mError: \x1b[0m\x1b[1mUnsupported block type\x1b[0m
\x1b[31m│\x1b[0m
\x1b[31m│\x1b[0m   on x.tf line 1:
\x1b[31m│\x1b[0m    1: foo {
\x1b[31m│\x1b[0m
\x1b[31m│\x1b[0m Blocks of type "foo" are not expected here.
\x1b[31m╵\x1b[0m
"""
PREAMBLE = """Error: Terraform encountered problems during initialisation, including problems
with the configuration, described below.

The Terraform configuration must be valid before initialization.


Error: Missing newline after block definition

  on y.tf line 2, in terraform:
   2: required_providers { helm = {} }

A block definition must end with a newline.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            PLAIN,
            (
                "Failed to query available provider packages: Could not retrieve the list of available versions "
                "for provider hashicorp/helm: could not connect to the registry"
            ),
        ),
        (BOXED, 'Unsupported block type: Blocks of type "foo" are not expected here.'),
        (PREAMBLE, "Missing newline after block definition: A block definition must end with a newline."),
        ("Error: Only this", "Only this"),
        ("\n\nsh: terraform: not found\n", "sh: terraform: not found"),
        ("\n", None),
    ],
)
def test_the_first_error_of_plain_text(text: str, expected: str | None) -> None:
    assert first_error(text) == expected
