"""Fifty rounds of signals at random moments: states stay whole, no finished work is lost, a new apply converges.

Every round changes all units, starts an apply, and after a random time ends something: tfwrap by SIGINT, SIGTERM
or SIGKILL, or a Terraform by SIGKILL.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import suppress
from typing import Any

import pytest
from kit.processes import terraform_at, wait_until_quiet
from kit.project import ProjectKit
from kit.units import prepare, unit
from parts.terraform import terraform

GROUPS, ROUNDS = 10, 5
NAMES = ("a", "b", "c")
KILLS = ("interrupt", "terminate", "kill tfwrap", "kill terraform")


def _units(text: str) -> dict[str, Any]:
    slow = {"seconds": 0.2}
    return {
        "a": unit("work", text=text, inputs=slow),
        "b": unit("work", text="${a.text}", inputs=slow),
        "c": unit("work", text=text, inputs=slow),
    }


def _text(project: ProjectKit, name: str) -> str | None:
    """What the unit's state says; a state that is not whole fails here."""
    path = project.root / f"state/dev/{name}.tfstate"
    content = path.read_text() if path.exists() else ""
    if not content:  # locked for the first time, then killed: Terraform takes it for none
        return None
    outputs = json.loads(content)["outputs"]
    return str(outputs["text"]["value"]) if "text" in outputs else None


def _locks(project: ProjectKit) -> set[str]:
    return {json.loads(path.read_text())["ID"] for path in project.root.glob("state/dev/.*.lock.info")}


def _round(project: ProjectKit, chance: random.Random, text: str) -> str:
    """One apply that is cut off somewhere, or has ended before."""
    prepare(project, _units(text))
    for stale in project.root.glob("state/dev/.*.lock.info"):
        stale.unlink()
    how = chance.choice(KILLS)
    process = project.start("apply", "dev", "--yes", "--json", "-j", "2")
    time.sleep(chance.uniform(0.3, 3.0))
    if how == "kill terraform":
        for pid in terraform_at(project.root, "apply")[:1]:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
    else:
        numbers = {"interrupt": signal.SIGINT, "terminate": signal.SIGTERM, "kill tfwrap": signal.SIGKILL}
        process.send_signal(numbers[how])
    out, err = process.communicate(timeout=60)
    wait_until_quiet(project.root)
    assert "Traceback" not in err, err
    if process.returncode != -signal.SIGKILL and out:
        rows = {row["name"]: row["result"] for row in json.loads(out)["units"]}
        assert all(_text(project, name) == text for name, result in rows.items() if result == "applied"), (how, rows)
        assert all(lock in out for lock in _locks(project)), (how, out)
        if "interrupted" in rows.values():
            assert process.returncode in (130, 143), (how, rows)
        if "failed" in rows.values():
            assert process.returncode == 1, (how, rows)
    return how


@pytest.mark.parametrize("group", range(GROUPS))
def test_killed_at_random_moments(project: ProjectKit, group: int) -> None:
    chance = random.Random(group)  # noqa: S311 (the same moments every time)
    project.env["TFWRAP_ENGINE"] = str(terraform(project.root.parent))
    for number in range(ROUNDS):
        _round(project, chance, f"round {number}")
        for name in NAMES:
            _text(project, name)
    text = f"round {ROUNDS - 1}"
    final = project.run("apply", "dev", "--yes", "--json")
    assert final.status == 0, final.err
    assert [_text(project, name) for name in NAMES] == [text] * 3
