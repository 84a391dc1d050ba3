"""Compare text with a file beside this one; TFWRAP_UPDATE_GOLDEN=1 writes it instead."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tfwrap.plan.model import Plan

FOLDER = Path(__file__).resolve().parent


def assert_golden(text: str, name: str) -> None:
    path = FOLDER / name
    if os.environ.get("TFWRAP_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} differs; TFWRAP_UPDATE_GOLDEN=1 rewrites it"


def plan(name: str) -> Plan:
    """A plan that real Terraform made, tests/golden/plans/<name>.json."""
    return Plan.from_json(json.loads((FOLDER / "plans" / f"{name}.json").read_text(encoding="utf-8")))
