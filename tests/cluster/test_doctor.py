"""`tfwrap doctor`: an Emissary environment looked at on a real API server, before anything is applied."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from kit.certificates import self_signed
from kit.edge import EDGE
from kit.project import ProjectKit
from parts.controlplane import ControlPlane

pytestmark = pytest.mark.xdist_group("cluster-doctor")

ENV = (
    EDGE
    + """\
    load_balancer: {ip: 192.0.2.7}
    hosts:
      - name: site
        spec:
          hostname: '*.example.com'
          requestPolicy: {insecure: {action: Redirect}}
          tlsSecret: {name: tls-secret, namespace: secret}
"""
)


@pytest.fixture
def dev(plane: ControlPlane, tmp_path: Path) -> ProjectKit:
    kit = ProjectKit(tmp_path / "project", {"KUBECONFIG": str(plane.kubeconfig()), "HOME": str(tmp_path)})
    kit.write({"tfwrap.toml": "", "live/dev/env.yaml": ENV})
    assert plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "secret"}}).returncode == 0
    plane.kubectl("delete", "secret", "-n", "secret", "tls-secret", "--ignore-not-found")
    return kit


def _checks(kit: ProjectKit) -> dict[str, dict[str, Any]]:
    outcome = kit.run("doctor", "dev", "--json")
    assert outcome.err == ""
    assert outcome.status == (0 if all(check["ok"] for check in outcome.json) else 1)
    return {check["name"]: check for check in outcome.json}


def _put(plane: ControlPlane, certificate: Path, key: Path, kind: str = "kubernetes.io/tls") -> None:
    data = {"tls.crt": certificate.read_bytes(), "tls.key": key.read_bytes()}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "tls-secret", "namespace": "secret"},
        "type": kind,
        "data": {name: base64.b64encode(value).decode() for name, value in data.items()},
    }
    done = plane.apply(secret)
    assert done.returncode == 0, done.stderr


def test_all_is_well(dev: ProjectKit, plane: ControlPlane, tmp_path: Path) -> None:
    _put(plane, *self_signed(tmp_path, ["*.example.com"], days=90))
    checks = _checks(dev)
    assert [check for check in checks.values() if not check["ok"] and check["name"] != "git"] == []
    assert checks["cluster"]["message"].startswith(f"Kubernetes 1.35.4 at {plane.server}")
    assert checks["crds"]["message"] == "none yet: unit emissary-crds installs them"
    assert checks["namespace edge"]["message"] == "not there yet: its release makes it"
    assert "fit for *.example.com, valid until" in checks["secret secret/tls-secret"]["message"]


def test_a_missing_secret_comes_with_the_command_that_makes_it(dev: ProjectKit) -> None:
    check = _checks(dev)["secret secret/tls-secret"]
    assert not check["ok"]
    assert "drops the Hosts of *.example.com" in check["message"]
    assert check["fix"] == "kubectl create secret tls -n secret tls-secret --cert tls.crt --key tls.key"


@pytest.mark.parametrize(
    ("names", "days", "said"),
    [
        (["www.other.test"], 9, "it is for www.other.test, not for *.example.com"),
        (["*.example.com"], -1, "the certificate expired on"),
    ],
)
def test_a_certificate_that_does_not_fit(
    dev: ProjectKit, plane: ControlPlane, tmp_path: Path, names: Sequence[str], days: float, said: str
) -> None:
    _put(plane, *self_signed(tmp_path, names, days=days))
    check = _checks(dev)["secret secret/tls-secret"]
    assert not check["ok"]
    assert said in check["message"]


def test_a_key_of_another_certificate_is_told_and_never_shown(
    dev: ProjectKit, plane: ControlPlane, tmp_path: Path
) -> None:
    certificate, _ = self_signed(tmp_path / "one", ["*.example.com"])
    _, key = self_signed(tmp_path / "other", ["*.example.com"])
    _put(plane, certificate, key, "Opaque")  # the API server itself looks at pairs of type kubernetes.io/tls
    dev.write({"live/dev/env.yaml": ENV.replace("namespace: secret}", "namespace: secret, type: Opaque}", 1)})
    outcome = dev.run("doctor", "dev", "--json")
    check = next(check for check in outcome.json if check["name"] == "secret secret/tls-secret")
    assert check["message"] == "the key does not belong to the certificate"
    for line in (*key.read_text().splitlines()[1:-1], *certificate.read_text().splitlines()[1:-1]):
        assert line not in outcome.out + outcome.err


def test_a_secret_of_another_type(dev: ProjectKit, plane: ControlPlane, tmp_path: Path) -> None:
    _put(plane, *self_signed(tmp_path, ["*.example.com"]), "Opaque")
    check = _checks(dev)["secret secret/tls-secret"]
    assert (check["ok"], check["message"]) == (False, "its type is Opaque, env.yaml says kubernetes.io/tls")


def test_permissions_that_are_missing(dev: ProjectKit, plane: ControlPlane) -> None:
    dev.env["KUBECONFIG"] = str(plane.kubeconfig("reader"))
    checks = _checks(dev)
    assert checks["cluster"]["ok"]
    assert (
        "create customresourcedefinitions" in checks["permissions"]["message"]
        or "more" in checks["permissions"]["message"]
    )
    assert "in namespace edge: get secrets" in checks["permissions in edge"]["message"]
    assert not checks["secrets"]["ok"]


def test_another_kubernetes_than_the_checks_are_about(dev: ProjectKit) -> None:
    dev.write({"live/dev/env.yaml": ENV + 'kubernetes_version: "1.33"\n'})
    check = _checks(dev)["cluster"]
    assert not check["ok"]
    assert 'kubernetes_version: "1.35"' in check["fix"]


def test_a_cluster_that_does_not_answer(dev: ProjectKit, plane: ControlPlane, tmp_path: Path) -> None:
    text = plane.kubeconfig().read_text()
    broken = tmp_path / "broken"
    broken.write_text(text.replace(plane.server, "https://127.0.0.1:1"))
    dev.env["KUBECONFIG"] = str(broken)
    check = _checks(dev)["cluster"]
    assert not check["ok"]
    assert check["message"].startswith("E647: https://127.0.0.1:1 (context admin) cannot be reached")


def test_a_login_helper_and_a_context_of_the_settings(dev: ProjectKit, plane: ControlPlane, tmp_path: Path) -> None:
    data = json.loads(plane.kubeconfig().read_text())
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    helper = tmp_path / "helper"
    helper.write_text(
        f"#!{sys.executable}\nprint({json.dumps(json.dumps({**answer, 'status': {'token': 'token-of-admin'}}))})\n"
    )
    helper.chmod(0o755)
    data["users"] = [{"name": "admin", "user": {"exec": {"command": "./helper", "apiVersion": answer["apiVersion"]}}}]
    data["contexts"].append({"name": "other", "context": {"cluster": "nowhere", "user": "admin"}})
    data["current-context"] = "other"
    (tmp_path / "config").write_text(json.dumps(data))
    place = "cluster: {name: c, access: kubeconfig, kubeconfig: ../../../config, context: admin}"
    dev.write({"live/dev/env.yaml": ENV.replace("cluster: {name: c, access: kubeconfig}", place)})
    assert _checks(dev)["cluster"]["ok"]

    helper.write_text("#!/bin/sh\necho 'log in first' >&2\nexit 1\n")
    check = _checks(dev)["cluster"]
    assert "the login helper" in check["message"]
    assert "log in first" in check["message"]
