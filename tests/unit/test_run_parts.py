"""Small parts of runs: who holds a lock, what hangs on an unknown, what a child may have left."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from workspace_kit import make_project, make_unit

from tfwrap.base.problems import Failure
from tfwrap.hcl.nodes import Attribute, Block, Body, Traversal
from tfwrap.run.inputs import Input, digest, unknown_value
from tfwrap.run.plan import _configures_provider
from tfwrap.run.session import Secrets
from tfwrap.run.state import parse_state
from tfwrap.run.state_locks import left_behind, locked_by, unlock_local

SAID = """\
Error acquiring the state lock
Error message: resource temporarily unavailable
Lock Info:
  ID:        6a1e8e3c-2b1f
  Path:      app.tfstate
  Operation: OperationTypeApply
  Who:       ann@laptop
  Created:   2026-11-22 20:12:13 UTC
"""


def test_the_holder_of_a_lock_is_named() -> None:
    found = locked_by(SAID)
    assert found is not None
    assert found.id == "6a1e8e3c-2b1f"
    assert found.words == "the state is locked by ann@laptop, Apply since 2026-11-22 20:12:13 UTC"
    assert locked_by("Error: something else\n  ID: x\n") is None


def test_a_lock_that_is_left_is_named_with_its_id(tmp_path: Path) -> None:
    unit = make_unit(make_project(tmp_path), "app")
    state = unit.backend.local_path
    assert state is not None
    assert left_behind("dev", unit) is None
    state.parent.mkdir(parents=True)
    state.touch()
    info = state.with_name(".app.tfstate.lock.info")
    info.write_text(json.dumps({"ID": "abc"}))
    problem = left_behind("dev", unit)
    assert problem is not None
    assert "tfwrap unlock dev app abc" in str(problem.hint)
    with pytest.raises(Failure, match="locked by abc, not by other"):
        unlock_local(unit, "other")
    unlock_local(unit, "abc")
    assert not info.exists()
    info.write_text(json.dumps({"ID": "abc"}))
    state.unlink()  # the first apply was killed before it wrote anything
    unlock_local(unit, "abc")
    assert not info.exists()
    remote = replace(unit, backend=replace(unit.backend, local_path=None))
    assert "tfwrap unlock dev app ID" in str(getattr(left_behind("dev", remote), "hint", ""))


def test_a_provider_that_hangs_on_an_unknown_is_seen(tmp_path: Path) -> None:
    block = Block("provider", ("helm",), Body((Attribute("host", Traversal("var.cluster_endpoint")),)))
    unit = make_unit(make_project(tmp_path), "app", provider_blocks=(block,))
    unknown = {"cluster_endpoint": Input("cluster_endpoint", "unknown", unknown=True)}
    assert _configures_provider(unit, unknown)
    assert not _configures_provider(unit, {"endpoint": Input("endpoint", "unknown", unknown=True)})
    assert not _configures_provider(replace(unit, provider_blocks=()), unknown)


def test_secrets_learned_later_are_masked_too() -> None:
    secrets = Secrets()
    assert secrets.mask("pass-word") == "pass-word"
    secrets.learn({"a": ["pass-word", 987654321, True]})
    assert secrets.mask("pass-word 987654321 True") == "(sensitive value) (sensitive value) True"


def test_digests_hide_values_and_know_them_again() -> None:
    assert digest(b"k", {"b": 1, "a": 2}) == digest(b"k", {"a": 2, "b": 1})
    assert digest(b"k", "x") != digest(b"l", "x")
    assert digest(b"k", None) != digest(b"k", "")


def test_what_is_known_stays_beside_what_is_not() -> None:
    value = unknown_value({"id": None, "name": "n"}, {"id": True})
    assert isinstance(value, dict)
    assert value["name"] == "n"
    assert unknown_value("x", False) == "x"


def test_an_empty_state_was_never_applied_and_a_cut_off_one_is_an_error() -> None:
    assert not parse_state("", "x").applied
    empty = {"version": 4, "serial": 3, "lineage": "l", "outputs": {}, "resources": []}
    assert parse_state(json.dumps(empty), "x").serial == 3
    with pytest.raises(Failure, match="cannot be read"):
        parse_state('{"version": 4, "ser', "x")
