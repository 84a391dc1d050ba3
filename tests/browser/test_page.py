"""The review page in a real Chromium: what is on it, how it is found, whether everybody can use it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from golden import records
from parts.chromium import violations
from playwright.sync_api import Page, expect

from tfwrap.base.problems import Location, Problem
from tfwrap.report.page import page
from tfwrap.run.record import FileChange, RunRecord

BEFORE = "".join(f"line {number}\n" for number in range(30))
EVIL = "</script><script>document.title = 'evil'</script><img src=x onerror=alert(1)>"


def reviewed(name: str) -> RunRecord:
    record: RunRecord = getattr(records, name)()
    names = [unit.name for unit in record.units]
    record.after = {name: (names[(index - 1) // 2],) if index else () for index, name in enumerate(names)}
    main = f"live/dev/{names[0]}/main.tf"
    record.files = (
        FileChange(None, "live/dev/env.yaml", None, "stack: units\n"),
        FileChange(names[0], main, BEFORE, BEFORE.replace("line 12", f"line twelve {EVIL}")),
    )
    place = Location(record.root / "live/dev/env.yaml", 3, 4)
    record.problems = [Problem("E119", f"providers.x is required by no module {EVIL}", place, "take it out", "warning")]
    return record


def write(folder: Path, record: RunRecord) -> str:
    path = folder / "review.html"
    path.write_text(page(record), encoding="utf-8")
    return path.as_uri()


def visible(tab: Page) -> list[str]:
    return tab.locator("details.unit:visible > summary h3").all_inner_texts()


@pytest.mark.parametrize("name", ["mixed", "emissary", "drifted"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(tab: Page, tmp_path: Path, name: str, scheme: Any) -> None:
    tab.emulate_media(color_scheme=scheme)
    tab.goto(write(tmp_path, reviewed(name)))
    assert violations(tab) == []


def test_it_shows_every_unit_in_the_colour_of_its_result(tab: Page, tmp_path: Path) -> None:
    record = reviewed("mixed")
    tab.goto(write(tmp_path, record))
    assert tab.title() == "tfwrap plan dev"  # also what was said in files and problems is only text
    assert visible(tab) == [unit.name for unit in record.units]
    for unit in record.units:
        box = tab.locator(f'svg .unit[data-unit="{unit.name}"]')
        assert (unit.result or "interrupted") in (box.get_attribute("class") or "").split()
    strokes = {
        name: tab.locator(f'[data-unit="{name}"] rect').evaluate("it => getComputedStyle(it).stroke")
        for name in ("new", "network", "app", "off")
    }
    assert len(set(strokes.values())) == 4  # done, failed, waiting, nothing to do
    assert tab.locator("svg path[data-from]").count() == len(record.units) - 1
    expect(tab.locator("#problems")).to_contain_text("live/dev/env.yaml:3:4")
    expect(tab.locator("#timings svg")).to_contain_text("network")


def test_search_finds_values_and_shows_only_their_parts(tab: Page, tmp_path: Path) -> None:
    tab.goto(write(tmp_path, reviewed("mixed")))
    tab.keyboard.press("/")
    tab.keyboard.type("triggers_replace")
    expect(tab.locator("#found")).to_have_text("2 found")
    assert visible(tab) == ["shapes", "new"]
    parts = tab.locator("#unit-shapes .part:visible h4").all_inner_texts()
    assert len(parts) == 1
    assert "terraform_data.replaced" in parts[0]
    expect(tab.locator("#unit-shapes > summary")).to_be_in_viewport()  # below the graph and the table as it is
    expect(tab.locator("#problems")).to_be_hidden()  # no heading over nothing
    tab.keyboard.press("Escape")
    assert len(visible(tab)) == 9
    expect(tab.locator("#problems")).to_be_visible()
    tab.get_by_label("only what changes").check()
    assert "off" not in visible(tab)
    assert "network" in visible(tab)


def test_a_link_leads_to_its_resource_whatever_is_hidden(tab: Page, tmp_path: Path) -> None:
    uri = write(tmp_path, reviewed("mixed"))
    part = "unit-shapes--terraform_data.counted[1]"
    tab.goto(f"{uri}#{quote(part)}")
    expect(tab.locator(f'[id="{part}"]')).to_be_in_viewport()
    tab.keyboard.press("c")
    expect(tab.locator(f'[id="{part}"]')).to_be_hidden()
    tab.get_by_label("Search").fill("dns")
    tab.evaluate("id => { location.hash = ''; location.hash = '#' + encodeURIComponent(id); }", part)
    expect(tab.locator(f'[id="{part}"]')).to_be_in_viewport()
    tab.locator('svg [data-unit="old"] a').click()
    expect(tab.locator("#unit-old > summary")).to_be_focused()


def test_keys_lead_through_the_units(tab: Page, tmp_path: Path) -> None:
    record = reviewed("mixed")
    tab.goto(write(tmp_path, record))
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    expect(tab.locator("#unit-new > summary")).to_be_focused()
    tab.keyboard.press("k")
    expect(tab.locator("#unit-shapes > summary")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator("#unit-shapes .part").first).to_be_hidden()
    tab.keyboard.press("?")
    expect(tab.locator("#keys")).to_be_visible()
    tab.keyboard.press("Escape")
    before = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.keyboard.press("t")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != before
    tab.reload()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_files_stand_side_by_side(tab: Page, tmp_path: Path) -> None:
    tab.goto(write(tmp_path, reviewed("mixed")))
    rows = tab.locator("#unit-shapes .file tr.changed")
    expect(rows).to_have_count(1)
    left, right = (rows.locator(f"td.{side}") for side in ("left", "right"))
    assert (left.inner_text(), right.inner_text()) == ("line 12", f"line twelve {EVIL}")
    assert tab.locator("#unit-shapes .file tr.same").count() == 6
    assert tab.locator("#unit-shapes .file tr.gap").count() == 2
    here, there = left.bounding_box(), right.bounding_box()
    assert here
    assert there
    assert here["x"] + here["width"] <= there["x"]
    expect(tab.locator("#files")).to_contain_text("live/dev/env.yaml")


def test_it_says_everything_without_its_script_and_on_a_phone(tab: Page, tmp_path: Path) -> None:
    record = reviewed("applied")
    path = tmp_path / "plain.html"
    path.write_text(page(record).replace("<script>", '<script type="text/plain">'), encoding="utf-8")
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(path.as_uri())
    assert len(visible(tab)) == len(record.units)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_big_run_stays_quick(tab: Page, tmp_path: Path) -> None:
    record = reviewed("mixed")
    first = record.units[0]
    record.units = [replace(first, name=f"unit-{number}") for number in range(300)]
    record.after = {f"unit-{number}": (f"unit-{number // 3}",) if number > 2 else () for number in range(300)}
    record.files = ()
    tab.goto(write(tmp_path, record))
    tab.get_by_label("Search").fill("unit-29 gone")
    expect(tab.locator("#found")).to_have_text("14 found")  # three come after unit-29
