"""The graph on a page: every unit readable, what one hangs on shown."""

from __future__ import annotations

from pathlib import Path

from parts.chromium import violations
from playwright.sync_api import Page, expect

from tfwrap.graph.dag import Dag
from tfwrap.report.graph_page import graph_page


def big(count: int) -> Dag:
    edges = {
        f"unit-{index}": tuple(f"unit-{one}" for one in dict.fromkeys((index - 12, index - 13)) if one >= 0)
        for index in range(count)
    }
    return Dag(tuple(edges), edges)


def test_three_hundred_units_can_be_read_and_followed(tab: Page, tmp_path: Path) -> None:
    path = tmp_path / "graph.html"
    path.write_text(graph_page("dev", big(300)), encoding="utf-8")
    tab.goto(path.as_uri())
    heights = tab.locator("svg .unit text").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert len(heights) == 300
    assert min(heights) >= 12
    tab.locator('[data-unit="unit-24"] a').focus()
    near = tab.locator("svg .unit.near").evaluate_all("all => all.map(one => one.dataset.unit)")
    assert {"unit-0", "unit-12", "unit-24", "unit-36", "unit-299"} <= set(near)
    assert "unit-25" not in near
    tab.get_by_label("Search").fill("unit-29")
    expect(tab.locator("#found")).to_have_text("11 found")
    before = tab.locator("svg").bounding_box()
    tab.get_by_label("Larger").click()
    after = tab.locator("svg").bounding_box()
    assert before
    assert after
    assert after["width"] > before["width"] * 1.2
    assert violations(tab) == []


def test_its_colours_are_explained_where_there_are_any(tab: Page, tmp_path: Path) -> None:
    path = tmp_path / "graph.html"
    path.write_text(graph_page("dev", big(1), {"unit-0": "loses"}), encoding="utf-8")
    tab.goto(path.as_uri())
    expect(tab.locator(".legend")).to_contain_text("loses something, or failed")
    expect(tab.locator("#found")).to_have_text("1 unit; choose one to see what it hangs on, and what hangs on it.")
    assert violations(tab) == []
    path.write_text(graph_page("dev", big(1)), encoding="utf-8")
    tab.goto(path.as_uri())
    expect(tab.locator(".legend")).to_have_count(0)
