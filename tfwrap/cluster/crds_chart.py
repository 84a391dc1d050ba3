"""A chart of the CRDs made from Emissary's official manifest, for those who want that one instead of tfwrap's own.

As in the reference set-up: the Namespace is left out (the release makes it), CRDs stay when the release goes, and
what looks like a template is kept as it is. The manifest's Emissary and the chart's version have to be of one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Failure, Location, Problem
from tfwrap.stacks.emissary.crds import dump_yaml

NAME = "emissary-crds"
_CRD = "CustomResourceDefinition"
_GROUP = "getambassador.io"
_IMAGE = re.compile(r"/(?:emissary|aes|ambassador)(?:-ingress)?:v?(\d+\.\d+\.\d+)")


def write_crds_chart(manifest: Path, chart_version: str, folder: Path) -> None:
    """Write the chart into an empty `folder`. Failure E643 if the manifest is not one of Emissary's CRDs."""
    documents = _read(manifest)
    names = [one["metadata"]["name"] for one in documents if _is_crd(one)]
    if not names:
        message = f"{manifest} has no {_CRD} of {_GROUP}"
        raise Failure(Problem("E643", message, Location(manifest, 1, 1), "give Emissary's emissary-crds.yaml"))
    application = _application(manifest, chart_version)
    description = {
        "apiVersion": "v2",
        "name": NAME,
        "description": "The CustomResourceDefinitions of Emissary, from its own manifest",
        "type": "application",
        "version": chart_version,
        "appVersion": application,
    }
    write_atomic(folder / "Chart.yaml", dump_yaml(description))
    write_atomic(folder / "templates" / "crds.yaml", "".join(_templates(documents)))


def application_line(chart_version: str) -> str | None:
    """The line of Emissary that a chart is for: 8.2.x is 3.2, 7.x is 2; from version 4 on both are equal."""
    match = re.match(r"(\d+)\.(\d+)\.\d+", chart_version)
    if match is None:
        return None
    major, minor = match.groups()
    return {"8": f"3.{minor}", "7": "2"}.get(major, f"{major}.{minor}")


def _application(manifest: Path, chart_version: str) -> str:
    """The version of Emissary that the manifest names by its image, if it fits the chart's."""
    line = application_line(chart_version)
    if line is None:
        hint = "set charts.version in env.yaml to a version such as 8.2.0"
        raise Failure(Problem("E643", f"chart version {chart_version} is no version", hint=hint))
    text = manifest.read_text(encoding="utf-8")
    found = _IMAGE.search(text)
    if found is None:
        return f"{line}.0"
    if not f"{found[1]}.".startswith(f"{line}."):
        place = Location(manifest, text.count("\n", 0, found.start()) + 1, 1)
        message = f"{manifest.name} is of Emissary {found[1]}, chart version {chart_version} is for {line}"
        hint = "chart 8.N.x goes with Emissary 3.N.x, chart 7.x with 2.x: give the manifest of that version"
        raise Failure(Problem("E643", message, place, hint))
    return found[1]


def _read(manifest: Path) -> list[dict[str, Any]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    if not manifest.is_file():
        raise Failure(Problem("E643", f"{manifest} is not a file", hint="the path is relative to where you are"))
    try:
        found = list(YAML(typ="safe", pure=True).load_all(manifest.read_bytes()))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = Location(manifest, mark.line + 1, mark.column + 1) if mark else Location(manifest, 1, 1)
        raise Failure(Problem("E643", f"{manifest.name} is not YAML: {error.problem}", place)) from error
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("metadata"), dict)]


def _is_crd(document: dict[str, Any]) -> bool:
    return document.get("kind") == _CRD and str(document["metadata"].get("name", "")).endswith(f".{_GROUP}")


def _templates(documents: list[dict[str, Any]]) -> Iterator[str]:
    for document in documents:
        if document.get("kind") == "Namespace":
            continue
        if document.get("kind") == _CRD:
            metadata = document["metadata"]
            metadata["annotations"] = {**(metadata.get("annotations") or {}), "helm.sh/resource-policy": "keep"}
            document.pop("status", None)
        yield "---\n" + dump_yaml(document).replace("{{", '{{ "{{" }}')
