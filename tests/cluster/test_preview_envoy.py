"""Envoy itself: what it makes of compiled configurations, and what we say when it is not there or refuses."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit.certificates import self_signed

from tfwrap.base.exits import Exit
from tfwrap.base.problems import Failure
from tfwrap.cluster.preview.compile import Surroundings, compile_site
from tfwrap.cluster.preview.envoy import PortTakenError, find_envoy, running_envoy
from tfwrap.cluster.preview.fields import HANDLED, MODULE_HANDLED, WHY_NOT
from tfwrap.cluster.preview.ports import choose_ports
from tfwrap.cluster.preview.session import Ready, Wishes, preview
from tfwrap.cluster.preview.show import text
from tfwrap.cluster.preview.site import read_site
from tfwrap.cluster.preview.tls import KeyPair
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.mapping import MappingSpec
from tfwrap.stacks.emissary.module_config import ModuleConfig

_EDGE = {"namespace": "edge", "ambassador_id": "edge"}


def test_without_an_envoy_there_is_a_hint(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        find_envoy({"PATH": str(tmp_path)}, package=None)
    (problem,) = failure.value.problems
    assert (problem.code, problem.hint) == ("E671", "pip install 'tfwrap[preview]'")


def test_an_envoy_on_the_path_will_do(tmp_path: Path) -> None:
    program = tmp_path / "envoy"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_envoy({"PATH": str(tmp_path)}, package=None) == program


def test_an_envoy_of_another_machine_is_told(tmp_path: Path) -> None:
    program = tmp_path / "envoy"
    program.write_bytes(b"\x7fELF of something else")
    program.chmod(0o755)
    with pytest.raises(Failure) as failure:
        _start({}, tmp_path, program)
    (problem,) = failure.value.problems
    assert (problem.code, problem.message) == ("E671", f"{program} cannot be started: Exec format error")


def _start(config: dict[str, Any], folder: Path, program: Path | None = None) -> None:
    async def start() -> None:
        config["admin"] = {"address": {"pipe": {"path": str(folder / "admin"), "mode": 0o600}}}
        async with running_envoy(program or find_envoy({}), config, folder):
            pytest.fail("it runs")

    asyncio.run(start())


def test_what_envoy_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        _start({"static_resources": {"clusters": [{"name": "c", "lb_policy": "DICE"}]}}, tmp_path)
    (problem,) = failure.value.problems
    assert problem.code == "E673"
    assert "DICE" in (problem.hint or "")


def test_a_port_taken_at_the_last_moment_is_noticed(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        site = read_site(Install.model_validate(_EDGE))
        ports = {one.name: taken.getsockname()[1] for one in site.listeners}
        around = Surroundings(tmp_path / "admin", ("127.0.0.1", 1), {}, {}, ports)
        with pytest.raises(PortTakenError):
            _start(dict(compile_site(site, {}, around).config), tmp_path)
        own = {**_EDGE, "listeners": [_listener("a", taken.getsockname()[1])]}
        assert choose_ports(read_site(Install.model_validate(own)).listeners) == {"a": 0}


def _listener(name: str, port: int, protocol: str = "HTTPS") -> dict[str, Any]:
    binding = {"namespace": {"from": "SELF"}}
    return {
        "name": name,
        "spec": {"port": port, "protocol": protocol, "securityModel": "XFP", "hostBinding": binding},
    }


def test_listeners_that_open_no_port_are_nothing_to_preview() -> None:
    install = Install.model_validate({**_EDGE, "listeners": [_listener("raw", 8443, "TCP")]})
    shown: list[Ready] = []
    with pytest.raises(Failure) as failure:
        asyncio.run(preview(read_site(install), {}, Wishes(), shown.append))
    (problem,) = failure.value.problems
    assert shown == []
    assert (problem.code, problem.hint) == ("E675", "Listener raw: the preview serves HTTP over TCP only")


def test_checks_show_once_and_count() -> None:
    install = {
        **_EDGE,
        "mappings": [{"name": "m", "spec": {"hostname": "a.example.com", "prefix": "/", "service": "web"}}],
    }
    shown: list[Ready] = []
    wishes = Wishes(checks=("http://a.example.com/", "http://a.example.com/b"))
    status = asyncio.run(preview(read_site(Install.model_validate(install)), {}, wishes, shown.append))
    assert status == Exit.OK
    (ready,) = shown
    assert [one.status for one in ready.checked] == [200, 200]
    said = text(ready)
    assert "Host default-host, hostname: there is no Host, so Emissary makes one up" in said
    assert "ok    http://a.example.com/b: 200 OK" in said
    waiting = text(replace(ready, checked=()))
    at = ":".join(map(str, ready.listeners[0][1]))
    assert f"Try: curl --connect-to a.example.com:80:{at} http://a.example.com/" in waiting


def test_every_field_of_a_mapping_is_followed_or_explained() -> None:
    fields = set(MappingSpec.model_fields)
    assert HANDLED | set(WHY_NOT) == fields
    assert not HANDLED & set(WHY_NOT)


def test_every_followed_key_of_the_module_exists() -> None:
    assert MODULE_HANDLED - set(ModuleConfig.model_fields) == set()


_WORD = st.sampled_from(["a", "b-c", "x1"])
_PREFIX = st.lists(_WORD, max_size=3).map(lambda words: "/" + "".join(f"{word}/" for word in words))
_NUMBER = st.integers(0, 10_000)
_FIELDS: Mapping[str, st.SearchStrategy[Any]] = {
    "rewrite": st.sampled_from(["", "/", "/x/"]),
    "method": st.sampled_from(["GET", "POST"]),
    "headers": st.dictionaries(_WORD.map(lambda word: f"x-{word}"), _WORD, max_size=2),
    "regex_headers": st.dictionaries(_WORD, st.just("^a+[0-9]*$"), max_size=1),
    "query_parameters": st.dictionaries(_WORD, _WORD, max_size=2),
    "precedence": st.integers(0, 3),
    "weight": st.integers(0, 30),
    "timeout_ms": _NUMBER,
    "idle_timeout_ms": _NUMBER,
    "connect_timeout_ms": st.integers(1, 10_000),
    "case_sensitive": st.booleans(),
    "prefix_exact": st.booleans(),
    "host_redirect": st.booleans(),
    "shadow": st.booleans(),
    "grpc": st.booleans(),
    "add_request_headers": st.dictionaries(_WORD, st.builds(dict, value=_WORD, append=st.booleans()), max_size=2),
    "remove_response_headers": st.lists(_WORD, max_size=2),
    "cors": st.builds(dict, origins=st.lists(st.just("https://a.example.com"), max_size=1), credentials=st.booleans()),
    "retry_policy": st.builds(dict, retry_on=st.sampled_from(["5xx", "gateway-error"]), num_retries=st.integers(0, 5)),
    "circuit_breakers": st.lists(
        st.builds(dict, priority=st.sampled_from(["default", "high"]), max_connections=_NUMBER),
        max_size=2,
        unique_by=lambda one: one["priority"],
    ),
    "keepalive": st.builds(dict, idle_time=st.integers(1, 99), probes=st.integers(1, 9)),
    "load_balancer": st.sampled_from(
        [{"policy": "round_robin"}, {"policy": "maglev", "header": "x-a"}, {"policy": "ring_hash", "source_ip": True}]
    ),
    "priority": st.sampled_from(["default", "high"]),
    "allow_upgrade": st.lists(st.sampled_from(["websocket", "spdy/3.1"]), unique=True, max_size=2),
}
_MODULE = {
    "server_name": _WORD,
    "gzip": st.sampled_from([{}, {"min_content_length": 64}, {"window_bits": 12, "content_type": ["text/html"]}]),
    "buffer": st.just({"max_request_bytes": 1024}),
    "lua_scripts": st.just("function envoy_on_request(handle)\nend\n"),
    "enable_grpc_web": st.booleans(),
    "enable_http10": st.booleans(),
    "proper_case": st.booleans(),
    "merge_slashes": st.booleans(),
    "strip_matching_host_port": st.booleans(),
    "reject_requests_with_escaped_slashes": st.booleans(),
    "headers_with_underscores_action": st.sampled_from(["ALLOW", "DROP_HEADER"]),
    "max_request_headers_kb": st.integers(1, 96),
    "listener_idle_timeout_ms": st.integers(1, 9999),
    "buffer_limit_bytes": st.integers(0, 9999),
    "ip_allow": st.lists(st.sampled_from([{"remote": "10.0.0.0/8"}, {"peer": "192.0.2.1"}]), min_size=1, max_size=2),
    "suppress_envoy_headers": st.booleans(),
}


def _some(fields: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict(fields))


@st.composite
def installs(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(["a.example.com", "*.example.com", "*"]), unique=True, max_size=3))
    hosts = []
    for number, name in enumerate(names):
        action = draw(st.sampled_from(["Route", "Redirect", "Reject"]))
        spec: dict[str, Any] = {"hostname": name, "requestPolicy": {"insecure": {"action": action}}}
        if draw(st.booleans()):
            low, high = sorted(draw(st.lists(st.sampled_from(["v1.0", "v1.2", "v1.3"]), min_size=2, max_size=2)))
            spec |= {"tlsSecret": {"name": "s"}, "tls": {"min_tls_version": low, "max_tls_version": high}}
        hosts.append({"name": f"host-{number}", "spec": spec})
    mappings = []
    for number in range(draw(st.integers(0, 6))):
        name = draw(st.sampled_from(["a.example.com", "*.example.com", "*"]))
        spec = {"hostname": name, "prefix": draw(_PREFIX), "service": "web:8080", **draw(_some(_FIELDS))}
        mappings.append({"name": f"mapping-{number}", "spec": spec})
    return {**_EDGE, "hosts": hosts, "mappings": mappings, "module": draw(_some(_MODULE))}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    return KeyPair(*self_signed(tmp_path_factory.mktemp("pair"), ["*.example.com"]), made=True)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=installs())
def test_whatever_is_configured_envoy_takes_it(tmp_path: Path, pair: KeyPair, data: dict[str, Any]) -> None:
    site = read_site(Install.model_validate(data))
    pairs = {host.secret: pair for host in site.hosts if host.secret}
    around = Surroundings(tmp_path / "admin", ("127.0.0.1", 1), {}, pairs, {})
    config = tmp_path / "envoy.json"
    config.write_text(json.dumps(compile_site(site, data["module"], around).config))
    done = subprocess.run(
        [find_envoy({}), "--mode", "validate", "--disable-hot-restart", "--log-level", "error", "-c", config],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
