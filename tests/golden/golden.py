"""Compare text with a file beside this one; TFWRAP_UPDATE_GOLDEN=1 writes it instead."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tfwrap.plan.model import Plan

FOLDER = Path(__file__).resolve().parent


def assert_golden(text: str, name: str) -> None:
    path = FOLDER / name
    if os.environ.get("TFWRAP_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} differs; TFWRAP_UPDATE_GOLDEN=1 rewrites it"


def plan_data(name: str) -> dict[str, Any]:
    """A plan that real Terraform made, tests/golden/plans/<name>.json."""
    data: dict[str, Any] = json.loads((FOLDER / "plans" / f"{name}.json").read_text(encoding="utf-8"))
    return data


def plan(name: str) -> Plan:
    return Plan.from_json(plan_data(name))
