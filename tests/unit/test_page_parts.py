"""The parts of the review page that are plain data: rows side by side, bars; and what must never be on it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from golden import records
from hypothesis import given
from hypothesis import strategies as st

from tfwrap.base.problems import Problem
from tfwrap.report.page import page
from tfwrap.report.page_timings import timings_svg
from tfwrap.report.side_by_side import Row, side_by_side
from tfwrap.run.record import FileChange

TEXTS = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12).map(lambda lines: "".join(f"{x}\n" for x in lines))


def test_a_changed_line_stands_beside_its_former_self() -> None:
    before = "".join(f"{number}\n" for number in range(20))
    assert side_by_side(before, before.replace("10\n", "ten\n")) == [
        Row("gap"),
        *(Row("same", number, str(number - 1), number, str(number - 1)) for number in (8, 9, 10)),
        Row("changed", 11, "10", 11, "ten"),
        *(Row("same", number, str(number - 1), number, str(number - 1)) for number in (12, 13, 14)),
        Row("gap"),
    ]


def test_a_new_file_has_only_a_right_side_a_deleted_one_only_a_left() -> None:
    assert side_by_side(None, "x\n") == [Row("added", None, "", 1, "x")]
    assert side_by_side("x\n", None) == [Row("removed", 1, "x")]
    assert side_by_side("x\n", "x\n") == []


@given(TEXTS, TEXTS)
def test_both_sides_can_be_read_back(before: str, after: str) -> None:
    rows = side_by_side(before, after)
    left, right = before.splitlines(), after.splitlines()
    for row in rows:
        assert row.left_number is None or left[row.left_number - 1] == row.left
        assert row.right_number is None or right[row.right_number - 1] == row.right
        assert row.kind != "same" or row.left == row.right
    shown = {row.left_number for row in rows}, {row.right_number for row in rows}
    hidden = [
        [line for n, line in enumerate(side, 1) if n not in seen]
        for side, seen in zip((left, right), shown, strict=True)
    ]
    assert hidden[0] == hidden[1]  # what is cut out is the same on both sides


def test_bars_are_as_long_as_their_phases() -> None:
    root = ET.fromstring(timings_svg({"a": {"init": 1.0, "plan": 3.0}, "b<": {"plan": 2.0}, "idle": {}}))  # noqa: S314 - our own
    bars = [(bar.attrib["class"], float(bar.attrib["width"])) for bar in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars == [("phase-init", 155.0), ("phase-plan", 465.0), ("phase-plan", 310.0)]
    assert "b<" in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert timings_svg({"idle": {"total": 0.0}}) == ""


class Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", ["emissary", "mixed", "applied", "destroyed", "drifted"])
def test_the_page_asks_for_nothing_and_runs_only_its_own_script(name: str) -> None:
    record = getattr(records, name)()
    evil = '"><script>x</script><a href="javascript:x" onclick=x>'
    record.problems = [Problem("E1", evil, hint=evil)]
    record.files = (FileChange(record.units[0].name, evil, None, evil),)
    record.units[0].reason = evil
    finder = Finder()
    finder.feed(page(record))
    tags = [tag for tag, _ in finder.tags]
    assert (tags.count("script"), tags.count("style")) == (1, 1)
    assert not {"img", "link", "iframe", "object", "base"} & set(tags)
    for _, attributes in finder.tags:
        assert not [key for key in attributes if key.startswith("on") or key in ("src", "style")]
        assert (attributes.get("href") or "#").startswith("#")
    policy = next(a["content"] for tag, a in finder.tags if tag == "meta" and "http-equiv" in a)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; base-uri 'none'", policy or ""
    )


def test_sensitive_values_are_not_on_it() -> None:
    text = page(records.mixed())
    assert "(sensitive value)" in text
    assert "hunter2" not in text
