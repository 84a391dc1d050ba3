"""The secrets of a preview: files given by the user, checked to belong together, or a certificate made on the spot.

What is made lives in the preview's own folder and dies with it. Keys are never printed.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tfwrap.base.certificate import judge
from tfwrap.base.problems import Failure, Problem
from tfwrap.cluster.preview.site import SecretName, Site
from tfwrap.cluster.preview.tls import KeyPair, secret_name

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_DAY = dt.timedelta(days=1)
_LIFE = 30 * _DAY
_SERVED = ("expired", "not yet valid")  # Envoy does not look at the date; clients do


def secrets_of(site: Site) -> dict[SecretName, list[str]]:
    """The TLS secrets that Hosts name, each with the host names it is for."""
    names: dict[SecretName, list[str]] = {}
    for host in site.hosts:
        if host.secret:
            names.setdefault(host.secret, []).append(host.hostname)
    return names


def authorities_of(site: Site) -> set[SecretName]:
    """Secrets with the authority of client certificates: used if given, never made."""
    return {
        secret_name(host.tls.ca_secret, host.namespace)
        for host in site.hosts
        if host.secret and host.tls and host.tls.ca_secret
    }


def collect_pairs(site: Site, given: Mapping[SecretName, KeyPair], folder: Path) -> dict[SecretName, KeyPair]:
    """A pair for every secret; Failure E672 for given files that cannot serve."""
    problems = [problem for name, pair in given.items() if (problem := _fault(name, pair))]
    if problems:
        raise Failure(problems)
    wanted = secrets_of(site)
    made = [name for name in wanted if name not in given]
    return {**given, **{name: _make(folder, number, wanted[name]) for number, name in enumerate(made)}}


def _fault(name: SecretName, pair: KeyPair) -> Problem | None:
    title = "/".join(name)
    for path in (pair.certificate, pair.key):
        if not path.is_file():
            return Problem("E672", f"secret {title}: there is no file {path}", hint="give CERT,KEY as PEM files")
    verdict = judge(pair.certificate.read_bytes(), pair.key.read_bytes(), dt.datetime.now(dt.UTC))
    for fault in verdict.faults:
        if fault.kind not in _SERVED:
            message = f"secret {title}: {getattr(pair, fault.part)} {fault.words}"
            return Problem("E672", message, hint="Envoy would refuse its whole configuration with it")
    return None


def _make(folder: Path, number: int, hostnames: Sequence[str]) -> KeyPair:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    # Most certificates have such a key, and cipher_suites often allow no other.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pair = KeyPair(folder / f"secret-{number}.crt", folder / f"secret-{number}.key", made=True)
    pair.certificate.write_bytes(_sign(key, hostnames).public_bytes(serialization.Encoding.PEM))
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    handle = os.open(pair.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
    return pair


def _sign(key: RSAPrivateKey, hostnames: Iterable[str]) -> Certificate:
    """Signed by itself: a client that trusts this very file trusts the preview, and nothing else."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tfwrap preview")])
    names = [x509.DNSName(one) for one in dict.fromkeys([*hostnames, "localhost"]) if one != "*"]
    now = dt.datetime.now(dt.UTC)
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(server, critical=False)
        .sign(key, hashes.SHA256())
    )
