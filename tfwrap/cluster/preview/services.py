"""What a Mapping's `service` means: scheme, host, port; and which address stands in for it in a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tfwrap.cluster.preview.site import Site, SiteMapping, Unsupported

_HTTPS, _HTTP = 443, 80

Address = tuple[str, int]


@dataclass(frozen=True)
class Service:
    text: str  # as it stands in the Mapping
    host: str  # with the Mapping's namespace, where Emissary adds it
    port: int
    tls: bool

    @property
    def names(self) -> tuple[str, ...]:
        """How `--upstream` may call it."""
        return self.text, f"{self.host}:{self.port}", self.host


@dataclass(frozen=True)
class Upstream:
    """Where requests for a service go in the preview. `echo`: to tfwrap's own answering server."""

    address: Address
    echo: bool


def read_service(mapping: SiteMapping, site: Site, notes: list[Unsupported]) -> Service:
    spec, text = mapping.spec, mapping.spec.service
    scheme, separator, rest = text.partition("://")
    scheme, rest = (scheme.lower(), rest) if separator else ("", text)
    tls = scheme == "https" or (scheme != "http" and spec.tls is not None) or (spec.tls in site.contexts)
    parsed = urlsplit(f"//{rest}")
    if parsed.path or parsed.query or parsed.fragment:
        notes.append(Unsupported(mapping.title, "service", "Emissary ignores everything after host and port"))
    host = parsed.hostname or ""
    bare = "." not in host and ":" not in host and host != "localhost"
    elsewhere = mapping.namespace != site.namespace
    if bare and elsewhere and not site.module.get("use_ambassador_namespace_for_service_resolution"):
        host = f"{host}.{mapping.namespace}"
    return Service(text, host, _port(rest) or (_HTTPS if tls else _HTTP), tls)


def find_upstream(service: Service, upstreams: Mapping[str, Address], echo: Address) -> Upstream:
    for name in service.names:
        if name in upstreams:
            return Upstream(upstreams[name], echo=False)
    return Upstream(echo, echo=True)


def _port(rest: str) -> int | None:
    try:
        return urlsplit(f"//{rest}").port
    except ValueError:  # Emissary says "malformed" and goes on with the default
        return None
