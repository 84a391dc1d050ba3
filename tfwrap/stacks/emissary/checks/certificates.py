"""Secrets that Hosts use, and the local files they were made from: R17, R18.

Keys are only compared with their certificates; nothing of them is ever part of a message. `cryptography` is
imported only if there are files to look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.view import Host, View, secret_name, tls_secret
from tfwrap.stacks.emissary.settings import ExternalSecret

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_TYPES = ("kubernetes.io/tls", "Opaque", "istio.io/key-and-cert")


@dataclass(frozen=True)
class _Use:
    """A declared Secret and a Host that needs it."""

    host: Host
    secret: ExternalSecret
    index: int

    def at(self, field: str) -> tuple[str | int, ...]:
        return ("external_secrets", self.index, field)

    @property
    def title(self) -> str:
        return f"Secret {self.secret.namespace}/{self.secret.name}"


def unusable_secret(view: View) -> Iterator[Finding]:
    """R17: a type that Emissary does not read, or a file without content."""
    for use in _uses(view):
        kind = use.secret.type
        lost = "Emissary ignores it, drops the Hosts that need it and serves their Mappings in clear text"
        if kind not in _TYPES:
            message = f"{use.title} is of type {kind}: {lost}"
            yield Finding(use.host, use.at("type"), message, f"Emissary reads {', '.join(_TYPES)}")
        for field, key in (("certificate", "tls.crt"), ("key", "tls.key")):
            file = _file(view, use, field)
            if file and file.is_file() and not file.read_bytes().strip():
                message = f"the {field} of {use.title} is empty, so that the Secret has no {key}: {lost}"
                yield Finding(use.host, use.at(field), message, f"name the PEM file that {key} is made from")


def missing_file(view: View) -> Iterator[Finding]:
    """E107: a file that cannot be checked."""
    for use in _uses(view):
        for field in ("certificate", "key"):
            file = _file(view, use, field)
            if file and not file.is_file():
                message = f"{field} of {use.title} names {getattr(use.secret, field)}, which is not a file"
                hint = "the path is relative to the file it stands in; leave it out to check nothing"
                yield Finding(use.host, use.at(field), message, hint)


def unfit_certificate(view: View) -> Iterator[Finding]:
    """R18."""
    for use in _uses(view):
        certificate, key = _file(view, use, "certificate"), _file(view, use, "key")
        for field, message, hint in _faults(view, use, certificate, key):
            whole = f"{message}: Envoy rejects the Listener's configuration, and with it all Hosts"
            yield Finding(use.host, use.at(field), whole, hint)
        names = _names(certificate)
        hostname = use.host.spec.hostname or "*"
        if names is not None and hostname != "*" and not _covers(names, hostname):
            message = (
                f"the certificate of {use.title} is for {', '.join(names) or 'no host name'}, not for hostname "
                f"{hostname} of {use.host.title}: clients refuse the connection"
            )
            yield Finding(use.host, use.host.at("hostname"), message, "get a certificate with this name among its SANs")


def _faults(view: View, use: _Use, certificate: Path | None, key: Path | None) -> Iterator[tuple[str, str, str]]:
    found = _certificate(certificate) if _has_content(certificate) else None
    if _has_content(certificate):
        if found is None:
            yield "certificate", f"the certificate of {use.title} is not PEM", "convert it: openssl x509 -outform PEM"
        elif found.not_valid_after_utc < view.now:
            ended = f"{found.not_valid_after_utc:%Y-%m-%d}"
            yield "certificate", f"the certificate of {use.title} expired on {ended}", "renew it"
    if _has_content(key):
        public = _public_key(key)
        if public is None:
            yield "key", f"the key of {use.title} is not PEM without a password", "convert it: openssl pkey"
        elif found is not None and public != _encoded(found):
            yield "key", f"the key of {use.title} does not belong to its certificate", "name the key it was made with"


def _uses(view: View) -> Iterator[_Use]:
    for install in view.installs:
        for host in install.hosts:
            reference = tls_secret(host)
            declared = view.secrets.get(secret_name(host, reference)) if reference else None
            if declared:
                yield _Use(host, declared[1], declared[0])


def _file(view: View, use: _Use, field: str) -> Path | None:
    """The file, seen from the env.yaml that names it."""
    written: str | None = getattr(use.secret, field)
    return None if written is None else view.document.folder(use.at(field)) / Path(written).expanduser()


def _has_content(file: Path | None) -> bool:
    return file is not None and file.is_file() and bool(file.read_bytes().strip())


def _names(file: Path | None) -> list[str] | None:
    from cryptography import x509

    certificate = _certificate(file) if _has_content(file) else None
    if certificate is None:
        return None
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def _covers(names: list[str], hostname: str) -> bool:
    """A `*` stands for one label, so `*.a.b` is covered only by itself."""
    _, dot, rest = hostname.partition(".")
    return hostname in names or (not hostname.startswith("*") and f"*{dot}{rest}" in names)
