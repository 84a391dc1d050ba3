"""Helm on the releases of an environment: lint and template, with a helm from PATH.

Asks no cluster and installs nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tfwrap.base.problems import Failure, Problem
from tfwrap.cluster.releases import Release
from tfwrap.engine.tool import Said, ask, find_tool

_PATIENCE = 120.0  # seconds; a chart may have to be fetched


class Helm:
    """`kubernetes_version` is what charts see as the cluster's, if it is known."""

    def __init__(self, program: Path, environ: Mapping[str, str], kubernetes_version: str | None) -> None:
        self._program = program
        self._environ = environ
        self._version = kubernetes_version

    def template(self, releases: Iterable[Release]) -> str:
        """The manifests of all releases as one YAML stream. Failure E641 with every release that cannot be rendered."""
        texts: list[str] = []
        problems: list[Problem] = []
        version = ("--kube-version", self._version) if self._version else ()
        for release in releases:
            with _values(release) as values:
                command = ("template", release.name, *_chart(release), "--namespace", release.namespace)
                done = self._ask(*command, "--include-crds", *version, *values)
            if done.status == 0:
                texts.append(done.out if done.out.endswith("\n") else f"{done.out}\n")
            else:
                problems.append(_problem(release, "rendered", done))
        if problems:
            raise Failure(problems)
        return "".join(texts)

    def lint(self, release: Release) -> Problem | None:
        """What helm has against the release's chart with its values. A chart that is fetched cannot be linted."""
        with _values(release) as values:
            done = self._ask("lint", "--strict", release.chart, "--namespace", release.namespace, *values)
        return None if done.status == 0 else _problem(release, "accepted by helm lint", done)

    def _ask(self, *arguments: str) -> Said:
        return ask((str(self._program), *arguments), Path.cwd(), self._environ, timeout=_PATIENCE)


def find_helm(environ: Mapping[str, str], kubernetes_version: str | None) -> Helm:
    program = find_tool("helm", environ)
    if program is None:
        hint = "install Helm 3.8 or newer; tfwrap chart ENV build needs none"
        raise Failure(Problem("E640", "helm is not on PATH", hint=hint))
    return Helm(program, environ, kubernetes_version)


def _chart(release: Release) -> Iterator[str]:
    yield release.chart
    if release.repository:
        yield from ("--repo", release.repository)
    if release.version:
        yield from ("--version", release.version)


@contextmanager
def _values(release: Release) -> Iterator[tuple[str, ...]]:
    """`--values FILE` for each document, in their order: later ones win."""
    with tempfile.TemporaryDirectory(prefix="tfwrap-values-") as folder:
        arguments: list[str] = []
        for number, text in enumerate(release.values):
            file = Path(folder) / f"{number}.yaml"
            file.write_text(text, encoding="utf-8")
            arguments += ("--values", str(file))
        yield tuple(arguments)


def _problem(release: Release, done_to_it: str, said: Said) -> Problem:
    return Problem("E641", f"the chart of {release.unit} cannot be {done_to_it}: {_reason(said)}")


def _reason(said: Said) -> str:
    """Lint's first finding, else helm's error with the few lines that belong to it."""
    lines = [line.strip() for line in (*said.err.splitlines(), *said.out.splitlines()) if line.strip()]
    for mark, length in (("[ERROR] ", 1), ("Error: ", 3)):
        start = next((number for number, line in enumerate(lines) if line.startswith(mark)), None)
        if start is not None:
            return " ".join(lines[start : start + length]).removeprefix(mark)
    return lines[-1] if lines else f"helm ended with status {said.status}"
