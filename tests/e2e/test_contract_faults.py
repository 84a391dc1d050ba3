"""Faults of different kinds in one env.yaml are told together: an unknown key hides nothing else."""

from __future__ import annotations

import pytest
from kit.project import ProjectKit

_INSTALL = """\
stack: emissary
project_id: p
cluster: {name: c, region: r, access: gke}
installs:
  one:
    namespace: n
    ambassador_id: a
"""

EMISSARY = {
    "a key that is no setting, and a rule": (
        """\
    replicas: {min: 2, mx: 3}
    hosts:
      - {name: h, spec: {hostname: '*.a.b', tlsContext: {name: t}}}
    tls_contexts:
      - {name: t, spec: {hosts: ['*.a.b']}}
""",
        ["E102 8:24", "R10 10:57"],
    ),
    "a mistyped key counts as what it means": (
        """\
    hosts:
      - {name: h, spec: {hostname: '*.a.b', tlsContext: {name: t}}}
    tls_context:
      - {name: t, spec: {hosts: ['*.a.b'], min_tls_versio: v1.2}}
""",
        ["R10 9:57", "E102 10:5"],
    ),
    "a value that a rule refuses, and other rules": (
        """\
    cluster_request_timeout_ms: "12"
    hosts:
      - {name: h, spec: {hostname: '*.a.b', tlsContext: {name: t}}}
    tls_contexts:
      - {name: t, spec: {hosts: ['*.a.b'], min_tls_version: v1.9}}
""",
        ["R37 8:33", "R10 10:57", "R16 12:61"],
    ),
    "nothing is made up of what stands beside a key that means nothing": (
        """\
    hosts:
      - {name: h, spec: {hostname: '*.a.b', tlsContext: {name: t}, zzz: {name: s}}}
    tls_contexts:
      - {name: t, spec: {hosts: ['*.a.b']}}
""",
        ["E102 9:68"],
    ),
}

UNITS = {
    "an unknown key": (
        """\
stack: units
bakend: {}
units:
  a: {module: ../../modules/echo, inputs: {text: x}, aftr: [b]}
  b: {module: ../../modules/nowhere}
  c: {module: ../../modules/echo, inputs: {text: "${z.id}"}}
  d: {module: ../../modules/echo, inputs: {txt: x}}
""",
        ["E102 2:1", "E102 4:54", "E107 5:15", "E111 6:51", "E104 7:35", "E102 7:44"],
    ),
    "a required key under another name": (
        """\
stack: units
units:
  a: {modul: ../../modules/echo, inputs: {text: x}}
  b: {module: ../../modules/echo, inputs: {text: "${b.id}"}}
""",
        ["E102 3:7", "E112 4:51"],
    ),
    "a type that is wrong leaves the rest untold": (
        """\
stack: units
units:
  a: {module: ../../modules/echo, inputs: 3}
  b: {module: ../../modules/nowhere, aftr: []}
""",
        ["E103 3:43", "E102 4:38"],
    ),
}


def _told(project: ProjectKit, settings: str) -> list[str]:
    project.write({"live/dev/env.yaml": settings})
    outcome = project.run("validate", "dev", "--json")
    assert outcome.status == 1
    return [f"{problem['code']} {problem['line']}:{problem['column']}" for problem in outcome.json["problems"]]


@pytest.mark.parametrize("case", EMISSARY)
def test_every_fault_of_an_install_is_told(project: ProjectKit, case: str) -> None:
    settings, told = EMISSARY[case]
    assert _told(project, _INSTALL + settings) == told


@pytest.mark.parametrize("case", UNITS)
def test_every_fault_of_the_units_is_told(project: ProjectKit, case: str) -> None:
    settings, told = UNITS[case]
    assert _told(project, settings) == told


def test_a_fault_of_an_extended_file_is_told_where_it_stands(project: ProjectKit) -> None:
    project.write({"live/base.yaml": "stack: units\nunits:\n  a: {module: ../modules/echo, input: {txt: x}}\n"})
    project.write({"live/dev/env.yaml": "extends: ../base.yaml\nunits:\n  b: {module: nowhere}\n"})
    problems = project.run("validate", "dev", "--json").json["problems"]
    assert [(problem["code"], problem["file"], problem["line"]) for problem in problems] == [
        ("E102", "live/base.yaml", 3),
        ("E104", "live/base.yaml", 3),
        ("E102", "live/base.yaml", 3),
        ("E107", "live/dev/env.yaml", 3),
    ]
