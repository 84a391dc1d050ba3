"""`tfwrap preview` from the command line: the article's environment on a real Envoy in front of a real nginx."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from kit.certificates import self_signed
from kit.gateway import Gateway, previewing
from kit.processes import working_in
from kit.project import ProjectKit
from kit.waiting import wait_for
from parts.nginx import welcoming

_SITE = "https://dev.wadexu.cloud/"
_LIVE = Path(__file__).parents[2] / "live"


def article(root: Path) -> ProjectKit:
    kit = ProjectKit(root)
    kit.write({"tfwrap.toml": "", "live/dev/env.yaml": (_LIVE / "dev" / "env.yaml").read_text()})
    return kit


@pytest.fixture(scope="module")
def in_front_of_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    root = tmp_path_factory.mktemp("article")
    project = article(root / "project")
    with (
        welcoming(root / "nginx") as port,
        previewing(project, "--upstream", f"my-nginx.nginx:80=127.0.0.1:{port}") as gateway,
    ):
        yield gateway


def test_the_articles_curl_is_welcomed_by_nginx(in_front_of_nginx: Gateway) -> None:
    answer = in_front_of_nginx.get(_SITE)
    assert answer.status == 200
    assert "<h1>Welcome to nginx!</h1>" in answer.body
    assert answer.header("server") == "envoy"


def test_clear_text_is_sent_to_https(in_front_of_nginx: Gateway) -> None:
    answer = in_front_of_nginx.get("http://dev.wadexu.cloud/some/page?q=1")
    assert (answer.status, answer.header("location")) == (301, "https://dev.wadexu.cloud/some/page?q=1")


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_tls_below_the_minimum_is_refused(in_front_of_nginx: Gateway, version: str) -> None:
    with pytest.raises(ssl.SSLError) as refused:
        in_front_of_nginx.get(_SITE, context=in_front_of_nginx.only(version))
    # The article's FAQ 1, word for word.
    assert refused.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_from_the_minimum_on_is_served(in_front_of_nginx: Gateway, version: str) -> None:
    assert in_front_of_nginx.get(_SITE, context=in_front_of_nginx.only(version)).status == 200


def test_what_a_client_says_of_the_protocol_is_not_believed(in_front_of_nginx: Gateway) -> None:
    answer = in_front_of_nginx.get("http://dev.wadexu.cloud/", {"x-forwarded-proto": "https"})
    assert answer.status == 301


def test_proxies_in_front_are_believed(tmp_path: Path) -> None:
    project = article(tmp_path)
    env = project.root / "live/dev/env.yaml"
    hops = "load_balancer: {l7_hops: 1}\n    module: {ip_deny: [{remote: 192.0.2.0/24}]}"
    env.write_text(env.read_text().replace("load_balancer: {ip: 35.232.98.249}", hops))
    behind = {"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7"}
    with previewing(project) as gateway:
        url = "http://dev.wadexu.cloud/"
        assert gateway.get(url, behind).status == 200
        assert gateway.get(url, {**behind, "x-forwarded-proto": "http"}).status == 301
        assert gateway.get(url, {**behind, "x-forwarded-for": "192.0.2.7"}).status == 403


def test_a_name_without_a_mapping_is_not_found(in_front_of_nginx: Gateway) -> None:
    assert in_front_of_nginx.get("https://other.wadexu.cloud/").status == 404


def test_a_name_without_a_host_gets_no_tls(in_front_of_nginx: Gateway) -> None:
    with pytest.raises(ssl.SSLError):
        in_front_of_nginx.get("https://dev.example.com/")


def test_the_document_says_where_and_what(in_front_of_nginx: Gateway) -> None:
    document = in_front_of_nginx.document
    assert document["version"] == 1
    assert [(one["name"], one["port"], one["protocol"]) for one in document["listeners"]] == [
        ("http-listener", 8080, "HTTP"),
        ("https-listener", 8443, "HTTPS"),
    ]
    assert {one["bound"][0] for one in document["listeners"]} == {"127.0.0.1"}
    (route,) = document["routes"]
    assert route["to"].startswith("my-nginx.nginx:80 (127.0.0.1:")
    assert (route["host"], route["hostname"], route["prefix"]) == ("*.wadexu.cloud", "dev.wadexu.cloud", "/")
    assert (route["secure"], route["insecure"]) == ("route", "redirect to https")
    assert document["unsupported"] == []


def test_checks_end_the_preview_by_themselves(tmp_path: Path) -> None:
    project = article(tmp_path)
    good = project.run("preview", "dev", "--check", _SITE, "--check", "http://dev.wadexu.cloud/")
    assert good.status == 0, good.err
    assert f"ok    {_SITE}: 200 OK" in good.out
    assert "ok    http://dev.wadexu.cloud/: 301 Moved Permanently, to https://dev.wadexu.cloud/" in good.out


def test_a_check_that_fails_is_1(tmp_path: Path) -> None:
    urls = ("https://nobody.wadexu.cloud/", "https://dev.example.com/", "http://dev.wadexu.cloud:81/")
    flags = [word for url in urls for word in ("--check", url)]
    bad = article(tmp_path).run("preview", "dev", "--json", *flags)
    assert bad.status == 1
    checks = bad.json["checks"]
    assert [one["ok"] for one in checks] == [False, False, False]
    assert checks[0]["status"] == 404
    assert checks[1]["message"] == "no TLS: WRONG_VERSION_NUMBER"
    assert checks[2]["message"] == "connection refused: no Listener serves port 81"


def test_a_given_certificate_is_served_and_its_names_are_looked_at(tmp_path: Path) -> None:
    project = article(tmp_path / "project")
    cert, key = self_signed(tmp_path, ["elsewhere.example.com"])
    done = project.run("preview", "dev", "--secret", f"secret/tls-secret={cert},{key}", "--check", _SITE)
    assert done.status == 1
    assert "the certificate does not fit: Hostname mismatch" in done.out


def test_a_key_of_another_certificate_is_an_error(tmp_path: Path) -> None:
    cert, _ = self_signed(tmp_path, ["*.wadexu.cloud"])
    _, key = self_signed(tmp_path, ["*.wadexu.cloud"], stem="other")
    done = article(tmp_path / "project").run("preview", "dev", "--secret", f"secret/tls-secret={cert},{key}")
    assert done.status == 1
    assert "error[E672]" in done.err
    assert "does not belong to the certificate" in done.err
    assert "PRIVATE" not in done.err


def test_a_key_with_a_password_is_an_error_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path, ["*.wadexu.cloud"])
    locked = load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(locked.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")))
    project = article(tmp_path / "project")
    done = project.run("preview", "dev", "--secret", f"secret/tls-secret={cert},{key}", stdin="x\n")
    assert done.status == 1
    assert f"{key} is not PEM without a password" in done.err


def test_two_previews_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    project = article(tmp_path)
    with previewing(project) as one, previewing(project) as other:
        assert set(one.bound) == set(other.bound) == {8080, 8443}
        assert not set(one.bound.values()) & set(other.bound.values())
        for gateway in (one, other):
            assert gateway.get(_SITE).seen["service"] == "my-nginx.nginx:80"


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_and_nothing_is_left_behind(tmp_path: Path, end: signal.Signals) -> None:
    project = article(tmp_path / "project")
    # Too long a path for a socket in it.
    scratch = tmp_path / ("long" * 20)
    scratch.mkdir()
    if end == signal.SIGTERM:
        project.env["TMPDIR"] = str(scratch)
    with previewing(project, end=end, status=130 if end == signal.SIGINT else 143) as gateway:
        folder = gateway.trusted[0].parent
        key = folder / "secret-0.key"
        assert (folder.stat().st_mode & 0o777, key.stat().st_mode & 0o777) == (0o700, 0o600)
    assert not folder.exists()
    assert list(scratch.iterdir()) == []


def test_envoy_dies_with_a_preview_that_is_killed(tmp_path: Path) -> None:
    with previewing(article(tmp_path), end=signal.SIGKILL, status=-signal.SIGKILL) as gateway:
        folder = gateway.trusted[0].parent
        (envoy,) = [pid for pid, words in working_in(folder).items() if "--disable-hot-restart" in words]
        assert (Path("/proc") / str(envoy) / "exe").readlink().name == "envoy"
    wait_for(lambda: envoy not in working_in(folder))
    shutil.rmtree(folder)


def test_several_installs_have_to_be_told_apart(tmp_path: Path) -> None:
    project = ProjectKit(tmp_path)
    shutil.copytree(_LIVE / "prod", tmp_path / "live/prod", ignore=lambda _, names: set(names) - {"env.yaml"})
    project.write({"tfwrap.toml": ""})
    unsaid = project.run("preview", "prod")
    assert (unsaid.status, "--install public or --install private" in unsaid.err) == (64, True)
    typo = project.run("preview", "prod", "--install", "privat")
    assert (typo.status, "did you mean private?" in typo.err) == (64, True)
    # Its allow list would shut out everybody on this machine.
    private = project.run("preview", "prod", "--install", "private", "--check", "https://admin.internal.example.com/")
    assert private.status == 0, private.err
    assert "Module ambassador, ip_allow: clients on loopback are let in as well" in private.out


def test_options_that_cannot_be_meant_are_all_told_at_once(tmp_path: Path) -> None:
    wrong = {
        "--upstream=my-ngin.nginx=127.0.0.1:1": "did you mean my-nginx.nginx?",
        "--upstream=my-nginx.nginx=127.0.0.1": "it should be SERVICE=HOST:PORT",
        "--secret=secret/tls-secre=a,b": "did you mean secret/tls-secret?",
        "--secret=tls-secret=a,b": "it should be NAMESPACE/NAME=CERT,KEY",
        "--check=dev.wadexu.cloud": "it should be http://NAME/",
    }
    done = article(tmp_path).run("preview", "dev", *wrong)
    assert done.status == 64
    assert done.err.count("error[E674]") == len(wrong)
    for said in wrong.values():
        assert said in done.err


def test_other_stacks_have_no_preview(project: ProjectKit) -> None:
    project.write(
        {"live/dev/env.yaml": "stack: units\nunits: {one: {module: ../../modules/echo, inputs: {text: a}}}\n"}
    )
    done = project.run("preview", "dev")
    assert done.status == 1
    assert "error[E670]" in done.err


def test_the_environment_of_the_test_is_not_needed(tmp_path: Path) -> None:
    """No PATH, no cluster, no Terraform."""
    project = article(tmp_path)
    project.env |= {"PATH": str(tmp_path), "KUBECONFIG": os.devnull}
    assert project.run("preview", "dev", "--check", _SITE).status == 0
