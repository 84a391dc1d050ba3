"""A chart of CRDs from an official manifest."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tfwrap.base.problems import Failure
from tfwrap.cluster.crds_chart import application_line, write_crds_chart

MANIFEST = """\
apiVersion: v1
kind: Namespace
metadata: {name: emissary-system}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: hosts.getambassador.io
  labels: {app.kubernetes.io/name: emissary-apiext}
spec:
  group: getambassador.io
  description: 'uses {{ braces }}'
status: {conditions: []}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: emissary-apiext, namespace: emissary-system}
spec: {template: {spec: {containers: [{image: docker.io/emissaryingress/emissary:3.2.0}]}}}
"""


def _write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "emissary-crds.yaml"
    file.write_text(text)
    return file


def test_crds_stay_and_the_namespace_is_left_to_the_release(tmp_path: Path) -> None:
    write_crds_chart(_write(tmp_path, MANIFEST), "8.2.0", tmp_path / "chart")
    text = (tmp_path / "chart/templates/crds.yaml").read_text()
    assert 'uses {{ "{{" }} braces }}' in text
    crd, deployment = YAML(typ="safe").load_all(text.replace('{{ "{{" }}', "{{"))
    assert crd["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert crd["metadata"]["labels"] == {"app.kubernetes.io/name": "emissary-apiext"}
    assert "status" not in crd
    assert deployment["kind"] == "Deployment"
    description = YAML(typ="safe").load((tmp_path / "chart/Chart.yaml").read_text())
    assert (description["name"], description["version"], description["appVersion"]) == (
        "emissary-crds",
        "8.2.0",
        "3.2.0",
    )


def test_a_manifest_of_another_emissary_is_refused_at_its_image(tmp_path: Path) -> None:
    with pytest.raises(Failure) as raised:
        write_crds_chart(_write(tmp_path, MANIFEST.replace(":3.2.0", ":3.9.1")), "8.2.0", tmp_path / "chart")
    (problem,) = raised.value.problems
    assert problem.code == "E643"
    assert "Emissary 3.9.1" in problem.message
    assert problem.location is not None
    assert problem.location.line == 18


@pytest.mark.parametrize("text", ["kind: ConfigMap\nmetadata: {name: x}\n", "a: [\n", ""])
def test_what_is_no_manifest_of_crds_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Failure) as raised:
        write_crds_chart(_write(tmp_path, text), "8.2.0", tmp_path / "chart")
    assert [problem.code for problem in raised.value.problems] == ["E643"]
    assert not (tmp_path / "chart").exists()


@pytest.mark.parametrize(
    ("chart", "emissary"), [("8.2.0", "3.2"), ("8.12.1", "3.12"), ("7.3.0", "2"), ("4.0.1", "4.0"), ("latest", None)]
)
def test_chart_and_application_versions_go_together(chart: str, emissary: str | None) -> None:
    assert application_line(chart) == emissary
