"""The report as JUnit XML: a unit is a test case, so that every CI shows which one failed and why."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tfwrap.report.outcome import result_in_words, said, total_seconds, why
from tfwrap.report.text import failure_lines
from tfwrap.report.words import printable
from tfwrap.run.record import RunRecord, UnitRecord

_SKIPPED = ("blocked", "deferred", "excluded")
_FAILED = ("failed", "interrupted", "needs_replan", None)


def junit(record: RunRecord) -> str:
    results = [unit.result for unit in record.units]
    numbers = {
        "tests": str(len(results) + bool(record.problems)),
        "failures": str(sum(result in _FAILED for result in results)),
        "errors": str(int(_has_errors(record))),
        "skipped": str(sum(result in _SKIPPED for result in results)),
        "time": f"{record.seconds:.3f}",
    }
    suites = ET.Element("testsuites", {"name": "tfwrap", **numbers})
    name = f"tfwrap {record.command} {record.environment}"
    suite = ET.SubElement(suites, "testsuite", {"name": name, **numbers})
    if record.problems:
        _settings_case(suite, record)
    for unit in record.units:
        _case(suite, unit, record)
    ET.indent(suites)
    # ElementTree's own declaration names the locale's encoding; files are UTF-8
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _has_errors(record: RunRecord) -> bool:
    return any(problem.severity == "error" for problem in record.problems)


def _settings_case(suite: ET.Element, record: RunRecord) -> None:
    """What was wrong with the run itself, as a case of its own."""
    case = ET.SubElement(suite, "testcase", {"classname": record.environment, "name": "(run)", "time": "0"})
    told = [printable(f"{problem.code}: {problem.message}") for problem in record.problems]
    if _has_errors(record):
        ET.SubElement(case, "error", {"message": told[0]}).text = "\n".join(told)
    else:
        ET.SubElement(case, "system-out").text = "\n".join(told)


def _case(suite: ET.Element, unit: UnitRecord, record: RunRecord) -> None:
    facts = {"classname": record.environment, "name": unit.name, "time": f"{total_seconds(unit):.3f}"}
    case = ET.SubElement(suite, "testcase", facts)
    message = printable(why(unit) or result_in_words(unit))
    if unit.result in _SKIPPED:
        ET.SubElement(case, "skipped", {"message": f"{result_in_words(unit)}: {message}"})
    elif unit.result in _FAILED:
        text = "\n".join(line.text for line in failure_lines(unit, record))
        ET.SubElement(case, "failure", {"message": message, "type": unit.result or "interrupted"}).text = text
    elif words := said(unit, record.command):
        ET.SubElement(case, "system-out").text = printable(words)
