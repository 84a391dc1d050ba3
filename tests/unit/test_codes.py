"""Every code that tfwrap can say has a page, and every page is of a code that it can say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = {page.stem: page for page in (ROOT / "docs" / "codes").glob("*.md")}
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tfwrap").rglob("*.py"))
SAID = set(re.findall(r'"([ER]\d{1,3})"', SOURCE))


def test_every_code_has_a_page() -> None:
    assert sorted(SAID - set(PAGES)) == []


def test_every_error_page_is_of_a_code_that_is_said() -> None:
    errors = {code for code in PAGES if code.startswith("E")}
    assert sorted(errors - SAID) == []


@pytest.mark.parametrize("code", sorted(PAGES))
def test_a_page_begins_with_its_code(code: str) -> None:
    first = PAGES[code].read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(rf"# {code}: \S.*", first)
