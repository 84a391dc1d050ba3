"""Listeners, and whether requests can reach a Host through them: R1 to R5, R50, R52, R53."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.view import Host, InstallView, Listener, View, tls_secret

# The Service sends 80 and 443 there.
SERVICE_PORTS: Final = {8080: 80, 8443: 443}
_FIRST_FREE_PORT: Final = 1024  # the pod runs without privileges


def without_listener(view: View) -> Iterator[Finding]:
    """R1."""
    for install in view.installs:
        if not install.listeners:
            message = (
                f'install {install.name} has no Listener with ambassador_id "{install.settings.ambassador_id}": '
                "ports 80 and 443 refuse every connection"
            )
            yield Finding(install, install.at("listeners"), message, "write listeners: default, or a list of Listeners")


def off_the_service(view: View) -> Iterator[Finding]:
    """R2. A Service port nobody listens on is told only if no stray Listener is its likely cause."""
    targets = ", ".join(str(port) for port in SERVICE_PORTS)
    for install in view.installs:
        # R50 tells of ports below 1024.
        stray = [listener for listener in install.listeners if listener.spec.port not in SERVICE_PORTS]
        for listener in stray:
            if listener.spec.port >= _FIRST_FREE_PORT:
                message = (
                    f"{listener.title} listens on {listener.spec.port}, but no Service port targets it "
                    f"(targets: {targets}): nothing from outside arrives there"
                )
                yield Finding(listener, listener.at("port"), message, "use port 8080 for 80 and 8443 for 443")
        if stray or not install.listeners:
            continue
        heard = {listener.spec.port for listener in install.listeners if listener.spec.layers[-1:] == ("TCP",)}
        # Emissary makes a Listener itself for the port of a TCPMapping.
        heard |= {item.spec["port"] for item in install.of_kind("TCPMapping")}
        for target in sorted(SERVICE_PORTS.keys() - heard):
            message = (
                f"no Listener of install {install.name} is on {target}, where the Service sends port "
                f"{SERVICE_PORTS[target]}: connections to it are refused"
            )
            yield Finding(install, install.at("listeners"), message, f"add a Listener on port {target}")


def in_another_namespace(view: View) -> Iterator[Finding]:
    """R3."""
    for install, host in _hosts(view):
        for needed in _needed(install, host):
            if not any(_takes_namespace(listener, host) for listener in needed):
                listener = needed[0]
                message = (
                    f"{listener.title} in {listener.namespace} takes Hosts of its own namespace only (from: SELF) and "
                    f"never binds {host.title} in {host.namespace}: requests for it are refused"
                )
                place = (*host.path, "namespace")
                yield Finding(host, place, message, "write from: ALL in the Listener's hostBinding, or move the Host")
                break


def not_selected(view: View) -> Iterator[Finding]:
    """R4, with the selectors that Emissary does not take at all."""
    for install in view.installs:
        for listener in install.listeners:
            binding = listener.spec.hostBinding
            if binding.selector is None and binding.namespace is None:
                message = f"{listener.title} says neither namespaces nor labels of its Hosts: Emissary drops it"
                yield Finding(listener, listener.at("hostBinding"), message, "write namespace: {from: SELF}")
            elif binding.selector is not None and binding.selector.matchLabels is None:
                message = (
                    f"{listener.title} selects Hosts without matchLabels: Emissary knows no other way and drops it"
                )
                yield Finding(listener, listener.at("hostBinding", "selector"), message, "use matchLabels")
    for install, host in _hosts(view):
        for needed in _needed(install, host):
            near = [listener for listener in needed if _takes_namespace(listener, host)]
            if near and not any(_takes_labels(listener, host) for listener in near):
                wanted = ", ".join(f"{key}: {value}" for key, value in _labels(near[0]).items())
                message = (
                    f"{host.title} lacks labels that {near[0].title} selects Hosts by ({wanted}): "
                    "the Listener never binds it and requests for it are refused"
                )
                yield Finding(host, (*host.path, "labels"), message, "all labels of the selector must be there")
                break


def without_https(view: View) -> Iterator[Finding]:
    """R5."""
    for install, host in _hosts(view):
        # Without any Listener R1 says it all.
        if tls_secret(host) and install.listeners and not any(map(_is_https, install.listeners)):
            message = (
                f"{host.title} has a tlsSecret, but no Listener of install {install.name} speaks HTTPS: port 443 does "
                "not answer in TLS, and redirects to https lead nowhere"
            )
            yield Finding(host, host.at("tlsSecret"), message, "add a Listener with port 8443 and protocol HTTPS")


def twice_on_a_port(view: View) -> Iterator[Finding]:
    """R50."""
    for install in view.installs:
        first: dict[tuple[int, Sequence[str]], Listener] = {}
        for listener in install.listeners:
            port = listener.spec.port
            other = first.setdefault((port, listener.spec.layers[-1:]), listener)
            if other is not listener:
                message = (
                    f"{listener.title} is on port {port} like {other.title}: Emissary keeps one of them only, and the "
                    "names or the TLS of the other are gone"
                )
                yield Finding(listener, listener.at("port"), message, "give each Listener its own port")
            if port < _FIRST_FREE_PORT:
                message = f"{listener.title} is on port {port}: the pod runs without the privilege for ports below 1024"
                yield Finding(
                    listener, listener.at("port"), message, "use 8080 or 8443; the Service sends 80 and 443 there"
                )


def secure_in_clear_text(view: View) -> Iterator[Finding]:
    """R52."""
    for install in view.installs:
        for listener in install.listeners:
            if listener.spec.securityModel == "SECURE" and _is_http(listener) and not _is_https(listener):
                message = (
                    f"{listener.title} speaks clear text but takes every request for secure (securityModel SECURE): "
                    "Hosts are served over http without a redirect"
                )
                yield Finding(listener, listener.at("securityModel"), message, "write securityModel: XFP")


def wrong_depth(view: View) -> Iterator[Finding]:
    """R53. Too low and X-Forwarded-Proto is not trusted, too high and clients may write it themselves."""
    for install in view.installs:
        hops = install.settings.load_balancer.l7_hops
        for listener in install.listeners:
            depth = listener.spec.l7Depth or 0
            if hops and depth != hops and _is_http(listener):
                effect = (
                    "X-Forwarded-Proto is not trusted and every request is redirected without end"
                    if depth < hops
                    else "clients can claim https themselves"
                )
                message = f"{listener.title} has l7Depth {depth} behind {hops} HTTP proxies (l7_hops): {effect}"
                yield Finding(listener, listener.at("l7Depth"), message, f"write l7Depth: {hops}")


def _hosts(view: View) -> Iterator[tuple[InstallView, Host]]:
    return ((install, host) for install in view.installs for host in install.hosts)


def _needed(install: InstallView, host: Host) -> Iterator[Sequence[Listener]]:
    """The Listeners of which at least one has to take the Host: those for http, and with TLS those for https."""
    kinds: Iterable[Callable[[Listener], bool]] = (_is_clear, _is_https) if tls_secret(host) else (_is_clear,)
    for is_kind in kinds:
        if listeners := [listener for listener in install.listeners if is_kind(listener)]:
            yield listeners


def _is_http(listener: Listener) -> bool:
    return "HTTP" in listener.spec.layers


def _is_https(listener: Listener) -> bool:
    return _is_http(listener) and "TLS" in listener.spec.layers


def _is_clear(listener: Listener) -> bool:
    return _is_http(listener) and "TLS" not in listener.spec.layers


def _takes_namespace(listener: Listener, host: Host) -> bool:
    namespace = listener.spec.hostBinding.namespace
    return (namespace is not None and namespace.from_ == "ALL") or listener.namespace == host.namespace


def _labels(listener: Listener) -> dict[str, str]:
    selector = listener.spec.hostBinding.selector
    return (selector.matchLabels if selector else None) or {}


def _takes_labels(listener: Listener, host: Host) -> bool:
    return all(host.labels.get(key) == value for key, value in _labels(listener).items())
