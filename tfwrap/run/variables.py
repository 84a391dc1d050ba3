"""The var-file of a unit: explicit, for the owner only, so that Terraform itself refuses a plan of other values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tfwrap.base.files import write_atomic
from tfwrap.run.inputs import Input


def write_variables(path: Path, inputs: Mapping[str, Input]) -> Path:
    """Nothing is written for a root module without variables: it takes no var-file either."""
    if not inputs:
        return path
    values = {name: item.value for name, item in inputs.items()}
    write_atomic(path, json.dumps(values, indent=2) + "\n", 0o600, lasting=False)
    return path
