"""Whether a certificate and its key can serve the names they are for. Never part of a message: the key, or the PEM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SOON = timedelta(days=14)


@dataclass(frozen=True)
class Verdict:
    """`faults` make it unusable; `until` is None for what is no certificate."""

    faults: tuple[str, ...]
    until: datetime | None = None

    def expires_soon(self, now: datetime) -> bool:
        return self.until is not None and self.until - now < SOON


def judge(certificate: bytes, key: bytes, hostnames: Iterable[str], now: datetime | None = None) -> Verdict:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        found = x509.load_pem_x509_certificates(certificate)[0]
    except ValueError:
        return Verdict(("tls.crt is not a PEM certificate",))
    try:
        private = load_pem_private_key(key, password=None)
    except (ValueError, TypeError):
        return Verdict(("tls.key is not a PEM key without a password",), found.not_valid_after_utc)
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    faults: list[str] = []
    if private.public_key().public_bytes(*form) != found.public_key().public_bytes(*form):
        faults.append("the key does not belong to the certificate")
    moment = now or datetime.now(UTC)
    if found.not_valid_after_utc < moment:
        faults.append(f"it expired on {found.not_valid_after_utc:%Y-%m-%d}")
    elif found.not_valid_before_utc > moment:
        faults.append(f"it is valid from {found.not_valid_before_utc:%Y-%m-%d} on only")
    faults += _uncovered(_names(found), hostnames)
    return Verdict(tuple(faults), found.not_valid_after_utc)


def _uncovered(names: list[str], hostnames: Iterable[str]) -> Iterator[str]:
    missing = [one for one in dict.fromkeys(hostnames) if one != "*" and not covers(names, one)]
    if missing:
        yield f"it is for {', '.join(names) or 'no host name'}, not for {', '.join(missing)}"


def covers(names: Iterable[str], hostname: str) -> bool:
    """A `*` in a certificate stands for one label; the glob `*.a.b` of a Host is covered by itself only."""
    known = {name.lower() for name in names}
    _, dot, rest = hostname.lower().partition(".")
    return hostname.lower() in known or (not hostname.startswith("*") and f"*{dot}{rest}" in known)


def _names(certificate: object) -> list[str]:
    from cryptography import x509

    assert isinstance(certificate, x509.Certificate)  # noqa: S101 (the type is not imported at start-up)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)
