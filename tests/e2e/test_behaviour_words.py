"""Mistyped words get the right one, codes are explained, module inputs are checked first (behaviours 11, 13, 14)."""

from __future__ import annotations

import re

import pytest
from kit.project import ProjectKit
from kit.units import prepare, unit


@pytest.fixture
def dev(project: ProjectKit) -> ProjectKit:
    prepare(project, {"network": unit("echo", text="x")})
    return project


@pytest.mark.parametrize(
    ("arguments", "status", "meant"),
    [
        (("plann", "dev"), 64, "plan"),
        (("plan", "dev", "--detaild-exitcode"), 64, "--detailed-exitcode"),
        (("new", "modul", "x"), 64, "module"),
        (("plan", "devv"), 1, "dev"),
        (("plan", "dev", "-u", "netwrok"), 3, "network"),
        (("logs", "dev", "netwrok"), 3, "network"),
        (("explain", "E1022"), 64, "E102"),
        (("schema", "unit"), 64, "units"),
        (("help", "selector"), 64, "selectors"),
    ],
)
def test_a_mistyped_word_gets_the_right_one(
    dev: ProjectKit, arguments: tuple[str, ...], status: int, meant: str
) -> None:
    told = dev.run(*arguments)
    assert (told.status, told.out) == (status, "")
    assert re.search(rf"[Dd]id you mean '?{re.escape(meant)}'?\?", told.err), told.err


@pytest.mark.parametrize(
    ("settings", "meant"),
    [
        ({"textt": "x"}, "text"),
        ({"text": "${netwrok.id}"}, "network"),
        ({"text": "${network.idd}"}, "id"),
    ],
)
def test_and_so_does_one_in_the_settings(dev: ProjectKit, settings: dict[str, str], meant: str) -> None:
    prepare(dev, {"network": unit("echo", text="x"), "app": unit("echo", inputs=settings)})
    told = dev.run("plan", "dev")
    assert told.status == 1
    assert f"did you mean {meant}?" in told.err
    assert "live/dev/env.yaml:" in told.err


def test_an_input_is_checked_before_terraform_starts_with_both_places(dev: ProjectKit) -> None:
    prepare(dev, {"network": unit("echo", inputs={"text": "x", "txt": "y"})})
    dev.env["TFWRAP_ENGINE"] = "/bin/false"  # whatever starts it would say so
    told = dev.run("validate", "dev")
    assert told.status == 1
    assert "live/dev/env.yaml:" in told.err
    assert "did you mean text? (modules/echo/main.tf:1)" in told.err


def test_a_code_is_explained(dev: ProjectKit) -> None:
    explained = dev.run("explain", "e102")
    assert (explained.status, explained.err) == (0, "")
    assert explained.out.startswith("# E102: ")
    assert dev.run("explain", "E102", "--json").json == {"version": 1, "code": "E102", "text": explained.out}
