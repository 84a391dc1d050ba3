"""A running `tfwrap preview`, and a client that asks it as the internet would ask an Emissary."""

from __future__ import annotations

import http.client
import json
import queue
import signal
import socket
import ssl
import subprocess
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kit.project import ProjectKit

_LISTENERS = {80: 8080, 443: 8443}
_PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: str

    def header(self, name: str) -> str | None:
        return next((value for one, value in self.headers if one.lower() == name), None)

    @property
    def seen(self) -> Any:
        """What the echo saw."""
        return json.loads(self.body)

    @property
    def path(self) -> str:
        path: str = self.seen["path"]
        return path

    def sent(self, name: str) -> list[str]:
        """Values of a header as the echo saw it."""
        return [value for one, value in self.seen["headers"] if one == name]


class Gateway:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.bound = {one["port"]: tuple(one["bound"]) for one in document["listeners"]}
        self.trusted = [Path(one["file"]) for one in document["certificates"]]

    def unsupported(self) -> set[tuple[str, str]]:
        return {(one["resource"], one["field"]) for one in self.document["unsupported"]}

    def address(self, url: str) -> tuple[str, int]:
        parsed = urlsplit(url)
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        host, number = self.bound[_LISTENERS.get(port, port)]
        return host, number

    def connect(self, url: str, context: ssl.SSLContext | None = None) -> socket.socket:
        stream = socket.create_connection(self.address(url), timeout=20)
        parsed = urlsplit(url)
        if parsed.scheme != "https":
            return stream
        return (context or self.context()).wrap_socket(stream, server_hostname=parsed.hostname)

    def context(self) -> ssl.SSLContext:
        """Trusts the certificates of the preview, and looks at their names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        for path in self.trusted:
            context.load_verify_locations(path)
        return context

    def only(self, version: str) -> ssl.SSLContext:
        """A client that speaks this version of TLS and no other, however old."""
        context = self.context()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore"):  # Python warns about old versions; they are the point here
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
        return context

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        context: ssl.SSLContext | None = None,
    ) -> Answer:
        parsed = urlsplit(url)
        connection = http.client.HTTPConnection(parsed.hostname or "")
        connection.sock = self.connect(url, context)
        try:
            target = (parsed.path or "/") + (f"?{parsed.query}" if parsed.query else "")
            connection.request(
                method, target, headers={"Host": parsed.netloc, "Connection": "close", **(headers or {})}
            )
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read().decode())
        finally:
            connection.close()


@contextmanager
def previewing(
    project: ProjectKit, *arguments: str, end: signal.Signals = signal.SIGINT, status: int = 130
) -> Iterator[Gateway]:
    """`tfwrap preview dev --json`, until the block ends; then a signal, Ctrl-C's if no other, has to end it so."""
    process = project.start("preview", "dev", "--json", *arguments)
    try:
        yield Gateway(_read_document(process))
        process.send_signal(end)
        assert process.wait(_PATIENCE) == status
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=_PATIENCE)


def _read_document(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The one document on stdout, as soon as it is complete; the command goes on running."""
    lines: queue.Queue[str] = queue.Queue()
    stdout = process.stdout
    assert stdout is not None

    def read() -> None:
        for line in iter(stdout.readline, ""):
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    text = ""
    while True:
        line = lines.get(timeout=_PATIENCE)
        if not line:
            raise AssertionError(f"no preview ({process.wait(_PATIENCE)}): {process.stderr and process.stderr.read()}")
        text += line
        if line == "}\n":
            document: dict[str, Any] = json.loads(text)
            return document
