"""A gateway on loopback that answers as Emissary's Envoy would, or in one of the ways it goes wrong."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REDIRECT = "redirect"


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: str = "<h1>Welcome to nginx!</h1>"
    server: str = "envoy"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answers: dict[str, Answer]  # by host and path, or path alone, or * for all others
    tls: ssl.SSLContext | None = None

    def get_request(self) -> Any:
        sock, address = super().get_request()
        if self.tls is not None:
            # In the request's own thread, or a client that hangs would hold up all others.
            sock = self.tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return sock, address

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that ends a handshake is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        host = self.headers["Host"]
        answers = self.server.answers
        answer = answers.get(host + self.path) or answers.get(self.path) or answers["*"]
        body = b"" if answer.body == REDIRECT else answer.body.encode()
        self.send_response_only(answer.status)
        self.send_header("server", answer.server)
        self.send_header("content-length", str(len(body)))
        if answer.body == REDIRECT:
            self.send_header("location", f"https://{host}{self.path}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as the standard library has it)
        """Nobody reads it."""


@contextmanager
def gateway(
    answers: dict[str, Answer],
    certificate: tuple[Path, Path] | None = None,
    lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
) -> Iterator[int]:
    """The port of a server that gives these answers, over TLS if it has a certificate."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.answers = answers
    if certificate:
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(*certificate)
        server.tls.minimum_version = lowest
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
