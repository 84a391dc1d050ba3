"""What doctor and verify give back: a list of checks, each with its fix; and the same for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tfwrap.base.problems import Failure


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    message: str
    fix: str | None = None


def failed(name: str, failure: Failure) -> Check:
    """A check that ended in a failure: its first problem, and how many more there are."""
    first = failure.problems[0]
    more = f" (and {len(failure.problems) - 1} more)" if len(failure.problems) > 1 else ""
    return Check(name, False, f"{first.code}: {first.message}{more}", first.hint or f"tfwrap explain {first.code}")


def lines(checks: Iterable[Check]) -> Iterable[str]:
    for check in checks:
        yield f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.message}"
        if check.fix:
            yield f"      {check.fix}"


def junit(title: str, environment: str, checks: Sequence[Check]) -> str:
    """JUnit XML, each check a test case."""
    from xml.etree import ElementTree as ET

    numbers = {"tests": str(len(checks)), "failures": str(sum(not check.ok for check in checks)), "errors": "0"}
    suites = ET.Element("testsuites", {"name": "tfwrap", **numbers})
    suite = ET.SubElement(suites, "testsuite", {"name": f"tfwrap {title} {environment}", **numbers})
    for check in checks:
        case = ET.SubElement(suite, "testcase", {"classname": environment, "name": check.name, "time": "0"})
        if check.ok:
            ET.SubElement(case, "system-out").text = check.message
        else:
            ET.SubElement(case, "failure", {"message": check.message}).text = check.fix or check.message
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'
