"""Secrets that Hosts use, and the local files they were made from: R17, R18.

Keys are only compared with their certificates; nothing of them is ever part of a message. `cryptography` is
imported only if there are files to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfwrap.base.certificate import Kind, judge
from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.view import Host, View, secret_name, tls_secret
from tfwrap.stacks.emissary.settings import ExternalSecret

_TYPES = ("kubernetes.io/tls", "Opaque", "istio.io/key-and-cert")
_KEYS = {"certificate": "tls.crt", "key": "tls.key"}
_MENDED: dict[Kind, str] = {
    "no certificate": "convert it with openssl x509 -outform PEM",
    "expired": "renew it",
    "not yet valid": "take one that is valid now",
    "no key": "convert it with openssl pkey",
    "other key": "name the key that the certificate was made with",
}
_REJECTED = "Envoy rejects the Listener, and with it all its Hosts"
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
        # An empty file is R17's.
        verdict = judge(used.content("certificate") or None, used.content("key") or None, view.now)
        for fault in verdict.faults:
            message = f"the {fault.part} of {used.title} {fault.words}: {_REJECTED}"
            yield from used.tell(fault.part, message, _MENDED[fault.kind])
        for host in used.hosts if verdict.until else ():
            hostname = host.spec.hostname or "*"
            if verdict.uncovered([hostname]):
                message = (
                    f"the certificate of {used.title} is for {verdict.purpose}, not for hostname "
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
