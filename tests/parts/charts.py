"""Rendering charts with a real helm, and reading what came out."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tfwrap.base.bundled import bundled

NAMES = ("emissary-crds", "emissary-ingress", "emissary-config")


def chart_folder(name: str) -> Path:
    return bundled(f"modules/{name}/chart")


class Helm:
    """Helm with its own folders below `home`, so that nothing of the user's is read or written."""

    def __init__(self, program: Path, home: Path) -> None:
        self._program, self._home = program, home

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        folders = {f"HELM_{what}_HOME": str(self._home / what) for what in ("CACHE", "CONFIG", "DATA")}
        return subprocess.run(
            [str(self._program), *map(str, arguments)],
            env={**os.environ, **folders, "KUBECONFIG": str(self._home / "none")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def template(
        self,
        chart: Path,
        values: Mapping[str, Any] | None = None,
        *,
        release: str = "r",
        namespace: str = "emissary",
    ) -> list[dict[str, Any]]:
        """The manifests that are installed with these values."""
        file = self._write(values or {})
        done = self.run("template", release, chart, "--namespace", namespace, "--values", file)
        assert done.returncode == 0, done.stderr
        return read_manifests(done.stdout)

    def refusal(self, chart: Path, values: Mapping[str, Any]) -> str:
        """What helm says against these values."""
        done = self.run("template", "r", chart, "--values", self._write(values))
        assert done.returncode != 0, f"accepted: {values}"
        return done.stderr

    def lint(self, chart: Path, values: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        return self.run("lint", "--strict", chart, "--values", self._write(values))

    def _write(self, values: Mapping[str, Any]) -> Path:
        file = self._home / "values.yaml"
        file.write_text(json.dumps(values))
        return file


def read_manifests(text: str) -> list[dict[str, Any]]:
    """Read as Kubernetes does: YAML 1.1, where `on` is true and `0123` is 83, and no key may stand twice."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    return [document for document in yaml.load_all(text) if document]


def by_kind(manifests: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def only(manifests: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (manifest,) = by_kind(manifests, kind)
    return manifest
