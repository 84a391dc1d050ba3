"""Whether a certificate and its key can serve: one judgement of local files, of a cluster's Secrets, of previews.

Never part of what it says: the key, or the PEM. Reads no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SOON = timedelta(days=14)
Kind = Literal["no certificate", "expired", "not yet valid", "no key", "other key"]


@dataclass(frozen=True)
class Fault:
    kind: Kind
    part: Literal["certificate", "key"]
    words: str  # behind the name of the part


@dataclass(frozen=True)
class Verdict:
    """`names` are the host names it is for; `until` is None for what is no certificate, or was not looked at."""

    faults: tuple[Fault, ...]
    names: tuple[str, ...] = ()
    until: datetime | None = None

    @property
    def purpose(self) -> str:
        return ", ".join(self.names) or "no host name"

    def uncovered(self, hostnames: Iterable[str]) -> list[str]:
        """Those it is not for; the host name `*` takes any."""
        return [one for one in dict.fromkeys(hostnames) if one != "*" and not covers(self.names, one)]

    def expires_soon(self, now: datetime) -> bool:
        return self.until is not None and self.until - now < SOON


def judge(certificate: bytes | None, key: bytes | None, now: datetime) -> Verdict:
    """The first certificate is the server's own. None for a part that is not to be looked at."""
    found = None if certificate is None else _read(certificate)
    faults = tuple(_faults(certificate, found, key, now))
    return Verdict(faults) if found is None else Verdict(faults, _names(found), found.not_valid_after_utc)


def covers(names: Iterable[str], hostname: str) -> bool:
    """A `*` in a certificate stands for one label; the glob `*.a.b` of a Host is covered by itself only."""
    known = {name.lower() for name in names}
    wanted = hostname.lower()
    _, dot, rest = wanted.partition(".")
    return wanted in known or (not wanted.startswith("*") and f"*{dot}{rest}" in known)


def _faults(data: bytes | None, certificate: Certificate | None, key: bytes | None, now: datetime) -> Iterator[Fault]:
    if certificate is not None:
        if certificate.not_valid_after_utc < now:
            yield Fault("expired", "certificate", f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
        elif certificate.not_valid_before_utc > now:
            words = f"is valid from {certificate.not_valid_before_utc:%Y-%m-%d} on only"
            yield Fault("not yet valid", "certificate", words)
    elif data is not None:
        yield Fault("no certificate", "certificate", "is not PEM")
    if key is not None:
        public = _public_part(key)
        if public is None:
            yield Fault("no key", "key", "is not PEM without a password")
        elif certificate is not None and public != _public_key(certificate):
            yield Fault("other key", "key", "does not belong to the certificate")


def _read(data: bytes) -> Certificate | None:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(data)[0]
    except ValueError:
        return None


def _names(certificate: Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))


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
