"""`tfwrap verify`: requests to a gateway that is right, and to ones that are wrong in the ways of the article's FAQ."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from kit.certificates import self_signed
from kit.edge import EDGE
from kit.fake_gateway import REDIRECT, Answer, gateway
from kit.project import Outcome, ProjectKit

ENV = (
    EDGE
    + """\
    hosts:
      - name: site
        spec:
          hostname: '*.wadexu.test'
          requestPolicy: {insecure: {action: Redirect}}
          tlsContext: {name: modern}
          tlsSecret: {name: tls-secret, namespace: secret}
    tls_contexts:
      - {name: modern, spec: {hosts: ['*.wadexu.test'], min_tls_version: v1.3}}
    mappings:
      - {name: nginx, spec: {hostname: dev.wadexu.test, prefix: /, service: 'my-nginx.nginx:80'}}
      - {name: old, spec: {hostname: dev.wadexu.test, prefix: /old/, service: x.y, host_redirect: true}}
      - {name: upload, spec: {hostname: dev.wadexu.test, prefix: /up/, service: 'x.y:80', method: POST}}
"""
)
WELCOME = {"*": Answer(), "/old/": Answer(301, REDIRECT)}
REDIRECTING = {"*": Answer(301, REDIRECT)}
Verify = Callable[..., Outcome]


@pytest.fixture
def verify(tmp_path: Path) -> Verify:
    """Runs the command against the two ports; without a cluster, so one check says that there is none."""
    certificate, _ = self_signed(tmp_path, ["*.wadexu.test"])
    kit = ProjectKit(tmp_path / "project", {"HOME": str(tmp_path), "SSL_CERT_FILE": str(certificate)})
    kit.env["KUBECONFIG"] = str(tmp_path / "none")
    kit.write({"tfwrap.toml": "", "live/dev/env.yaml": ENV})

    def run(http: int, https: int, *arguments: str, **environment: str) -> Outcome:
        kit.env.update(environment)
        to = (f"--connect-to=:80:127.0.0.1:{http}", f"--connect-to=:443:127.0.0.1:{https}")
        return kit.run("verify", "dev", "--json", *to, *arguments)

    return run


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "tls.crt", tmp_path / "tls.key"


def _checks(outcome: Outcome) -> dict[str, dict[str, Any]]:
    assert outcome.status == 1, outcome.err  # the cluster is not there
    checks = {check["name"]: check for check in outcome.json}
    assert "E646" in checks.pop("cluster")["message"]
    return checks


def test_a_gateway_that_does_what_the_settings_say(verify: Verify, pair: tuple[Path, Path], tmp_path: Path) -> None:
    with ExitStack() as stack:
        http = stack.enter_context(gateway(REDIRECTING))
        https = stack.enter_context(gateway(WELCOME, pair, ssl.TLSVersion.TLSv1_3))
        report = tmp_path / "verify.xml"
        outcome = verify(http, https, "--expect", "Welcome to nginx!", "--report", str(report))
    checks = _checks(outcome)
    assert {name: check["ok"] for name, check in checks.items()} == {
        "https dev.wadexu.test (Host site)": True,
        "TLS below v1.3 dev.wadexu.test (Host site)": True,
        "http dev.wadexu.test (Host site)": True,
        "Mapping nginx https://dev.wadexu.test/": True,
        "Mapping old https://dev.wadexu.test/old/": True,
        "Mapping upload": True,
    }
    assert "POST only" in checks["Mapping upload"]["message"]
    assert checks["http dev.wadexu.test (Host site)"]["message"] == "301 to https://dev.wadexu.test/"
    suite = ET.parse(report).getroot()  # noqa: S314 (our own)
    assert (suite.get("tests"), suite.get("failures")) == ("7", "1")


def test_refused_is_a_missing_listener(verify: Verify) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    checks = _checks(verify(port, port))
    for name in ("https dev.wadexu.test (Host site)", "Mapping nginx https://dev.wadexu.test/"):
        assert not checks[name]["ok"]
        assert "no Listener serves port 443 (FAQ 2)" in checks[name]["message"]
        assert "R1" in checks[name]["fix"]
    assert "no Listener serves port 80" in checks["http dev.wadexu.test (Host site)"]["message"]


def test_clear_text_on_the_tls_port_is_a_dropped_host(verify: Verify) -> None:
    with gateway(WELCOME) as port:
        checks = _checks(verify(port, port))
    assert "speaks clear text where TLS should be" in checks["https dev.wadexu.test (Host site)"]["message"]
    redirect = checks["http dev.wadexu.test (Host site)"]
    assert (redirect["ok"], redirect["message"].partition(":")[0]) == (False, "200")
    assert "tlsSecret" in redirect["fix"]


def test_a_tls_version_below_the_minimum_must_be_refused(verify: Verify, pair: tuple[Path, Path]) -> None:
    with gateway(WELCOME, pair, ssl.TLSVersion.TLSv1_2) as https:
        checks = _checks(verify(https, https))
    lower = checks["TLS below v1.3 dev.wadexu.test (Host site)"]
    assert (lower["ok"], lower["message"]) == (False, "TLSv1.2 is accepted, the settings say v1.3 at least")


@pytest.mark.parametrize(("names", "days", "said"), [(["x.test"], 2, "ostname"), (["*.wadexu.test"], -1, "expired")])
def test_a_certificate_that_clients_refuse(
    verify: Verify, tmp_path: Path, names: list[str], days: float, said: str
) -> None:
    other = self_signed(tmp_path / "other", names, days=days)
    with gateway(WELCOME, other, ssl.TLSVersion.TLSv1_3) as https:
        checks = _checks(verify(https, https, SSL_CERT_FILE=str(other[0])))
    found = checks["https dev.wadexu.test (Host site)"]
    assert not found["ok"]
    assert said in found["message"]
    assert checks["Mapping nginx https://dev.wadexu.test/"]["ok"]  # one fault is told once


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(404, ""), "no Mapping takes it"),
        (Answer(503, "no healthy upstream"), "no endpoint that answers"),
        (Answer(403, "RBAC: access denied"), "not on the allow list"),
        (Answer(500, "oops", "nginx"), "500 from the service"),
        (Answer(200, "Welcome to Apache!"), "without the text"),
    ],
)
def test_answers_that_are_not_the_services_own(
    verify: Verify, pair: tuple[Path, Path], answer: Answer, said: str
) -> None:
    with gateway({"*": answer}, pair, ssl.TLSVersion.TLSv1_3) as https:
        checks = _checks(verify(https, https, "--expect", "Welcome to nginx!"))
    nginx = checks["Mapping nginx https://dev.wadexu.test/"]
    assert not nginx["ok"]
    assert said in nginx["message"]
    assert nginx["fix"]


def test_only_one_install_and_only_known_ones(verify: Verify) -> None:
    outcome = verify(1, 1, "--install", "egde")
    assert outcome.codes() == ["E648"]
    assert "did you mean edge?" in outcome.err
    assert verify(1, 1, "--connect-to", "dev.wadexu.test:443").status == 64
