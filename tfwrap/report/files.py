"""`--report FILE`: the record as a file, whole or not at all, in the format its suffix names."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tfwrap.base.files import write_atomic
from tfwrap.base.problems import Problem, UsageFailure
from tfwrap.run.record import RunRecord


def write_report(record: RunRecord, path: Path) -> None:
    write_atomic(path, writer(path)(record))


def writer(path: Path) -> Callable[[RunRecord], str]:
    """The writer for `path`; a command asks before it starts, so that a typo costs nothing."""
    if path.suffix not in _WRITERS:
        formats = ", ".join(_WRITERS)
        raise UsageFailure(Problem("E331", f"no report is written as {path.name}", hint=f"use one of {formats}"))
    return _WRITERS[path.suffix]


def json_document(record: RunRecord) -> str:
    from tfwrap.report.document import document

    return json.dumps(document(record), indent=2, ensure_ascii=False) + "\n"


def _junit(record: RunRecord) -> str:
    from tfwrap.report.junit import junit

    return junit(record)


def _markdown(record: RunRecord) -> str:
    from tfwrap.report.markdown import markdown

    return markdown(record)


def _page(record: RunRecord) -> str:
    from tfwrap.report.page import page

    return page(record)


_WRITERS: dict[str, Callable[[RunRecord], str]] = {
    ".json": json_document,
    ".xml": _junit,
    ".md": _markdown,
    ".html": _page,
}
