"""The real Atlantis: a pull request is opened, planned, read, applied."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from kit.atlantis_server import PASSWORD, Atlantis

ENV = "live/dev/env.yaml"


def units(server: Atlantis) -> str:
    """The environment as it is on the main branch."""
    return server._git("show", f"main:{ENV}") + "\n"


def state(clone: Path, unit: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((clone / "state" / "dev" / f"{unit}.tfstate").read_text())
    return found


def test_opened_planned_applied_layer_by_layer(server: Atlantis) -> None:
    pull = server.open({ENV: units(server).replace("text: dev", "text: dev2")})
    planned = pull.comments[0]
    assert "Ran Plan for 3 projects:" in planned, server.log()[-3000:]
    assert "project: `dev/network` dir: `live/dev/network` workspace: `default`" in planned
    assert "```diff\nnetwork: 1 to add\n@@ terraform_data.this  create @@\n+ input: dev2\n" in planned
    assert "label: 1 to add (with values that are planned, not applied yet)" in planned
    assert "! DEFERRED: app needs network.id, known after network is applied." in planned
    assert "<details>" not in planned  # short enough to be read at once
    assert pull.status("atlantis/plan: dev/network") == ("success", "Plan: 1 to add, 0 to change, 0 to destroy.")
    assert pull.status("atlantis/plan") == ("success", "3/3 projects planned successfully.")

    applied = server.comment(pull, "atlantis apply", "atlantis/apply")
    assert "network   1 added" in applied
    assert "label   1 added" in applied
    assert "error[E716]" in applied
    assert "comment: atlantis plan -p dev/app" in applied
    assert pull.status("atlantis/apply: dev/network") == ("success", "Apply succeeded.")

    again = server.comment(pull, "atlantis plan -p dev/app", "atlantis/plan: dev/app")
    assert "app: 1 to add\n" in again
    assert "app   1 added" in server.comment(pull, "atlantis apply", "atlantis/apply")
    clone = server.clone(pull)
    assert {unit: len(state(clone, unit)["resources"]) for unit in ("network", "label", "app")} == {
        "network": 1,
        "label": 1,
        "app": 1,
    }
    assert not list(clone.rglob("*.tfplan"))
    assert pull.status("atlantis/apply") == ("success", "3/3 projects applied successfully.")


def test_one_unit_by_name(server: Atlantis) -> None:
    pull = server.open({ENV: units(server).replace("text: dev", "text: one")})
    applied = server.comment(pull, "atlantis apply -p dev/network", "atlantis/apply: dev/network")
    assert "network   1 added" in applied
    refused = server.ask(pull, "atlantis apply -p dev/app")
    assert "comment: atlantis plan -p dev/app" in refused


def test_stale_inputs_are_refused(server: Atlantis) -> None:
    """network is applied twice; label was planned in between."""
    pull = server.open({ENV: units(server).replace("text: dev", "text: first")})
    server.comment(pull, "atlantis apply -p dev/network", "atlantis/apply: dev/network")
    clone = server.clone(pull)
    file = clone / "state" / "dev" / "network.tfstate"
    moved = json.loads(file.read_text())
    moved["outputs"]["text"]["value"] = "somebody else's"
    moved["serial"] += 1
    file.write_text(json.dumps(moved))
    stale = server.comment(pull, "atlantis apply -p dev/label", "atlantis/apply: dev/label")
    assert "network.text is not what the plan was made with" in stale
    assert "comment: atlantis plan -p dev/label" in stale
    assert not (clone / "state" / "dev" / "label.tfstate").exists()


def test_a_unit_that_fails_says_why_and_the_others_are_planned(server: Atlantis) -> None:
    broken = units(server).replace("text: dev", "text: x") + "  bad:\n    module: ../../modules/bad\n"
    module = 'resource "terraform_data" "this" {\n  input = file("there-is-no-such-file")\n}\n'
    pull = server.open({ENV: broken, "modules/bad/main.tf": module})
    comment = pull.comments[0]
    section = comment[comment.index("project: `dev/bad`", comment.index("---")) :]
    assert "**Plan Error**" in section
    assert "there-is-no-such-file" in section
    assert "network: 1 to add" in comment
    assert pull.status("atlantis/plan") is not None
    assert "gitea-token" not in comment


def test_a_new_commit_drops_the_plans_and_plans_again(server: Atlantis) -> None:
    pull = server.open({ENV: units(server).replace("text: dev", "text: early")})
    server.push(pull, {ENV: units(server).replace("text: dev", "text: late")})
    assert "+ input: late" in pull.comments[-1]
    server.comment(pull, "atlantis apply -p dev/network", "atlantis/apply: dev/network")
    assert state(server.clone(pull), "network")["outputs"]["text"]["value"] == "late"


def test_nothing_changes_then_something_is_destroyed(server: Atlantis) -> None:
    pull = server.open({ENV: units(server).replace("text: dev", "text: gone")})
    server.comment(pull, "atlantis apply -p dev/network", "atlantis/apply: dev/network")
    same = server.comment(pull, "atlantis plan -p dev/network", "atlantis/plan: dev/network")
    assert "network: no changes\nNo changes. Your infrastructure matches the configuration.\n```" in same
    destroy = server.comment(pull, "atlantis plan -p dev/network -- -destroy", "atlantis/plan: dev/network")
    assert "! 1 unit would be destroyed: network" in destroy
    assert "Plan: 0 to add, 0 to change, 1 to destroy." in destroy
    assert "destroyed" in server.comment(pull, "atlantis apply -p dev/network", "atlantis/apply: dev/network")
    assert state(server.clone(pull), "network")["resources"] == []


def test_a_secret_is_planned_and_applied_and_never_seen(server: Atlantis) -> None:
    """Neither in a comment, nor in a status, nor where the pages of jobs and the server's log come from."""
    module = """\
variable "password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "this" {
  input = { user = "app", password = var.password }
}

resource "terraform_data" "leaky" {
  input = nonsensitive("postgres://app:${var.password}@db")
}
"""
    text = units(server) + '  safe:\n    module: ../../modules/safe\n    inputs: {password: "${env:APP_PASSWORD}"}\n'
    pull = server.open({ENV: text, "modules/safe/main.tf": module})
    planned = pull.comments[0]
    safe = planned[planned.index("safe: 2 to add") :]
    assert "(sensitive value)" in safe[: safe.index("```")]
    applied = server.comment(pull, "atlantis apply -p dev/safe", "atlantis/apply: dev/safe")
    assert "safe   2 added" in applied
    clone = server.clone(pull)
    assert PASSWORD in (clone / "state/dev/safe.tfstate").read_text()  # it was the real one
    said = [*pull.comments, *(words for _, _, words in pull.statuses), server.log()]
    assert not [text for text in said if PASSWORD in text]
    kept = {path for path in server.data.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()}
    assert kept == {clone / "state/dev/safe.tfstate"}


def test_arguments_that_are_not_allowed(server: Atlantis) -> None:
    pull = server.open({ENV: units(server).replace("text: dev", "text: args")})
    answer = server.ask(pull, "atlantis plan -p dev/network -- -out=/tmp/x -backend-config=x")
    assert "error[E711]: not allowed in a comment: -out=/tmp/x, -backend-config=x" in answer


def test_generated_files_that_do_not_fit_stop_the_plan(server: Atlantis) -> None:
    pull = server.open({ENV: units(server).replace("text: dev", "text: fits")})
    assert pull.comments
    server._git("checkout", "-q", "-B", "by-hand", "main")
    file = server.workplace.root / "live/dev/network/main.tf"
    file.write_text(file.read_text() + "# by hand\n")
    server._generate = lambda: None  # type: ignore[method-assign]
    try:
        other = server.open({"live/dev/network/extra.txt": "x", "live/dev/network/main.tf": file.read_text()})
    finally:
        del server._generate
    hook = "atlantis/pre_workflow_hook: tfwrap files up to date"
    assert (pull.status(hook) or ("", ""))[1].strip() == "generated files are up to date"
    assert (other.status(hook) or ("", ""))[0] == "failure"
    assert "live/dev/network/main.tf was edited by hand" in other.comments[0]
    assert not re.search("network: 1 to add", "\n".join(other.comments))


def test_two_pull_requests_on_one_environment(server: Atlantis) -> None:
    first = server.open({ENV: units(server).replace("text: dev", "text: mine")})
    second = server.open({ENV: units(server).replace("text: dev", "text: yours")})
    assert "network: 1 to add" in first.comments[0]
    assert "This project is currently locked by an unapplied plan from pull" in second.comments[0]
    server.finish(first)
    assert "+ input: yours" in server.comment(second, "atlantis plan -p dev/network", "atlantis/plan: dev/network")


def test_what_a_pull_request_writes_stays_text(server: Atlantis) -> None:
    hostile = "```\\n</details>\\n@everyone <img src=x> Plan: 99 to add, 0 to change, 0 to destroy."
    text = units(server).replace("{text: dev}", f'{{text: "{hostile}"}}')
    pull = server.open({ENV: text}, branch="$(touch${IFS}pwned);`touch`")
    comment = pull.comments[0]
    network = comment[comment.index("network: 1 to add") :]
    fenced = network[: network.index("\n```")]
    assert "@everyone" not in fenced
    assert "</details>" not in fenced
    assert pull.status("atlantis/plan: dev/network") == ("success", "Plan: 1 to add, 0 to change, 0 to destroy.")
    assert not [path for path in server.data.rglob("*") if path.name.startswith("pwned")]


def test_the_api_plans_without_a_comment(server: Atlantis) -> None:
    status, answer = server.plan_by_api("main", "dev/network")
    assert status == 200, answer
    assert "network: 1 to add" in json.dumps(answer)
