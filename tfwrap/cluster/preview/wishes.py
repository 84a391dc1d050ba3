"""The options of `preview` as values: addresses for services, files for secrets, URLs to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tfwrap.base.problems import Problem
from tfwrap.base.suggest import did_you_mean
from tfwrap.cluster.preview.certificates import authorities_of, secrets_of
from tfwrap.cluster.preview.check import url_fault
from tfwrap.cluster.preview.compile import services
from tfwrap.cluster.preview.services import Address
from tfwrap.cluster.preview.site import SecretName, Site
from tfwrap.cluster.preview.tls import KeyPair

_CODE = "E674"


def upstreams(given: Iterable[str], site: Site, problems: list[Problem]) -> dict[str, Address]:
    """Service, as a Mapping has it or as `host` or `host:port` -> address."""
    known = {name for service in services(site) for name in service.names}
    found: dict[str, Address] = {}
    for text in given:
        # The service may hold a `=` nowhere, the address neither.
        service, _, place = text.rpartition("=")
        address = _address(place)
        if not service or address is None:
            problems.append(Problem(_CODE, f"--upstream {text}: it should be SERVICE=HOST:PORT"))
        elif service not in known:
            hint = did_you_mean(service, sorted(known)) or f"services: {', '.join(sorted(known)) or 'none'}"
            problems.append(Problem(_CODE, f"--upstream {text}: no Mapping has the service {service}", hint=hint))
        else:
            found[service] = address
    return found


def secrets(given: Iterable[str], site: Site, problems: list[Problem]) -> dict[SecretName, KeyPair]:
    known = {*secrets_of(site), *authorities_of(site)}
    found: dict[SecretName, KeyPair] = {}
    for text in given:
        title, _, files = text.partition("=")
        namespace, slash, name = title.partition("/")
        certificate, comma, key = files.partition(",")
        if not (slash and comma and namespace and name and certificate and key):
            problems.append(Problem(_CODE, f"--secret {text}: it should be NAMESPACE/NAME=CERT,KEY"))
        elif (namespace, name) not in known:
            named = sorted("/".join(one) for one in known)
            hint = did_you_mean(title, named) or f"secrets: {', '.join(named) or 'none'}"
            problems.append(Problem(_CODE, f"--secret {text}: no Host uses the secret {title}", hint=hint))
        else:
            found[namespace, name] = KeyPair(Path(certificate), Path(key), made=False)
    return found


def external_secrets(files: Mapping[SecretName, tuple[Path, Path]], site: Site) -> dict[SecretName, KeyPair]:
    """Those of env.yaml that Hosts use and that have files."""
    wanted = secrets_of(site)
    return {name: KeyPair(*pair, made=False) for name, pair in files.items() if name in wanted}


def check_urls(urls: Iterable[str], problems: list[Problem]) -> None:
    faults = [(url, url_fault(url)) for url in urls]
    problems += [Problem(_CODE, f"--check {url}: {fault}") for url, fault in faults if fault]


def _address(text: str) -> Address | None:
    try:
        parsed = urlsplit(f"//{text}")
        host, port = parsed.hostname, parsed.port
    except ValueError:
        return None
    return (host, port) if host and port and not parsed.path else None
