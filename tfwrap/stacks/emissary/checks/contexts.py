"""Hosts together with TLSContexts: R11 to R13, R15, R20, R55."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tfwrap.base.suggest import did_you_mean
from tfwrap.stacks.emissary.checks.ciphers import is_cipher
from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.hostnames import hostname_fault
from tfwrap.stacks.emissary.checks.view import Host, InstallView, Item, TLSContext, View, secret_name, tls_secret
from tfwrap.stacks.emissary.resources import SecretReference, TlsFields

_DROPPED = "Emissary drops the Host and serves its Mappings in clear text"


def another_secret(view: View) -> Iterator[Finding]:
    """R11. Emissary compares names as they are, in the Host's namespace."""
    for _, host, context, secret in _pairs(view):
        named = context.spec.secret
        if named and not _is_dotted_across(context, secret) and (host.namespace, named) != secret_name(host, secret):
            message = (
                f"secret of {context.title} is {host.namespace}/{named} for {host.title}, whose tlsSecret is "
                f"{'/'.join(secret_name(host, secret))}: {_DROPPED}"
            )
            yield Finding(host, context.at("secret"), message, "take secret out of the TLSContext")


def shared_context(view: View) -> Iterator[Finding]:
    """R12, a fault of Emissary's: it takes the `name.namespace` it notes in the context for a name."""
    first: dict[tuple[str, str], tuple[Host, SecretReference]] = {}
    for install, host, context, secret in _pairs(view):
        if _is_dotted_across(context, secret):
            message = (
                f"{context.title} has secret {context.spec.secret} and {host.title} a tlsSecret with a namespace: "
                f"Emissary takes them for two. {_DROPPED}"
            )
            yield Finding(host, context.at("secret"), message, "take secret out of the TLSContext")
        if context.spec.secret:
            continue
        other, others_secret = first.setdefault((install.name, context.name), (host, secret))
        if other is not host and (secret.namespace or others_secret.namespace or secret.name != others_secret.name):
            message = (
                f"{host.title} shares {context.title} with {other.title}, across namespaces or with another Secret: "
                f"Emissary keeps the first of them and drops the other, whose Mappings it may serve in clear text"
            )
            place = host.at("tlsContext", "name")
            yield Finding(host, place, message, "give each Host a TLSContext of its own, or use the Host's tls")


def unknown_context(view: View) -> Iterator[Finding]:
    """R13."""
    for install in view.installs:
        for host in install.hosts:
            name = host.spec.tlsContext.name if host.spec.tlsContext else None
            if name and tls_secret(host) and host.spec.tls is None and name not in install.contexts_by_name:
                message = f"{host.title} names TLSContext {name}, which does not exist: {_DROPPED}"
                hint = did_you_mean(name, install.contexts_by_name) or f"known: {_known(install)}"
                yield Finding(host, host.at("tlsContext", "name"), message, hint)


def host_not_listed(view: View) -> Iterator[Finding]:
    """R15. Emissary compares text, not globs, and takes the Host's own name for one of its host names."""
    for _, host, context, _ in _pairs(view):
        hostname, hosts = host.spec.hostname or "*", context.spec.hosts
        # R28 tells of a hostname that is none.
        if hosts and hostname not in hosts and host.name not in hosts and not hostname_fault(hostname):
            message = (
                f"hostname {hostname} of {host.title} is not one of the hosts of {context.title} "
                f"({', '.join(hosts)}): Emissary posts an error, though it works"
            )
            yield Finding(host, context.at("hosts"), message, f"add '{hostname}' to hosts, or leave hosts out")


def lost_namespace(view: View) -> Iterator[Finding]:
    """R20. What follows the dot in `name.namespace` counts only with secret_namespacing."""
    for install in view.installs:
        default = (install.settings.module.defaults or {}).get("tls_secret_namespacing")
        used = set()
        for host, context, secret in _install_pairs(install):
            used.add(context.path)
            if (
                default is False
                and secret.namespace
                and not context.spec.secret
                and not context.spec.secret_namespacing
            ):
                message = (
                    f"module.defaults.tls_secret_namespacing is false, so that {context.title} does not find Secret "
                    f"{'/'.join(secret_name(host, secret))} of {host.title}: TLS is lost"
                )
                hint = "write secret_namespacing: true in the TLSContext, or take the default out"
                yield Finding(host, install.at("module", "defaults", "tls_secret_namespacing"), message, hint)
        for context in install.tls_contexts:
            named = context.spec.secret or ""
            # Those of Hosts break R11 or R12.
            if "." in named and context.path not in used and context.spec.secret_namespacing is None and not default:
                message = (
                    f"secret {named} of {context.title} has its namespace behind a dot: without "
                    "tls_secret_namespacing in the Module, Emissary looks for a Secret of the whole name and loses TLS"
                )
                hint = "write secret_namespacing: true, or leave the Secret to Host.tlsSecret"
                yield Finding(context, context.at("secret"), message, hint)


def unknown_cipher(view: View) -> Iterator[Finding]:
    """R55, the error."""
    for item, tls, path in _tls_settings(view):
        for index, cipher in enumerate(tls.cipher_suites or ()):
            if not is_cipher(cipher):
                message = (
                    f"cipher {cipher} of {item.title} is not known: Envoy rejects the whole configuration, "
                    "all Hosts included"
                )
                place = (*path, "cipher_suites", index)
                yield Finding(item, place, message, "Envoy has OpenSSL's names, say ECDHE-RSA-AES128-GCM-SHA256")


def without_h2(view: View) -> Iterator[Finding]:
    """R55, the warning."""
    for item, tls, path in _tls_settings(view):
        offered = tls.alpn_protocols
        if offered is not None and "h2" not in re.split(r"\s*,\s*", offered.strip()):
            message = f'alpn_protocols "{offered}" of {item.title} has no h2: clients get no HTTP/2'
            yield Finding(item, (*path, "alpn_protocols"), message, "write alpn_protocols: h2,http/1.1")


def _pairs(view: View) -> Iterator[tuple[InstallView, Host, TLSContext, SecretReference]]:
    for install in view.installs:
        for host, context, secret in _install_pairs(install):
            yield install, host, context, secret


def _install_pairs(install: InstallView) -> Iterator[tuple[Host, TLSContext, SecretReference]]:
    """Hosts that use a TLSContext: the one they name, else the one called `<Host>-context`."""
    for host in install.hosts:
        secret = tls_secret(host)
        if secret is None or host.spec.tls is not None:  # R14 tells of both
            continue
        named = host.spec.tlsContext.name if host.spec.tlsContext else None
        context = install.contexts_by_name.get(named or f"{host.name}-context")
        if context:
            yield host, context, secret


def _is_dotted_across(context: TLSContext, secret: SecretReference) -> bool:
    return "." in (context.spec.secret or "") and secret.namespace is not None


def _tls_settings(view: View) -> Iterator[tuple[Item[Any], TlsFields, tuple[str | int, ...]]]:
    for install in view.installs:
        for context in install.tls_contexts:
            yield context, context.spec, context.at()
        for host in install.hosts:
            if host.spec.tls is not None:
                yield host, host.spec.tls, host.at("tls")


def _known(install: InstallView) -> str:
    return ", ".join(install.contexts_by_name) or "none"
