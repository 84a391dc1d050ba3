"""A thousand Mappings cost ten times what a hundred cost: counted as work, not in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.work import compare, work_of

from tfwrap.base.problems import Location
from tfwrap.settings.document import Document
from tfwrap.settings.yaml_source import Node
from tfwrap.stacks.emissary.checks import check
from tfwrap.stacks.emissary.settings import EmissarySettings

PLACE = Location(Path("env.yaml"), 1, 1)


def of_size(count: int, make: Callable[[int], dict[str, Any]]) -> tuple[int, list[str]]:
    items = [make(number) for number in range(count)]
    install = {
        "namespace": "edge",
        "ambassador_id": "edge",
        "hosts": [item["host"] for item in items],
        "tls_contexts": [item["context"] for item in items],
        "mappings": [item["mapping"] for item in items],
    }
    data = {
        "stack": "emissary",
        "project_id": "p",
        "cluster": {"name": "c", "access": "kubeconfig"},
        "external_secrets": [{"name": f"s{number}", "namespace": "secret"} for number in range(count)],
        "installs": {"edge": install},
    }
    settings = EmissarySettings.model_validate_json(json.dumps(data))
    document = Document(PLACE.file, Node({}, PLACE), data, (PLACE.file,))  # reading YAML is not what is counted
    found: list[str] = []
    work = work_of(lambda: found.extend(problem.code for problem in check(settings, document).problems))
    return work, found


def healthy(number: int) -> dict[str, Any]:
    name = f"n{number}.example.com"
    return {
        "host": {
            "name": f"h{number}",
            "spec": {
                "hostname": name,
                "tlsContext": {"name": f"c{number}"},
                "tlsSecret": {"name": f"s{number}", "namespace": "secret"},
            },
        },
        "context": {"name": f"c{number}", "spec": {"hosts": [name]}},
        "mapping": {
            "name": f"m{number}",
            "spec": {"hostname": name, "prefix": "/", "service": f"s{number}.shop:80"},
        },
    }


def selecting(number: int) -> dict[str, Any]:
    """All Hosts take all names, and each only Mappings of its own label, which no Mapping has."""
    item = healthy(number)
    item["host"]["spec"] = {
        "hostname": "*",
        "mappingSelector": {"matchLabels": {"app": f"a{number}", "tier": "web"}},
        "tlsSecret": {"name": f"s{number}", "namespace": "secret"},
    }
    item["mapping"]["labels"] = {"app": f"b{number}", "tier": "web"}
    return item


def the_same(number: int) -> dict[str, Any]:
    item = healthy(number)
    item["mapping"]["spec"]["hostname"] = "*.example.com"
    return item


@pytest.mark.parametrize(
    ("make", "codes"), [(healthy, []), (selecting, ["R26"]), (the_same, ["R27"])], ids=["healthy", "R26", "R27"]
)
def test_work_grows_with_the_settings_only(make: Callable[[int], dict[str, Any]], codes: list[str]) -> None:
    few, found_in_few = of_size(100, make)
    many, found_in_many = of_size(1000, make)
    assert sorted(set(found_in_few)) == sorted(set(found_in_many)) == codes
    compare(few, many, least=1000)
