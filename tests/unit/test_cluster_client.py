"""The Kubernetes client against a server on loopback: client certificates, server names, answers that are none."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kit.certificates import self_signed

from tfwrap.base.problems import Failure
from tfwrap.cluster.client import Client, Refused
from tfwrap.cluster.kubeconfig import Access, LoginHelper

ANSWERS = {
    "/version": (200, json.dumps({"gitVersion": "v1.35.4"})),
    "/gone": (404, json.dumps({"message": "not here"})),
    "/forbidden": (403, json.dumps({"message": "no right to"})),
    "/unknown": (401, "Unauthorized"),
    "/page": (200, "<html>a proxy's login page</html>"),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, text = ANSWERS[self.path]
        self.send_response_only(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as the standard library has it)
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that refuses the certificate is what some tests are about."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("client")
    self_signed(made, ["kubernetes"], stem="server")
    self_signed(made, ["someone"], stem="client")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """Answers those only who have the client's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    context.load_verify_locations(folder / "client.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    listening = _Server(("127.0.0.1", 0), _Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listening.server_address[1]}"
    listening.shutdown()
    listening.server_close()
    thread.join()


def _client(server: str, folder: Path, name: str | None = "kubernetes", who: str = "client") -> Client:
    certificate, key = ((folder / f"{who}.{kind}").read_bytes() for kind in ("crt", "key"))
    ca = (folder / "server.crt").read_text()
    access = Access("dev", server, folder, ca=ca, server_name=name, certificate=certificate, key=key)
    return Client(access, {})


def test_a_client_certificate_and_the_servers_other_name(server: str, folder: Path) -> None:
    client = _client(server, folder)
    assert client.get("/version") == {"gitVersion": "v1.35.4"}
    assert client.find("/gone") is None


def test_a_refusal_has_the_servers_words(server: str, folder: Path) -> None:
    client = _client(server, folder)
    with pytest.raises(Refused, match="no right to"):
        client.find("/forbidden")
    with pytest.raises(Refused, match="credentials of the kubeconfig are not accepted"):
        client.get("/unknown")


@pytest.mark.parametrize(
    ("name", "who", "path", "said"),
    [
        (None, "client", "/version", "its certificate is not trusted"),
        ("kubernetes", "server", "/version", "cannot be reached"),
        ("kubernetes", "client", "/page", "cannot be reached"),
    ],
)
def test_no_answer_is_a_failure_with_a_way_out(
    server: str, folder: Path, name: str | None, who: str, path: str, said: str
) -> None:
    with pytest.raises(Failure) as raised:
        _client(server, folder, name, who).get(path)
    (problem,) = raised.value.problems
    assert problem.code == "E647"
    assert said in problem.message
    assert problem.hint


def test_a_login_helper_may_give_a_certificate(server: str, folder: Path) -> None:
    certificate, key = ((folder / f"client.{kind}").read_text() for kind in ("crt", "key"))
    status = {"clientCertificateData": certificate, "clientKeyData": key}
    (folder / "answer.json").write_text(json.dumps({"status": status}))
    helper = LoginHelper(("cat", str(folder / "answer.json")), {}, "client.authentication.k8s.io/v1", None)
    access = Access("dev", server, folder, (folder / "server.crt").read_text(), server_name="kubernetes", helper=helper)
    assert Client(access, {"PATH": "/usr/bin:/bin"}).get("/version")["gitVersion"] == "v1.35.4"
