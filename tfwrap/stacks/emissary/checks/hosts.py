"""TLS of a Host by itself, and its Secret: R6 to R10, R14, R19. In most of these cases Emissary drops the Host.

If it was the only one, Emissary then makes up a Host for `*` and serves every Mapping in clear text.
"""

from __future__ import annotations

from collections.abc import Iterator

from tfwrap.stacks.emissary.checks.finding import Finding
from tfwrap.stacks.emissary.checks.view import Host, InstallView, View, secret_name, tls_secret
from tfwrap.stacks.emissary.resources import SecretReference


def redirect_without_tls(view: View) -> Iterator[Finding]:
    """R6. Behind HTTP proxies that end TLS (l7Depth) the redirect is right."""
    for install in view.installs:
        behind_proxies = any(listener.spec.l7Depth for listener in install.listeners)
        for host in install.hosts:
            insecure = host.spec.requestPolicy.insecure if host.spec.requestPolicy else None
            action = insecure.action if insecure else None
            if tls_secret(host) or _details(host) or behind_proxies or action not in (None, "Redirect"):
                continue
            written = "insecure.action is" if action else "without insecure.action it is"
            message = (
                f"{host.title} has no tlsSecret and {written} Redirect: every request is redirected to https, "
                "where nothing speaks TLS"
            )
            place = host.at("requestPolicy", "insecure", "action")
            yield Finding(host, place, message, "add tlsSecret, or write requestPolicy: {insecure: {action: Route}}")


def undeclared_secret(view: View) -> Iterator[Finding]:
    """R7, unless R8 or R9 knows why."""
    for _, host, secret in _with_secret(view):
        namespace, name = secret_name(host, secret)
        if (namespace, name) in view.secrets or "." in name or _lies_elsewhere(view, host, secret):
            continue
        message = (
            f"{host.title} needs Secret {namespace}/{name}, which is not declared: if it is missing, Emissary drops "
            f"the Host and serves its Mappings in clear text"
        )
        hint = f"declare it in external_secrets: {{name: {name}, namespace: {namespace}}}"
        yield Finding(host, host.at("tlsSecret", "name"), message, hint)


def secret_elsewhere(view: View) -> Iterator[Finding]:
    """R8."""
    for _, host, secret in _with_secret(view):
        if _lies_elsewhere(view, host, secret):
            name = secret.name or ""
            places = view.secret_namespaces[name]
            message = (
                f'tlsSecret "{name}" of {host.title} is looked up in namespace {host.namespace}, but declared in '
                f"{' and '.join(places)}: Emissary drops the Host and serves its Mappings in clear text"
            )
            yield Finding(host, host.at("tlsSecret"), message, f"add namespace: {places[0]}")


def dotted_secret(view: View) -> Iterator[Finding]:
    """R9, the habit of v2."""
    for _, host, secret in _with_secret(view):
        name = secret.name or ""
        if "." in name and secret_name(host, secret) not in view.secrets:
            before, _, after = name.rpartition(".")
            message = (
                f'tlsSecret "{name}" of {host.title} is taken for the name of a Secret as it is, not for a name and a '
                "namespace: Emissary finds none, drops the Host and serves its Mappings in clear text"
            )
            hint = f"write tlsSecret: {{name: {before}, namespace: {after}}}"
            yield Finding(host, host.at("tlsSecret", "name"), message, hint)


def details_without_secret(view: View) -> Iterator[Finding]:
    """R10."""
    for install in view.installs:
        for host in install.hosts:
            details = _details(host)
            if details and not tls_secret(host):
                named = (
                    f"TLSContext {host.spec.tlsContext.name}"
                    if details == "tlsContext" and host.spec.tlsContext
                    else details
                )
                message = (
                    f"{host.title} names {named} but has no tlsSecret: Emissary ignores it and serves "
                    f"{host.spec.hostname or '*'} in clear text"
                )
                hint = "add tlsSecret: {name: …, namespace: …}"
                yield Finding(host, host.at(details), message, hint)


def details_twice(view: View) -> Iterator[Finding]:
    """R14."""
    for _, host, _ in _with_secret(view):
        if host.spec.tls is not None and host.spec.tlsContext and host.spec.tlsContext.name:
            message = (
                f"{host.title} has both tls and tlsContext: Emissary drops the Host and serves its "
                "Mappings in clear text"
            )
            yield Finding(host, host.at("tls"), message, "keep one of the two")


def beyond_the_namespace(view: View) -> Iterator[Finding]:
    """R19."""
    for install, host, secret in _with_secret(view):
        namespace, name = secret_name(host, secret)
        if install.settings.single_namespace and namespace != install.settings.namespace:
            message = (
                f"{host.title} needs Secret {namespace}/{name}, but install {install.name} watches only its own "
                f"namespace {install.settings.namespace} (single_namespace): Emissary drops the Host and serves its "
                "Mappings in clear text"
            )
            hint = f"put the Secret into {install.settings.namespace}, or take single_namespace out"
            yield Finding(host, host.at("tlsSecret"), message, hint)


def _with_secret(view: View) -> Iterator[tuple[InstallView, Host, SecretReference]]:
    for install in view.installs:
        for host in install.hosts:
            if secret := tls_secret(host):
                yield install, host, secret


def _lies_elsewhere(view: View, host: Host, secret: SecretReference) -> bool:
    if secret.namespace is not None or secret_name(host, secret) in view.secrets:
        return False
    return secret.name in view.secret_namespaces


def _details(host: Host) -> str | None:
    """The field with details of TLS, which count for nothing without a tlsSecret."""
    if host.spec.tlsContext and host.spec.tlsContext.name:
        return "tlsContext"
    return "tls" if host.spec.tls is not None else None
