"""Whether clients get what the settings promise: real requests to every Host and Mapping, failures explained.

Sends only requests that change nothing, and looks at answers only as far as they tell who gave them.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tfwrap.cluster import faq
from tfwrap.cluster.check import Check
from tfwrap.cluster.expectations import Route, Site, routes, sites
from tfwrap.cluster.probe import Outcome, Prober, Target
from tfwrap.stacks.emissary.checks.view import InstallView

_HTTP, _HTTPS = 80, 443
_AT_ONCE = 8
_REDIRECTS = (301, 302, 303, 307, 308)
_BAD_REQUEST, _FORBIDDEN, _NOT_FOUND, _UNAVAILABLE, _SERVER_ERROR = 400, 403, 404, 503, 500


def check_requests(install: InstallView, prober: Prober, expect: str | None = None) -> Iterator[Check]:
    """`expect` is a text that the answer of every Mapping must have."""
    for site in sites(install):
        if site.name is None:
            yield Check(f"Host {site.host}", True, "not tried: its hostname is * and no Mapping has a name")
            continue
        if site.tls:
            yield from _tls(install, prober, site, site.name)
        yield _insecure(install, prober, site, site.name)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda route: _mapping(install, prober, route, expect), routes(install))


def _tls(install: InstallView, prober: Prober, site: Site, name: str) -> Iterator[Check]:
    title = f"https {name} (Host {site.host})"
    outcome = prober.handshake(name, _HTTPS)
    if outcome.error:
        yield _explained(title, outcome, install, _HTTPS)
    else:
        yield Check(title, True, f"{outcome.tls_version} with {outcome.peer}, the certificate is trusted")
    if site.lowest_tls in (None, "v1.0") or outcome.error not in (None, "certificate"):
        return
    lower = prober.below(name, _HTTPS, str(site.lowest_tls))
    title = f"TLS below {site.lowest_tls} {name} (Host {site.host})"
    if lower is None:
        yield Check(title, True, "not tried: this machine cannot speak it")
    elif lower.error in ("tls", "clear text"):
        yield Check(title, True, f"refused: {lower.details}")
    elif lower.error:
        yield _explained(title, lower, install, _HTTPS)
    else:
        fix = "is min_tls_version in the TLSContext that the Host names? tfwrap explain R13"
        yield Check(title, False, f"{lower.tls_version} is accepted, the settings say {site.lowest_tls} at least", fix)


def _insecure(install: InstallView, prober: Prober, site: Site, name: str) -> Check:
    title = f"http {name} (Host {site.host})"
    outcome = prober.request(Target(name, _HTTP, tls=False))
    if site.insecure == "Reject":
        # A closed connection rejects as well as an answer that says no.
        if outcome.error or outcome.status >= _BAD_REQUEST:
            return Check(title, True, f"rejected: {outcome.error or outcome.status}")
        return _failed(title, faq.CLEAR_TEXT, f"{outcome.status}: ")
    if outcome.error:
        return _explained(title, outcome, install, _HTTP)
    location = outcome.headers.get("location", "")
    if site.insecure == "Redirect":
        if outcome.status in _REDIRECTS and location.startswith("https://"):
            return Check(title, True, f"{outcome.status} to {location}")
        return _failed(title, faq.CLEAR_TEXT, f"{outcome.status}: ")
    return Check(title, True, f"{outcome.status} in clear text, as insecure.action Route says")


def _mapping(install: InstallView, prober: Prober, route: Route, expect: str | None) -> Check:
    title = f"Mapping {route.mapping}"
    if route.untried:
        return Check(title, True, f"not tried: {route.untried}")
    scheme, port = ("https", _HTTPS) if route.tls else ("http", _HTTP)
    outcome = prober.request(Target(route.name, port, route.tls, route.method, route.path, route.headers))
    title = f"{title} {scheme}://{route.name}{route.path}"
    if outcome.error:
        return _explained(title, outcome, install, port)
    fault = _fault(outcome)
    return _failed(title, fault) if fault else _answered(title, outcome, route, expect)


def _answered(title: str, outcome: Outcome, route: Route, expect: str | None) -> Check:
    """By the service, or by Envoy for a Mapping that redirects."""
    if route.redirect is not None:
        redirected = outcome.status == route.redirect
        location = outcome.headers.get("location", "nowhere")
        fix = None if redirected else f"the Mapping says {route.redirect}: is another one before it?"
        return Check(title, redirected, f"{outcome.status} to {location}", fix)
    if outcome.status >= _SERVER_ERROR:
        return Check(title, False, f"{outcome.status} from the service", "look at the service's own log")
    if expect is not None and expect not in outcome.body:
        return Check(title, False, f"{outcome.status}, without the text {expect!r}", "is it the right service?")
    return Check(title, True, f"{outcome.status}{f', with the text {expect!r}' if expect else ''}")


def _fault(outcome: Outcome) -> faq.Answer | None:
    """What Envoy itself answers where no service does: it names itself, and has no body or one of its own."""
    if outcome.headers.get("server") != "envoy":
        return None
    if outcome.status == _NOT_FOUND and not outcome.body:
        return faq.NO_ROUTE
    if outcome.status == _FORBIDDEN and outcome.body.startswith("RBAC:"):
        return faq.DENIED
    own = outcome.body.startswith(("no healthy upstream", "upstream connect error"))
    return faq.NO_UPSTREAM if outcome.status == _UNAVAILABLE and own else None


def _explained(title: str, outcome: Outcome, install: InstallView, port: int) -> Check:
    return _failed(title, faq.explain(outcome, install, port))


def _failed(title: str, answer: faq.Answer, before: str = "") -> Check:
    return Check(title, False, before + answer.message, answer.fix)
