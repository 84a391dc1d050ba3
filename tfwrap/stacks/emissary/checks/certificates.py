"""Secrets that Hosts use, and the local files they were made from: R17, R18.

Keys are only compared with their certificates; nothing of them is ever part of a message. `cryptography` is
imported only if there are files to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.view import Host, View, secret_name, tls_secret
from tfwrap.stacks.emissary.settings import ExternalSecret

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_TYPES = ("kubernetes.io/tls", "Opaque", "istio.io/key-and-cert")
_KEYS = {"certificate": "tls.crt", "key": "tls.key"}
_LOST = "Emissary ignores it, drops the Hosts that need it and serves their Mappings in clear text"


@dataclass(frozen=True)
class _Used:
    """A declared Secret, the Hosts that need it, and its local files."""

    secret: ExternalSecret
    index: int
    hosts: Sequence[Host]
    files: dict[str, Path]  # by `certificate` and `key`

    @property
    def title(self) -> str:
        return f"Secret {self.secret.namespace}/{self.secret.name}"

    def tell(self, field: str, message: str, hint: str) -> Iterator[Finding]:
        """To each Host, since that is where the rule may be silenced."""
        for host in self.hosts:
            yield Finding(host, ("external_secrets", self.index, field), message, hint)

    def content(self, field: str) -> bytes | None:
        file = self.files.get(field)
        return file.read_bytes().strip() if file and file.is_file() else None


def unusable_secret(view: View) -> Iterator[Finding]:
    """R17: a type that Emissary does not read, or a file without content."""
    for used in _used(view):
        if used.secret.type not in _TYPES:
            message = f"{used.title} is of type {used.secret.type}: {_LOST}"
            yield from used.tell("type", message, f"Emissary reads {', '.join(_TYPES)}")
        for field, key in _KEYS.items():
            if used.content(field) == b"":
                message = f"the {field} file of {used.title} is empty, so that the Secret has no {key}: {_LOST}"
                yield from used.tell(field, message, f"name the PEM file that {key} is made from")


def missing_file(view: View) -> Iterator[Finding]:
    """E107: a file that cannot be checked."""
    for used in _used(view):
        for field, file in used.files.items():
            if not file.is_file():
                message = f"{field} of {used.title} names {getattr(used.secret, field)}, which is not a file"
                hint = "the path is relative to the file it stands in; leave it out to check nothing"
                yield from used.tell(field, message, hint)


def unfit_certificate(view: View) -> Iterator[Finding]:
    """R18."""
    for used in _used(view):
        data, key = used.content("certificate"), used.content("key")
        certificate = _certificate(data) if data else None
        for field, fault, hint in _faults(data, certificate, key, view.now):
            message = f"the {field} of {used.title} {fault}: Envoy rejects the Listener, and with it all its Hosts"
            yield from used.tell(field, message, hint)
        if certificate is None:
            continue
        names = _names(certificate)
        for host in used.hosts:
            hostname = host.spec.hostname or "*"
            if hostname != "*" and not _covers(names, hostname):
                message = (
                    f"the certificate of {used.title} is for {', '.join(names) or 'no host name'}, not for hostname "
                    f"{hostname} of {host.title}: clients refuse the connection"
                )
                yield Finding(host, host.at("hostname"), message, "get a certificate with this name among its SANs")


def _used(view: View) -> list[_Used]:
    hosts: dict[tuple[str, str], list[Host]] = {}
    for install in view.installs:
        for host in install.hosts:
            if reference := tls_secret(host):
                hosts.setdefault(secret_name(host, reference), []).append(host)
    return [
        _Used(secret, index, hosts[name], _files(view, index, secret))
        for name, (index, secret) in view.secrets.items()
        if name in hosts
    ]


def _files(view: View, index: int, secret: ExternalSecret) -> dict[str, Path]:
    """Seen from the file that names them."""
    written = {"certificate": secret.certificate, "key": secret.key}
    return {
        field: view.document.folder(("external_secrets", index, field)) / Path(path).expanduser()
        for field, path in written.items()
        if path is not None
    }


def _faults(
    data: bytes | None, certificate: Certificate | None, key: bytes | None, now: datetime
) -> Iterator[tuple[str, str, str]]:
    """(field, what is wrong, how to mend it)."""
    if data and certificate is None:
        yield "certificate", "is not PEM", "convert it with openssl x509 -outform PEM"
    elif certificate is not None and certificate.not_valid_after_utc < now:
        yield "certificate", f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}", "renew it"
    if key:
        public = _public_part(key)
        if public is None:
            yield "key", "is not PEM without a password", "convert it with openssl pkey"
        elif certificate is not None and public != _public_key(certificate):
            yield "key", "does not belong to the certificate", "name the key that the certificate was made with"


def _certificate(data: bytes) -> Certificate | None:
    """The first one of the file, which is the server's own."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(data)[0]
    except ValueError:
        return None


def _public_key(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _public_part(key: bytes) -> bytes | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        private = load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _names(certificate: Certificate) -> list[str]:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def _covers(names: Sequence[str], hostname: str) -> bool:
    """A `*` stands for one label only, so that `*.a.b` is covered by nothing but itself."""
    _, dot, rest = hostname.partition(".")
    return hostname in names or (not hostname.startswith("*") and f"*{dot}{rest}" in names)
