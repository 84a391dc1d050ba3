"""Every field of Mappings, Hosts and TLSContexts that a preview follows, asked of one real Envoy."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from kit.gateway import Gateway, previewing
from kit.project import ProjectKit

_ROUTE = {"requestPolicy": {"insecure": {"action": "Route"}}}
_SECRET = {"tlsSecret": {"name": "tls", "namespace": "secret"}}


def _mapping(name: str, prefix: str, hostname: str | None = "plain.example.com", **spec: Any) -> dict[str, Any]:
    named = {} if hostname is None else {"hostname": hostname}
    return {"name": name, "spec": {**named, "prefix": prefix, "service": f"{name}.apps", **spec}}


# Envoy's own choice of ciphers has none that old versions know.
OLD_TLS = {"min_tls_version": "v1.0", "cipher_suites": ["ECDHE-RSA-AES128-SHA"]}

HOSTS = [
    {"name": "plain", "spec": {"hostname": "plain.example.com", **_ROUTE}},
    {
        "name": "labelled",
        "spec": {"hostname": "labelled.example.com", "mappingSelector": {"matchLabels": {"for": "it"}}, **_ROUTE},
    },
    {"name": "wild", "spec": {"hostname": "*.wild.example.com", **_SECRET}},
    {
        "name": "reject",
        "spec": {"hostname": "reject.example.com", "requestPolicy": {"insecure": {"action": "Reject"}}, **_SECRET},
    },
    {"name": "old", "spec": {"hostname": "old.example.com", "tls": OLD_TLS, **_SECRET}},
    {
        "name": "twelve",
        "spec": {"hostname": "twelve.example.com", "tls": {"max_tls_version": "v1.2"}, **_SECRET},
    },
    {
        "name": "two",
        "spec": {"hostname": "two.example.com", "tlsContext": {"name": "two"}, **_SECRET},
    },
]

MAPPINGS = [
    _mapping("default", "/app/"),
    _mapping("kept", "/kept/", rewrite=""),
    _mapping("moved", "/moved/", rewrite="/v2/"),
    _mapping("exact", "/exact", prefix_exact=True, rewrite=""),
    _mapping("regex", "/id/[0-9]+", prefix_regex=True, rewrite=""),
    _mapping(
        "regex-rewrite",
        "/swap/",
        regex_rewrite={"pattern": "/swap/([^/]+)/([^/]+)", "substitution": "/\\2/\\1"},
    ),
    _mapping("caseless", "/caseless/", case_sensitive=False),
    _mapping("get-only", "/method/", method="GET"),
    _mapping("any-method", "/method/"),
    _mapping("with-header", "/header/", headers={"x-kind": "special"}),
    _mapping("with-regex-header", "/header/", regex_headers={"x-kind": "^a+$"}),
    _mapping("without-header", "/header/"),
    _mapping("with-query", "/query/", query_parameters={"v": "2"}),
    _mapping("with-regex-query", "/query/", regex_query_parameters={"v": "^[a-z]+$"}),
    _mapping("without-query", "/query/"),
    _mapping("long", "/prefer/this/"),
    _mapping("urgent", "/prefer/", precedence=10),
    _mapping("canary", "/split/", weight=30),
    _mapping("stable", "/split/"),
    _mapping("nobody", "/all/"),
    _mapping("everybody", "/all/", weight=100),
    _mapping("gone", "/gone/", host_redirect=True, path_redirect="/here", redirect_response_code=308),
    _mapping("shifted", "/shifted/", host_redirect=True, prefix_redirect="/there/"),
    _mapping(
        "headers",
        "/headers/",
        add_request_headers={"x-added": {"value": "more"}, "x-set": {"value": "this", "append": False}},
        remove_request_headers=["x-secret"],
        add_response_headers={"x-answer": {"value": "42"}},
        remove_response_headers=["x-envoy-upstream-service-time"],
    ),
    _mapping("rewritten", "/rewritten/", host_rewrite="other.example.com"),
    _mapping("linkerd", "/linkerd/", add_linkerd_headers=True),
    _mapping("impatient", "/impatient/", timeout_ms=300),
    _mapping("flaky", "/flaky/", retry_policy={"retry_on": "5xx", "num_retries": 2}),
    _mapping("closed", "/closed/", circuit_breakers=[{"max_connections": 0, "max_pending_requests": 0}]),
    _mapping("upgrade", "/upgrade/", allow_upgrade=["websocket"], rewrite=""),
    _mapping("primary", "/mirrored/"),
    _mapping("shadowed", "/mirrored/", shadow=True),
    _mapping(
        "sticky",
        "/sticky/",
        load_balancer={"policy": "ring_hash", "cookie": {"name": "stick", "ttl": "60s"}},
        resolver="endpoints",
    ),
    _mapping(
        "shared",
        "/shared/",
        cors={
            "origins": ["https://friend.example.com"],
            "methods": ["GET", "PUT"],
            "max_age": "60",
            "credentials": True,
        },
    ),
    _mapping("of-labels", "/labels/", None) | {"labels": {"for": "it"}},
    _mapping("many", "/", "*.wild.example.com"),
    _mapping("one", "/one/", "one.wild.example.com"),
    _mapping("rejecting", "/", "reject.example.com"),
    _mapping("old", "/", "old.example.com"),
    _mapping("twelve", "/", "twelve.example.com"),
    _mapping("two", "/", "two.example.com"),
    _mapping("elsewhere", "/elsewhere/") | {"namespace": "apps"},
    _mapping("charged", "/charged/", labels={"ambassador": [{"all": [{"generic_key": {"value": "x"}}]}]}),
]
for _one in MAPPINGS:
    if _one["name"] == "elsewhere":
        _one["spec"]["service"] = "bare"

INSTALL = {
    "namespace": "edge",
    "ambassador_id": "edge",
    "resolver": {"name": "endpoints"},
    "module": {"server_name": "gate", "ip_deny": [{"remote": "192.0.2.0/24"}]},
    "hosts": HOSTS,
    "tls_contexts": [{"name": "two", "spec": {"hosts": ["two.example.com"], "alpn_protocols": "h2,http/1.1"}}],
    "mappings": MAPPINGS,
}
SETTINGS = {
    "stack": "emissary",
    "project_id": "p",
    "cluster": {"name": "c", "access": "kubeconfig"},
    "external_secrets": [{"name": "tls", "namespace": "secret"}],
    "installs": {"edge": INSTALL},
}


class _Upstream(BaseHTTPRequestHandler):
    """Slow, flaky or switching to another protocol, as the path asks; and it remembers."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        self.asked[self.headers["host"] + self.path] += 1
        if self.path == "/slow":
            time.sleep(1)
        if self.path == "/twice" and self.asked[self.headers["host"] + self.path] < 3:
            self._answer(503, b"not yet")
        elif self.headers.get("upgrade") == "websocket":
            self.send_response(101)
            self.send_header("upgrade", "websocket")
            self.send_header("connection", "upgrade")
            self.end_headers()
            self.wfile.write(self.rfile.read(4).upper())
            self.close_connection = True
        else:
            self._answer(200, b"fine")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):  # too late
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the test's output is for failures."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstream: int) -> Iterator[Gateway]:
    kit = ProjectKit(tmp_path_factory.mktemp("preview"))
    kit.write({"tfwrap.toml": "", "live/dev/env.yaml": json.dumps(SETTINGS, indent=1)})
    given = ("impatient", "flaky", "upgrade", "shadowed")
    flags = [word for name in given for word in ("--upstream", f"{name}.apps=127.0.0.1:{upstream}")]
    with previewing(kit, *flags) as running:
        yield running


_PLAIN = "http://plain.example.com"


@pytest.mark.parametrize(
    ("path", "service", "seen"),
    [
        ("/app/x", "default.apps", "/x"),
        ("/kept/x", "kept.apps", "/kept/x"),
        ("/moved/x", "moved.apps", "/v2/x"),
        ("/exact", "exact.apps", "/exact"),
        ("/id/17", "regex.apps", "/id/17"),
        ("/swap/a/b", "regex-rewrite.apps", "/b/a"),
        ("/CaseLess/x", "caseless.apps", "/x"),
        ("/prefer/this/one", "urgent.apps", "/this/one"),
        ("/all/", "everybody.apps", "/"),
        ("/query/?v=2", "with-query.apps", "/?v=2"),
        ("/query/?v=abc", "with-regex-query.apps", "/?v=abc"),
        ("/query/?v=3", "without-query.apps", "/?v=3"),
        ("/mirrored/", "primary.apps", "/"),
    ],
)
def test_paths_find_their_service(gateway: Gateway, path: str, service: str, seen: str) -> None:
    answer = gateway.get(f"{_PLAIN}{path}")
    assert (answer.status, answer.seen["service"], answer.path) == (200, service, seen)


@pytest.mark.parametrize("path", ["/exact/more", "/id/x", "/id/17/x", "/App/x", "/nowhere", "/"])
def test_other_paths_find_none(gateway: Gateway, path: str) -> None:
    assert gateway.get(f"{_PLAIN}{path}").status == 404


def test_methods(gateway: Gateway) -> None:
    assert gateway.get(f"{_PLAIN}/method/").seen["service"] == "get-only.apps"
    assert gateway.get(f"{_PLAIN}/method/", method="PUT").seen["service"] == "any-method.apps"


@pytest.mark.parametrize(("value", "service"), [("special", "with"), ("aaa", "with-regex"), ("b", "without")])
def test_headers_decide(gateway: Gateway, value: str, service: str) -> None:
    assert gateway.get(f"{_PLAIN}/header/", {"x-kind": value}).seen["service"] == f"{service}-header.apps"


def test_weights_share_the_traffic(gateway: Gateway) -> None:
    tries = 120
    went = Counter(gateway.get(f"{_PLAIN}/split/").seen["service"] for _ in range(tries))
    assert set(went) == {"canary.apps", "stable.apps"}
    assert went["canary.apps"] < went["stable.apps"]  # 30 to 70: wrong once in 100,000 runs


@pytest.mark.parametrize(
    ("path", "status", "to"),
    [("/gone/x", 308, "http://gone.apps/here"), ("/shifted/x", 301, "http://shifted.apps/there/x")],
)
def test_redirects(gateway: Gateway, path: str, status: int, to: str) -> None:
    answer = gateway.get(f"{_PLAIN}{path}")
    assert (answer.status, answer.header("location")) == (status, to)


def test_headers_are_added_and_removed(gateway: Gateway) -> None:
    answer = gateway.get(f"{_PLAIN}/headers/", {"x-added": "some", "x-set": "that", "x-secret": "psst"})
    assert answer.sent("x-added") == ["some,more"] or answer.sent("x-added") == ["some", "more"]
    assert answer.sent("x-set") == ["this"]
    assert answer.sent("x-secret") == []
    assert answer.header("x-answer") == "42"
    assert answer.header("x-envoy-upstream-service-time") is None
    assert answer.header("server") == "gate"
    assert answer.sent("x-tfwrap-service") == []  # the echo's own business


def test_the_host_header(gateway: Gateway) -> None:
    assert gateway.get(f"{_PLAIN}/rewritten/").seen["host"] == "other.example.com"
    assert gateway.get(f"{_PLAIN}/app/").seen["host"] == "plain.example.com"
    assert gateway.get(f"{_PLAIN}/linkerd/").sent("l5d-dst-override") == ["linkerd.apps:80"]


def test_timeouts(gateway: Gateway) -> None:
    assert gateway.get(f"{_PLAIN}/impatient/fast").status == 200
    assert gateway.get(f"{_PLAIN}/impatient/slow").status == 504


def test_retries(gateway: Gateway) -> None:
    assert gateway.get(f"{_PLAIN}/flaky/twice").status == 200
    assert _Upstream.asked["plain.example.com/twice"] == 3


def test_circuit_breakers(gateway: Gateway) -> None:
    answer = gateway.get(f"{_PLAIN}/closed/")
    assert (answer.status, answer.header("x-envoy-overloaded")) == (503, "true")


def test_upgrades(gateway: Gateway) -> None:
    with gateway.connect(f"{_PLAIN}/") as stream:
        request = (
            "GET /upgrade/ HTTP/1.1\r\nHost: plain.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        stream.sendall(request.encode() + b"ping")
        said = b""
        while not said.endswith(b"PING"):
            piece = stream.recv(4096)
            assert piece, said
            said += piece
    assert said.startswith(b"HTTP/1.1 101 ")


def test_shadows_get_a_copy(gateway: Gateway) -> None:
    before = _copies()
    assert gateway.get(f"{_PLAIN}/mirrored/").seen["service"] == "primary.apps"
    deadline = time.monotonic() + 10
    while _copies() == before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _copies() == before + 1


def _copies() -> int:
    return sum(number for name, number in _Upstream.asked.items() if name.startswith("plain.example.com-shadow"))


def test_sticky_sessions(gateway: Gateway) -> None:
    assert (gateway.get(f"{_PLAIN}/sticky/").header("set-cookie") or "").startswith('stick="')


def test_cors(gateway: Gateway) -> None:
    asking = {"origin": "https://friend.example.com", "access-control-request-method": "PUT"}
    answer = gateway.get(f"{_PLAIN}/shared/", asking, method="OPTIONS")
    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == "https://friend.example.com"
    assert answer.header("access-control-allow-methods") == "GET, PUT"
    assert answer.header("access-control-allow-credentials") == "true"
    assert answer.header("access-control-max-age") == "60"
    stranger = gateway.get(f"{_PLAIN}/shared/", {**asking, "origin": "https://else.example.com"}, method="OPTIONS")
    assert stranger.header("access-control-allow-origin") is None


def test_selectors_take_mappings_without_a_name(gateway: Gateway) -> None:
    assert gateway.get("http://labelled.example.com/labels/").seen["service"] == "of-labels.apps"
    assert gateway.get(f"{_PLAIN}/labels/").status == 404


def test_globs(gateway: Gateway) -> None:
    assert gateway.get("https://one.wild.example.com/one/").seen["service"] == "one.apps"
    assert gateway.get("https://two.wild.example.com/one/").seen["service"] == "many.apps"
    redirected = gateway.get("http://two.wild.example.com/x")
    assert (redirected.status, redirected.header("location")) == (301, "https://two.wild.example.com/x")
    assert gateway.get("http://wild.example.com/").status == 404  # not the name itself


def test_clear_text_is_rejected(gateway: Gateway) -> None:
    assert gateway.get("https://reject.example.com/").status == 200
    assert gateway.get("http://reject.example.com/").status == 404


def test_versions_of_tls(gateway: Gateway) -> None:
    assert gateway.get("https://old.example.com/", context=gateway.only("TLSv1_1")).status == 200
    assert gateway.get("https://twelve.example.com/", context=gateway.only("TLSv1_2")).status == 200
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        gateway.get("https://twelve.example.com/", context=gateway.only("TLSv1_3"))


def test_alpn(gateway: Gateway) -> None:
    context = gateway.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with gateway.connect("https://two.example.com/", context) as stream:
        assert isinstance(stream, ssl.SSLSocket)
        assert stream.selected_alpn_protocol() == "h2"


def test_what_is_not_followed_is_listed(gateway: Gateway) -> None:
    assert gateway.unsupported() == {("Mapping sticky", "resolver"), ("Mapping charged", "labels")}


def test_services_without_a_namespace_are_looked_up_in_the_mappings(gateway: Gateway) -> None:
    assert gateway.get(f"{_PLAIN}/elsewhere/").seen["service"] == "bare"


def test_the_table_of_routes(gateway: Gateway) -> None:
    rows = {(row["host"], row["mapping"]): row for row in gateway.document["routes"]}
    assert rows["plain.example.com", "canary"]["share"] == 30
    assert rows["plain.example.com", "stable"]["share"] == 70
    assert rows["plain.example.com", "gone"]["to"] == "redirect to gone.apps"
    assert rows["plain.example.com", "default"]["secure"] is None
    assert rows["reject.example.com", "rejecting"]["insecure"] == "reject"
    assert rows["labelled.example.com", "of-labels"]["hostname"] == "*"
    assert ("plain.example.com", "shadowed") not in rows
