"""`ignore` silences one rule for one resource, is listed, and is told of when it is stale."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from golden.rules.kit import FOLDER

from tfwrap.base.problems import SettingsFailure
from tfwrap.settings.document import Document, read_document
from tfwrap.settings.environment import parse
from tfwrap.stacks.emissary.checks import Silenced, check
from tfwrap.stacks.emissary.config import config_values
from tfwrap.stacks.emissary.settings import EmissarySettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = {"rule": "R37", "reason": "reports take hours"}


def environment(tmp_path: Path, **install: Any) -> tuple[EmissarySettings, Document]:
    """The base of the golden cases, with some keys of its install replaced."""
    data = copy.deepcopy(read_document(FOLDER / "base.yaml").data)
    data["installs"]["edge"] |= install
    file = tmp_path / "env.yaml"
    file.write_text(json.dumps(data, indent=1))
    document = read_document(file)
    return parse(document, EmissarySettings), document


def slow_mapping(**more: Any) -> dict[str, Any]:
    return {
        "name": "report",
        "spec": {"hostname": "*", "prefix": "/", "service": "report.shop", "timeout_ms": 0},
    } | more


def test_a_resource_silences_its_own_fault(tmp_path: Path) -> None:
    settings, document = environment(tmp_path, mappings=[slow_mapping(ignore=[HOURS])])
    assert check(settings, document).problems == []
    assert check(settings, document).silenced == [Silenced("R37", "Mapping report", "reports take hours")]


def test_another_resource_is_still_told_of(tmp_path: Path) -> None:
    other = slow_mapping(name="other")
    other["spec"] |= {"prefix": "/other/"}
    settings, document = environment(tmp_path, mappings=[slow_mapping(ignore=[HOURS]), other])
    (problem,) = check(settings, document).problems
    assert problem.code == "R37"
    assert "Mapping other" in problem.message


def test_another_rule_is_still_told_of(tmp_path: Path) -> None:
    mapping = slow_mapping(ignore=[HOURS])
    mapping["spec"]["prefix"] = "report/"
    settings, document = environment(tmp_path, mappings=[mapping])
    assert [problem.code for problem in check(settings, document).problems] == ["R29"]


def test_an_install_silences_faults_of_its_own(tmp_path: Path) -> None:
    reason = "the balancer of the cloud has a firewall"
    settings, document = environment(tmp_path, access="private", ignore=[{"rule": "R40", "reason": reason}])
    assert check(settings, document).problems == []
    assert check(settings, document).silenced == [Silenced("R40", "install edge", reason)]


def test_an_install_does_not_silence_its_resources(tmp_path: Path) -> None:
    settings, document = environment(tmp_path, mappings=[slow_mapping()], ignore=[HOURS])
    assert sorted(problem.code for problem in check(settings, document).problems) == ["E154", "R37"]


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("hosts", {"name": "shop", "spec": {"tlsSecret": {"name": "shop-tls", "namespace": "secret"}}}),
        ("tls_contexts", {"name": "other", "spec": {}}),
        ("mappings", {"name": "web", "spec": {"hostname": "*", "prefix": "/", "service": "web.shop"}}),
        ("resources", {"kind": "LogService", "name": "log", "spec": {"service": "log.shop"}}),
    ],
)
def test_a_stale_ignore_is_a_warning_where_it_stands(tmp_path: Path, key: str, resource: dict[str, Any]) -> None:
    ignore = [{"rule": "R50", "reason": "once"}]
    host = {"name": "shop", "spec": {"tlsSecret": {"name": "shop-tls", "namespace": "secret"}}}
    resources = {"hosts": [host], "tls_contexts": [], key: [resource | {"ignore": ignore}]}
    settings, document = environment(tmp_path, **resources)
    (problem,) = check(settings, document).problems
    assert (problem.code, problem.severity) == ("E154", "warning")
    assert problem.location == document.location(("installs", "edge", key, 0, "ignore", 0))


def test_a_rule_of_the_models_cannot_be_silenced(tmp_path: Path) -> None:
    settings, document = environment(tmp_path, ignore=[{"rule": "R16", "reason": "no"}])
    (problem,) = check(settings, document).problems
    assert problem.code == "E154"
    assert problem.message == "install edge ignores R16, which cannot be silenced"


@pytest.mark.parametrize("ignore", [{"rule": "R15"}, {"rule": "R15", "reason": ""}, {"rule": "E107", "reason": "no"}])
def test_an_ignore_needs_a_rule_and_a_reason(tmp_path: Path, ignore: dict[str, str]) -> None:
    with pytest.raises(SettingsFailure):
        environment(tmp_path, ignore=[ignore])


def test_an_ignore_is_no_part_of_a_manifest(tmp_path: Path) -> None:
    settings, _ = environment(tmp_path, mappings=[slow_mapping(ignore=[HOURS])])
    (values,) = config_values(settings.installs["edge"], "edge")["mappings"]
    assert sorted(values) == ["name", "spec"]
