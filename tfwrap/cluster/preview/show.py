"""A running preview as the document of `--json`, and as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tfwrap.cluster.preview.compile import Route
from tfwrap.cluster.preview.session import Ready
from tfwrap.report.words import cells

_ALL = 100


def document(environment: str, install: str, ready: Ready) -> dict[str, Any]:
    listeners = [
        {"name": one.name, "port": one.port, "bound": list(address), "protocol": one.protocol}
        for one, address in ready.listeners
    ]
    certificates = [
        {"secret": "/".join(name), "file": str(pair.certificate), "made": pair.made}
        for name, pair in ready.pairs.items()
    ]
    found: dict[str, Any] = {
        "version": 1,
        "env": environment,
        "install": install,
        "listeners": listeners,
        "certificates": certificates,
        "routes": [asdict(route) for route in ready.compiled.routes],
        "unsupported": [asdict(one) for one in ready.compiled.unsupported],
    }
    if ready.checked:
        found["checks"] = [asdict(one) for one in ready.checked]
    return found


def text(ready: Ready) -> str:
    return "\n".join([*_listeners(ready), "", *_routes(ready.compiled.routes), *_rest(ready)])


def _listeners(ready: Ready) -> list[str]:
    rows = [(one.name, str(one.port), f"{address[0]}:{address[1]}", one.protocol) for one, address in ready.listeners]
    return _table(("listener", "port", "is at", "protocol"), rows)


def _routes(routes: Sequence[Route]) -> list[str]:
    if not routes:
        return ["No Mapping is served by any Host: every request is answered with 404."]
    rows = [
        (
            one.host,
            one.hostname,
            one.prefix,
            one.mapping,
            one.to if one.share == _ALL else f"{one.to} {one.share}%",
            one.secure or "no TLS",
            one.insecure,
        )
        for one in routes
    ]
    return _table(("host", "name", "prefix", "mapping", "to", "https", "http"), rows)


def _rest(ready: Ready) -> Iterator[str]:
    if ready.compiled.unsupported:
        yield from ("", "Not as in a cluster:")
        yield from (f"  {one.resource}, {one.field}: {one.reason}" for one in ready.compiled.unsupported)
    if ready.checked:
        yield ""
        yield from (f"{'ok  ' if one.ok else 'FAIL'}  {one.url}: {one.message}" for one in ready.checked)
    else:
        yield from _try(ready)


def _try(ready: Ready) -> Iterator[str]:
    """One request to start with, and how to end."""
    for route in ready.compiled.routes:
        secure = route.secure is not None
        at = next((place for one, place in ready.listeners if ("TLS" in one.layers) == secure), None)
        if at and "*" not in route.hostname:
            scheme, port = ("https", 443) if secure else ("http", 80)
            to = f"{route.hostname}:{port}:{at[0]}:{at[1]}"
            yield from ("", f"Try: curl {'-k ' if secure else ''}--connect-to {to} {scheme}://{route.hostname}/")
            break
    yield "Ctrl-C ends the preview."


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(cells(row[column]) for row in (header, *rows)) for column in range(len(header))]

    def line(row: tuple[str, ...]) -> str:
        padded = [text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)]
        return "  ".join(padded).rstrip()

    return [line(row) for row in (header, *rows)]
