from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from golden import records
from golden.golden import assert_golden

from tfwrap.base.problems import Problem, UsageFailure
from tfwrap.report.document import document
from tfwrap.report.files import write_report, writer
from tfwrap.report.junit import junit
from tfwrap.report.line import Line
from tfwrap.report.markdown import fenced, markdown, plain


def test_the_suffix_names_the_format(tmp_path: Path) -> None:
    record = records.mixed()
    for name in ("a.json", "deep/b.xml", "c.md"):
        write_report(record, tmp_path / name)
    assert json.loads((tmp_path / "a.json").read_text()) == document(record)
    assert ET.fromstring((tmp_path / "deep" / "b.xml").read_text()).tag == "testsuites"  # noqa: S314 (our own)
    assert (tmp_path / "c.md").read_text().startswith("### tfwrap plan dev\n")


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.JSON"])
def test_another_suffix_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageFailure) as failure:
        write_report(records.emissary(), tmp_path / name)
    assert failure.value.problems[0].code == "E331"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageFailure):
        writer(tmp_path / name)


@pytest.mark.parametrize("name", ["emissary", "mixed", "applied"])
def test_junit(name: str) -> None:
    assert_golden(junit(getattr(records, name)()), f"junit/{name}.xml")


def test_junit_counts_what_it_says() -> None:
    suites = ET.fromstring(junit(records.mixed()))  # noqa: S314 (our own)
    assert len(suites.findall(".//testcase")) == int(suites.attrib["tests"]) == 9
    assert len(suites.findall(".//failure")) == int(suites.attrib["failures"]) == 2
    assert len(suites.findall(".//skipped")) == int(suites.attrib["skipped"]) == 3


def test_junit_survives_what_xml_cannot_say() -> None:
    record = records.mixed()
    record.unit("network").problems = [Problem("E500", "bad \x00 \x1b[31m </failure> \ud800")]
    record.problems = [Problem("E1", "run \x07")]
    suites = ET.fromstring(junit(record))  # noqa: S314 (our own)
    assert suites.attrib["errors"] == "1"
    failure = next(iter(suites.iter("failure")))
    assert "</failure>" in failure.attrib["message"]


@pytest.mark.parametrize("name", ["emissary", "mixed"])
def test_markdown(name: str) -> None:
    assert_golden(markdown(getattr(records, name)()), f"markdown/{name}.md")


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert fenced([Line("```"), Line("+ `````x")]) == "``````diff\n```\n+ `````x\n``````"
    assert fenced([Line("a")]).startswith("```diff\n")


def test_outside_of_a_fence_text_stays_text() -> None:
    record = records.mixed()
    record.unit("app").reason = "``` @admins <img src=x onerror=alert(1)> | a"
    shown = markdown(record)
    assert "<img" not in shown.replace("app   blocked: ``` @admins <img", "")
    assert shown.count("````diff") == 1
    assert plain("@team <b> a|b &amp; `x` #1") == "@\u200bteam \\<b\\> a\\|b &amp;amp; \\`x\\` \\#1"


def test_no_secret_in_any_report() -> None:
    for name in ("emissary", "mixed", "applied", "destroyed", "drifted"):
        record = getattr(records, name)()
        for text in (markdown(record), junit(record), json.dumps(document(record))):
            assert "hunter2" not in text
