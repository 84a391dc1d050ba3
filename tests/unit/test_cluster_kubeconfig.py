"""Kubeconfigs as kubectl reads them, and what is wrong with those that cannot be used."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tfwrap.base.problems import Failure
from tfwrap.cluster.kubeconfig import gke_context, read_access

USER = {"client-certificate-data": base64.b64encode(b"CERT").decode(), "client-key": "keys/client.key"}


def _write(file: Path, **over: Any) -> Path:
    data: dict[str, Any] = {
        "current-context": "dev",
        "clusters": [{"name": "c", "cluster": {"server": "https://c.example:6443/", "tls-server-name": "kubernetes"}}],
        "users": [{"name": "u", "user": USER}],
        "contexts": [{"name": "dev", "context": {"cluster": "c", "user": "u"}}],
        **over,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data))
    return file


def _fault(environ: dict[str, str], context: str | None = None) -> str:
    with pytest.raises(Failure) as raised:
        read_access(environ, context)
    (problem,) = raised.value.problems
    assert problem.code == "E646"
    return f"{problem.message} | {problem.hint}"


def test_data_and_files_relative_to_the_kubeconfig(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/client.key").write_bytes(b"KEY")
    access = read_access({"KUBECONFIG": str(_write(tmp_path / "config"))})
    assert (access.server, access.server_name) == ("https://c.example:6443", "kubernetes")
    assert (access.certificate, access.key) == (b"CERT", b"KEY")
    assert "CERT" not in repr(access)
    assert "KEY" not in repr(access)


def test_the_first_of_several_files_counts(tmp_path: Path) -> None:
    one = _write(tmp_path / "one", contexts=[], users=[], **{"current-context": None})
    two = _write(tmp_path / "two", clusters=[{"name": "c", "cluster": {"server": "https://other"}}])
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/client.key").write_bytes(b"KEY")
    access = read_access({"KUBECONFIG": f"{one}:{two}:{tmp_path / 'missing'}"})
    assert (access.context, access.server) == ("dev", "https://c.example:6443")


def test_terraforms_own_variables_come_first(tmp_path: Path) -> None:
    one = _write(tmp_path / "one", users=[{"name": "u", "user": {"token": "secret-token"}}])
    environ = {"KUBECONFIG": str(tmp_path / "missing"), "KUBE_CONFIG_PATH": str(one), "KUBE_CTX": "dev"}
    access = read_access(environ)
    assert access.token == "secret-token"
    assert "secret-token" not in repr(access)


def test_what_is_missing_is_told_with_what_there_is(tmp_path: Path) -> None:
    environ = {"KUBECONFIG": str(_write(tmp_path / "config"))}
    assert "there is no kubeconfig" in _fault({"HOME": str(tmp_path)})
    assert "has no context dve | did you mean dev?" in _fault(environ, "dve")
    gke = gke_context("p", "us-central1", "sre-gke")
    assert f"has no context {gke} | known: dev" in _fault(environ, gke)
    assert "client-key of the kubeconfig cannot be read" in _fault(environ)
    _write(tmp_path / "config", **{"current-context": None})
    assert "no current context" in _fault(environ)
    _write(tmp_path / "config", users=[{"name": "u", "user": {"auth-provider": {"name": "gcp"}}}])
    assert "gave up in 1.26" in _fault(environ)


def test_a_file_that_is_not_yaml_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("token: [very-secret-thing\n")
    assert "very-secret" not in _fault({"KUBECONFIG": str(tmp_path / "config")})
