"""TLS towards clients and towards services, in Envoy's words. Reads no file; certificates are named by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.cluster.preview.site import SecretName, Site, SiteHost, SiteMapping, Unsupported
from tfwrap.stacks.emissary.resources import TlsFields

Envoy = dict[str, Any]

_TYPE = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3"
_NOT_FOLLOWED = {
    ("cert_chain_file", "private_key_file", "cacert_chain_file"): "names a file in the pod",
    ("crl_secret", "redirect_cleartext_from", "sni"): "is not looked at by the preview",
}


@dataclass(frozen=True)
class KeyPair:
    """Files of a certificate and its private key; `made` for the preview, or given by the user."""

    certificate: Path
    key: Path
    made: bool


def downstream_tls(host: SiteHost, pairs: Mapping[SecretName, KeyPair], notes: list[Unsupported]) -> Envoy | None:
    """The transport socket of a Host's filter chain; None for a Host without TLS."""
    if host.secret is None:
        return None
    pair, fields = pairs[host.secret], host.tls
    common: Envoy = {
        "tls_certificates": [
            {"certificate_chain": {"filename": str(pair.certificate)}, "private_key": {"filename": str(pair.key)}}
        ]
    }
    if fields is None:
        return _socket("DownstreamTlsContext", common)
    _fill(common, fields)
    title, extra = f"Host {host.name}", {}
    authority = secret_name(fields.ca_secret, host.namespace) if fields.ca_secret else None
    if authority and authority in pairs:
        common["validation_context"] = {"trusted_ca": {"filename": str(pairs[authority].certificate)}}
        if fields.cert_required:
            extra["require_client_certificate"] = True
    elif authority:
        reason = f"give its certificate to ask clients for theirs: --secret {'/'.join(authority)}=CERT,KEY"
        notes.append(Unsupported(title, "TLS ca_secret", reason))
    notes += [
        Unsupported(title, f"TLS {name}", reason)
        for names, reason in _NOT_FOLLOWED.items()
        for name in names
        if getattr(fields, name) is not None
    ]
    return _socket("DownstreamTlsContext", common, extra)


def upstream_tls(mapping: SiteMapping, site: Site, notes: list[Unsupported]) -> Envoy:
    """Emissary does not verify a service's certificate unless a TLSContext brings an authority."""
    common: Envoy = {}
    fields = site.contexts.get(mapping.spec.tls or "")
    if fields is not None:
        _fill(common, fields)
        notes.append(Unsupported(mapping.title, "tls", "the preview sends no client certificate to services"))
    return _socket("UpstreamTlsContext", common, {"sni": fields.sni} if fields and fields.sni else {})


def secret_name(text: str, namespace: str) -> SecretName:
    """`name.namespace`, or `name` in the resource's own namespace."""
    name, dot, other = text.rpartition(".")
    return (other, name) if dot else (namespace, text)


def _fill(common: Envoy, fields: TlsFields) -> None:
    if fields.alpn_protocols:
        common["alpn_protocols"] = [one.strip() for one in fields.alpn_protocols.split(",")]
    versions = {"minimum": fields.min_tls_version, "maximum": fields.max_tls_version}
    parameters: Envoy = {
        f"tls_{which}_protocol_version": f"TLS{version.replace('.', '_')}"
        for which, version in versions.items()
        if version is not None
    }
    for name in ("cipher_suites", "ecdh_curves"):
        if getattr(fields, name):
            parameters[name] = list(getattr(fields, name))
    if parameters:
        common["tls_params"] = parameters


def _socket(kind: str, common: Envoy, extra: Envoy | None = None) -> Envoy:
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {"@type": f"{_TYPE}.{kind}", "common_tls_context": common, **(extra or {})},
    }
