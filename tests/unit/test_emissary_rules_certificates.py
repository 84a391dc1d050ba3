"""R18 with real certificates and keys, made here, and what must never show of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from tfwrap.base.problems import Problem
from tfwrap.settings.document import read_document
from tfwrap.settings.environment import parse
from tfwrap.stacks.emissary.checks import check
from tfwrap.stacks.emissary.settings import EmissarySettings

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SETTINGS = """
stack: emissary
project_id: p
cluster: {{name: c, access: kubeconfig}}
external_secrets:
  - {{name: tls, namespace: edge, certificate: certs/tls.crt, key: certs/tls.key}}
installs:
  edge:
    namespace: edge
    ambassador_id: edge
    hosts:
      - {{name: shop, spec: {{hostname: '{hostname}', tlsSecret: {{name: tls}}}}}}
"""


def certificate(key: ec.EllipticCurvePrivateKey, names: Sequence[str], days: int = 30, since: int = -90) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW + timedelta(days=since))
        .not_valid_after(NOW + timedelta(days=days))
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def pem(key: ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def found(tmp_path: Path, files: dict[str, bytes], hostname: str = "www.example.com") -> list[Problem]:
    (tmp_path / "certs").mkdir()
    for name, data in files.items():
        (tmp_path / "certs" / name).write_bytes(data)
    file = tmp_path / "env.yaml"
    file.write_text(SETTINGS.format(hostname=hostname))
    document = read_document(file)
    problems = check(parse(document, EmissarySettings), document, now=NOW).problems
    for problem in problems:
        assert "PRIVATE KEY" not in f"{problem.message}{problem.hint}"
    return problems


@pytest.mark.parametrize(
    ("names", "hostname"),
    [
        (["www.example.com"], "www.example.com"),
        (["*.example.com"], "www.example.com"),
        (["WWW.Example.com"], "www.example.com"),
        (["*.example.com"], "*.example.com"),
        (["other.org", "www.example.com"], "www.example.com"),
        (["other.org"], "*"),
    ],
)
def test_a_certificate_that_fits(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey, names: list[str], hostname: str
) -> None:
    files = {"tls.crt": certificate(key, names), "tls.key": pem(key)}
    assert found(tmp_path, files, hostname) == []


@pytest.mark.parametrize(
    ("names", "hostname"),
    [
        (["example.com"], "www.example.com"),
        (["*.example.com"], "example.com"),
        (["*.example.com"], "a.b.example.com"),
        (["*.com"], "*.example.com"),
        (["www.example.com"], "*.example.com"),
        ([], "www.example.com"),
    ],
)
def test_a_certificate_for_other_names(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey, names: list[str], hostname: str
) -> None:
    (problem,) = found(tmp_path, {"tls.crt": certificate(key, names), "tls.key": pem(key)}, hostname)
    assert problem.code == "R18"
    assert f"not for hostname {hostname} of Host shop" in problem.message
    assert problem.location is not None
    assert problem.location.line == 12


def test_an_expired_certificate(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    files = {"tls.crt": certificate(key, ["www.example.com"], days=-1), "tls.key": pem(key)}
    (problem,) = found(tmp_path, files)
    assert problem.code == "R18"
    assert "expired on 2026-05-31" in problem.message


def test_a_certificate_of_the_future(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """What doctor says of a Secret in the cluster is said of its file, too."""
    files = {"tls.crt": certificate(key, ["www.example.com"], since=1), "tls.key": pem(key)}
    (problem,) = found(tmp_path, files)
    assert problem.code == "R18"
    assert "is valid from 2026-06-02 on only" in problem.message


def test_a_key_of_another_certificate(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    (problem,) = found(tmp_path, {"tls.crt": certificate(key, ["www.example.com"]), "tls.key": pem(other)})
    assert problem.code == "R18"
    assert "the key of Secret edge/tls does not belong to the certificate" in problem.message


@pytest.mark.parametrize("broken", ["encrypted", "text", "certificate"])
def test_a_key_that_envoy_cannot_read(tmp_path: Path, key: ec.EllipticCurvePrivateKey, broken: str) -> None:
    data = certificate(key, ["www.example.com"])
    keys = {"encrypted": pem(key, BestAvailableEncryption(b"secret")), "text": b"none", "certificate": data}
    (problem,) = found(tmp_path, {"tls.crt": data, "tls.key": keys[broken]})
    assert problem.code == "R18"
    assert "the key of Secret edge/tls is not PEM without a password" in problem.message


def test_a_certificate_in_der(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    der = x509.load_pem_x509_certificate(certificate(key, ["www.example.com"])).public_bytes(Encoding.DER)
    (problem,) = found(tmp_path, {"tls.crt": der, "tls.key": pem(key)})
    assert problem.code == "R18"
    assert "the certificate of Secret edge/tls is not PEM" in problem.message


def test_a_chain_begins_with_the_servers_own(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    authority = ec.generate_private_key(ec.SECP256R1())
    chain = certificate(key, ["www.example.com"]) + certificate(authority, [])
    assert found(tmp_path, {"tls.crt": chain, "tls.key": pem(key)}) == []


def test_files_that_are_not_there_and_empty_ones(tmp_path: Path) -> None:
    problems = found(tmp_path, {"tls.crt": b" \n"})
    assert [problem.code for problem in problems] == ["R17", "E107"]
    assert "key of Secret edge/tls names certs/tls.key, which is not a file" in problems[1].message
