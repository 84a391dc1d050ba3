"""One request to a gateway, as a client would send it: the right SNI and Host, to a given address if need be.

Reports what happened; judges nothing. Redirects are not followed, bodies are cut.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Error = Literal["refused", "clear text", "tls", "certificate", "name", "silent"]
_PATIENCE = 10.0  # seconds for each step
_HTTP, _HTTPS = 80, 443
_BODY = 1_000_000  # bytes looked at
TLS_VERSIONS = {
    "v1.0": ssl.TLSVersion.TLSv1,
    "v1.1": ssl.TLSVersion.TLSv1_1,
    "v1.2": ssl.TLSVersion.TLSv1_2,
    "v1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True)
class Override:
    """Connect to `address` instead of `host`; an empty host or a port 0 is any."""

    host: str
    port: int
    address: str
    to_port: int


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    tls: bool
    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """`status` 0 and an `error`, or an answer. `peer` is where the connection went."""

    peer: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    tls_version: str | None = None
    error: Error | None = None
    details: str = ""


_Talk: TypeAlias = Callable[[Target, socket.socket], Outcome]


class Prober:
    def __init__(self, overrides: Sequence[Override] = ()) -> None:
        self._overrides = overrides
        self._any = _unverified()
        self._trusting = ssl.create_default_context()
        self._below = {name: _below(name) for name in TLS_VERSIONS if name != "v1.0"}

    def request(self, target: Target) -> Outcome:
        """Over TLS with any certificate: whether that is a good one is a question of its own (`handshake`)."""
        return self._try(target, self._any if target.tls else None, _ask)

    def handshake(self, host: str, port: int) -> Outcome:
        """TLS as a careful client does it: the certificate is trusted and of that name."""
        return self._try(Target(host, port, tls=True), self._trusting, _greet)

    def below(self, host: str, port: int, version: str) -> Outcome | None:
        """TLS with versions below `version` only; None if this machine cannot speak those."""
        context = self._below[version]
        if context is None:
            return None
        return self._try(Target(host, port, tls=True), context, _greet)

    def _try(self, target: Target, context: ssl.SSLContext | None, talk: _Talk) -> Outcome:
        address, port = self._where(target)
        peer = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        try:
            with socket.create_connection((address, port), timeout=_PATIENCE) as plain:
                if context is None:
                    return replace(talk(target, plain), peer=peer)
                with context.wrap_socket(plain, server_hostname=target.host) as secure:
                    return replace(talk(target, secure), peer=peer)
        except (OSError, http.client.HTTPException) as error:
            return _failure(error, peer, tls=context is not None)

    def _where(self, target: Target) -> tuple[str, int]:
        for one in self._overrides:
            if one.host in ("", target.host) and one.port in (0, target.port):
                return one.address or target.host, one.to_port or target.port
        return target.host, target.port


def _failure(error: Exception, peer: str, *, tls: bool) -> Outcome:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Outcome(peer, error="certificate", details=error.verify_message)
    if isinstance(error, ssl.SSLError):
        kind: Error = "clear text" if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST") else "tls"
        return Outcome(peer, error=kind, details=(error.reason or str(error)).lower().replace("_", " "))
    words = str(getattr(error, "strerror", None) or "the connection was closed")
    if isinstance(error, socket.gaierror):
        return Outcome(peer, error="name", details=words)
    if isinstance(error, ConnectionRefusedError):
        return Outcome(peer, error="refused")
    if isinstance(error, TimeoutError):
        return Outcome(peer, error="silent", details=f"nothing within {_PATIENCE:.0f} s")
    # A gateway that has no filter chain for the name closes in the middle of the handshake.
    return Outcome(peer, error="tls" if tls else "silent", details=words)


def _greet(_: Target, sock: socket.socket) -> Outcome:
    return Outcome("", tls_version=_version(sock))


def _ask(target: Target, sock: socket.socket) -> Outcome:
    connection = http.client.HTTPConnection(target.host, target.port, timeout=_PATIENCE)
    connection.sock = sock
    default = target.port == (_HTTPS if target.tls else _HTTP)
    host = target.host if default else f"{target.host}:{target.port}"
    connection.request(target.method, target.path, headers={"User-Agent": "tfwrap", **target.headers, "Host": host})
    response = connection.getresponse()
    body = response.read(_BODY).decode(errors="replace")
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Outcome("", response.status, headers, body, _version(sock))


def _version(sock: socket.socket) -> str | None:
    return sock.version() if isinstance(sock, ssl.SSLSocket) else None


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _below(version: str) -> ssl.SSLContext | None:
    names = list(TLS_VERSIONS)
    highest = names[names.index(version) - 1]
    speaks = {"v1.0": ssl.HAS_TLSv1, "v1.1": ssl.HAS_TLSv1_1, "v1.2": ssl.HAS_TLSv1_2}
    if not speaks[highest]:
        return None
    context = _unverified()
    with warnings.catch_warnings():
        # That these versions are deprecated is the point of asking.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = TLS_VERSIONS[highest]
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context
