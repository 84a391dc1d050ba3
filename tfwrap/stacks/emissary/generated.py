"""The committed chart files that are made from the CRD field table: `python -m tfwrap.stacks.emissary.generated`.

A test holds the committed files against this, byte for byte. It writes into a checkout's modules/ only when run so.
"""

from __future__ import annotations

import json
from pathlib import Path

from tfwrap.base.bundled import bundled
from tfwrap.base.files import write_atomic
from tfwrap.stacks.emissary.charts import DESCRIPTION, stamp
from tfwrap.stacks.emissary.crds import crd_manifests, load_table
from tfwrap.stacks.emissary.values_schema import config_values_schema

CHARTS = ("emissary-crds", "emissary-ingress", "emissary-config")


def generated_files() -> dict[str, str]:
    """Path below modules/ -> text."""
    table = load_table()
    schema = json.dumps(config_values_schema(table), indent=1)
    crds = {f"emissary-crds/chart/templates/{name}": text for name, text in crd_manifests(table).items()}
    return {**crds, "emissary-config/chart/values.schema.json": f"{schema}\n"}


def regenerate(modules: Path) -> None:
    """Write them, and stamp the charts anew."""
    for path, text in generated_files().items():
        write_atomic(modules / path, text)
    for name in CHARTS:
        chart = modules / name / "chart"
        write_atomic(chart / DESCRIPTION, stamp(chart))


if __name__ == "__main__":
    regenerate(bundled("modules"))
