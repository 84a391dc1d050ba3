"""What a failed request means, in the words of the reference set-up's FAQ: its error, its likely cause, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tfwrap.cluster.probe import Outcome
from tfwrap.stacks.emissary.checks.view import InstallView


@dataclass(frozen=True)
class Answer:
    message: str
    fix: str


NO_CRDS: Final = Answer(
    "no matches for its kind: the cluster has no Emissary CRDs (FAQ 3)", "install them first: tfwrap apply ENV"
)
_LOOK_AT_TLS: Final = (
    "look at its tlsSecret and TLSContext (FAQ 1): tfwrap doctor ENV; tfwrap validate ENV; tfwrap explain R7"
)


def explain(outcome: Outcome, install: InstallView, port: int) -> Answer:
    """Of a request without an answer, or TLS that did not come about."""
    if outcome.error == "refused":
        return Answer(
            f"connection refused at {outcome.peer}: no Listener serves port {port} (FAQ 2)",
            "add a Listener for it, whose hostBinding takes the Host: tfwrap explain R1, R2, R3",
        )
    if outcome.error == "clear text":
        message = f"{outcome.peer} speaks clear text where TLS should be: Emissary has dropped the Host's TLS (FAQ 1)"
        return Answer(message, _LOOK_AT_TLS)
    if outcome.error == "tls":
        return Answer(f"no TLS with {outcome.peer}: {outcome.details} (FAQ 1)", _LOOK_AT_TLS)
    if outcome.error == "certificate":
        fix = (
            "get one that fits (tfwrap doctor ENV); of an authority of your own: SSL_CERT_FILE=ca.pem tfwrap verify ENV"
        )
        return Answer(f"its certificate is not accepted: {outcome.details}", fix)
    if outcome.error == "name":
        return Answer(
            f"its name cannot be resolved: {outcome.details}",
            "make the DNS record, or try the address: --connect-to HOST:443:ADDRESS:443",
        )
    private = install.settings.access == "private"
    allowed = ", ".join(install.settings.load_balancer.source_ranges)
    hint = f"install {install.name} answers {allowed} only: run it from there" if private and allowed else None
    return Answer(
        f"no answer from {outcome.peer}: {outcome.details}",
        hint or "look at the load balancer: kubectl get service -A; firewalls and the VPN come next",
    )


CLEAR_TEXT: Final = Answer(
    "it is answered in clear text, and should not be: has the Host been dropped? (FAQ 1)", _LOOK_AT_TLS
)
NO_ROUTE: Final = Answer(
    "404 from Envoy: no Mapping takes it for this host name",
    "compare hostname, prefix and ambassador_id of Mapping and Host: tfwrap explain R21, R24",
)
DENIED: Final = Answer("403 from Envoy: this address is not on the allow list", "run it from an allowed address")
NO_UPSTREAM: Final = Answer(
    "503 from Envoy: the service has no endpoint that answers", "is its name, namespace and port right, has it pods?"
)
