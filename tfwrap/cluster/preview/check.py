"""A client for `--check URL`: the request a browser would send, to the preview instead of the address of the name."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tfwrap.cluster.preview.services import Address

# How the Service of an install passes its ports on.
_SERVICE_PORTS = {80: 8080, 443: 8443}
_DEFAULTS = {"http": 80, "https": 443}
_WITHIN = 30.0  # seconds


@dataclass(frozen=True)
class Checked:
    url: str
    ok: bool
    status: int | None
    message: str


def url_fault(url: str) -> str | None:
    """What is wrong with the text of a URL."""
    try:
        parsed = urlsplit(url)
        parsed.port  # noqa: B018 - raises for a port that is none
    except ValueError as error:
        return str(error)
    if parsed.scheme not in _DEFAULTS or not parsed.hostname:
        return "it should be http://NAME/… or https://NAME/…"
    return None


def check_url(url: str, listeners: Mapping[int, Address], trusted: Iterable[Path]) -> Checked:
    """`listeners`: port of a Listener -> where it is bound. A status below 400 is well."""
    parsed = urlsplit(url)
    port = parsed.port or _DEFAULTS[parsed.scheme]
    address = listeners.get(_SERVICE_PORTS.get(port, port))
    if address is None:
        return Checked(url, ok=False, status=None, message=f"connection refused: no Listener serves port {port}")
    try:
        return _judge(url, *_get(parsed, address, trusted))
    except ssl.SSLCertVerificationError as error:
        return Checked(url, ok=False, status=None, message=f"the certificate does not fit: {error.verify_message}")
    except ssl.SSLError as error:
        return Checked(url, ok=False, status=None, message=f"no TLS: {error.reason or error}")
    except (OSError, http.client.HTTPException) as error:
        return Checked(url, ok=False, status=None, message=f"no answer: {error or type(error).__name__}")


def _judge(url: str, status: int, location: str | None) -> Checked:
    message = f"{status} {http.client.responses.get(status, '')}".strip()
    if location:
        message += f", to {location}"
    return Checked(url, status < http.HTTPStatus.BAD_REQUEST, status, message)


def _get(parsed: SplitResult, address: Address, trusted: Iterable[Path]) -> tuple[int, str | None]:
    stream: socket.socket = socket.create_connection(address, timeout=_WITHIN)
    try:
        if parsed.scheme == "https":
            stream = _context(trusted).wrap_socket(stream, server_hostname=parsed.hostname)
        connection = http.client.HTTPConnection(parsed.hostname or "")
        connection.sock = stream
        path = parsed.path or "/"
        target = f"{path}?{parsed.query}" if parsed.query else path
        connection.request("GET", target, headers={"Host": parsed.netloc.rpartition("@")[2], "Connection": "close"})
        response = connection.getresponse()
        response.read()
        return response.status, response.headers["location"]
    finally:
        stream.close()


def _context(trusted: Iterable[Path]) -> ssl.SSLContext:
    """Trusts the preview's own certificates and no others; their names are looked at as a browser does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    for path in trusted:
        context.load_verify_locations(path)
    return context
