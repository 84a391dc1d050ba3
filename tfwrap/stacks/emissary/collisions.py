"""Faults that only show when settings are seen together: two of one name, one thing said twice, files not there."""

from __future__ import annotations

from collections.abc import Iterator

from tfwrap.base.problems import Problem
from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.environment import Environment
from tfwrap.settings.faults import show_path
from tfwrap.stacks.emissary.chart_source import PathChart, Source
from tfwrap.stacks.emissary.config import default_listeners
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.settings import EmissarySettings
from tfwrap.stacks.emissary.types import BUNDLED_VERSION, LOG_LEVELS
from tfwrap.stacks.emissary.units import chart_path

_LISTS = {"hosts": "Host", "tls_contexts": "TLSContext", "mappings": "Mapping", "listeners": "Listener"}
_ROLES = ("crds", "ingress", "config")


def find_collisions(environment: Environment, settings: EmissarySettings) -> Iterator[Problem]:
    yield from _names(environment, settings)
    yield from _charts(environment, settings)
    for name, install in settings.installs.items():
        yield from _knobs(environment, name, install)


def _names(environment: Environment, settings: EmissarySettings) -> Iterator[Problem]:
    """Two resources of one kind, name and namespace: the second would replace the first, or fail at apply."""
    seen: dict[tuple[str, str, str], str] = {}
    for name, install in settings.installs.items():
        for kind, resource, namespace, path in _resources(name, install):
            where = show_path(path)
            first = seen.setdefault((kind, resource, namespace), where)
            if first != where:
                place = environment.document.location(path)
                message = f"{kind} {resource} in namespace {namespace} is there twice: here and as {first}"
                hint = "give it another name" if len(path) > 2 else "give each install its own namespace"  # noqa: PLR2004
                yield Problem("R48", message, place, hint)


def _resources(name: str, install: Install) -> Iterator[tuple[str, str, str, tuple[str | int, ...]]]:
    """(kind, name, namespace, path in the settings) of all that the install makes by a name of its own."""
    # Emissary reads no Module of another name, so there is room for one install in a namespace.
    yield "Module", "ambassador", install.namespace, ("installs", name)
    if install.resolver:
        yield (
            "KubernetesEndpointResolver",
            install.resolver.name,
            install.namespace,
            ("installs", name, "resolver", "name"),
        )
    for listener in default_listeners(install):
        yield "Listener", listener.name, install.namespace, ("installs", name)
    for key, kind in _LISTS.items():
        for index, resource in enumerate(getattr(install, key) or ()):
            namespace = resource.namespace or install.namespace
            yield kind, resource.name, namespace, ("installs", name, key, index, "name")
    for index, other in enumerate(install.resources):
        namespace = other.namespace or install.namespace
        yield other.kind, other.name, namespace, ("installs", name, "resources", index, "name")


def _charts(environment: Environment, settings: EmissarySettings) -> Iterator[Problem]:
    for role in _ROLES:
        source: Source = getattr(settings.charts, role)
        if isinstance(source, PathChart) and not chart_path(environment, role, source).exists():
            place = environment.document.location(("charts", role, "path"))
            hint = "the path is relative to the file it stands in"
            yield Problem("E107", f"charts.{role}.path names {source.path}, which does not exist", place, hint)
    bundled = [role for role in _ROLES if getattr(settings.charts, role) == "bundled"]
    if bundled and settings.charts.version != BUNDLED_VERSION:
        place = environment.document.location(("charts", "version"))
        message = f"charts.version is {settings.charts.version}, but the bundled charts are {BUNDLED_VERSION}"
        hint = f"say where the charts come from: {', '.join(bundled)}; each with its own version"
        yield Problem("E152", message, place, hint)


def _knobs(environment: Environment, name: str, install: Install) -> Iterator[Problem]:
    document = environment.document
    if install.log_level not in LOG_LEVELS:
        place = document.location(("installs", name, "log_level"))
        message = (
            f'installs.{name}.log_level "{install.log_level}" is no log level: '
            "Emissary would say so in its log and use its default"
        )
        hint = did_you_mean(install.log_level, LOG_LEVELS) or f"one of {', '.join(LOG_LEVELS)}"
        yield Problem("R54", message, place, hint, "warning")
    twice = {
        "diagnostics": "diagnostics" in install.model_fields_set and install.module.diagnostics is not None,
        "cluster_request_timeout_ms": install.cluster_request_timeout_ms is not None
        and install.module.cluster_request_timeout_ms is not None,
        "resolver": install.resolver is not None and install.resolver.default and install.module.resolver is not None,
    }
    for key in (key for key, both in twice.items() if both):
        place = document.location(("installs", name, "module", key), key=True)
        message = f"installs.{name}.module.{key} says again what installs.{name}.{key} says"
        yield Problem("E151", message, place, "keep one of the two")
