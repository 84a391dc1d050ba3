"""The graph says what the saved plan would change, until that is applied (behaviour 22)."""

from __future__ import annotations

import re
import shutil

import pytest
from kit.project import ProjectKit
from kit.screen import Screen
from kit.units import prepare, unit

UNITS = {
    "network": unit("echo", text="a"),
    "app": unit("echo", text="on ${network.text}"),
    "zones": unit("count", inputs={"names": ["a", "b"]}),
    "late": unit("late"),
    "waits": unit("count", inputs={"names": "${late.texts}"}),
}


@pytest.fixture
def planned(project: ProjectKit) -> ProjectKit:
    """network would change and app with it, zones lose one of two, waits cannot be planned, late is new."""
    prepare(project, {name: UNITS[name] for name in ("network", "app", "zones")})
    assert project.run("apply", "dev", "--yes").status == 0
    prepare(project, {**UNITS, "network": unit("echo", text="b"), "zones": unit("count", inputs={"names": ["a"]})})
    assert project.run("plan", "dev").status == 0
    return project


def test_in_every_format(planned: ProjectKit) -> None:
    mermaid = planned.run("graph", "dev", "--format", "mermaid").out
    ids = dict(re.findall(r'  (u\d)\["(\w+)"\]', mermaid))
    classes = {
        kind: {ids[key] for key in keys.split(",")}
        for keys, kind in re.findall(r"^  class (\S+) (\w+)$", mermaid, re.MULTILINE)
    }
    assert classes == {"changed": {"network", "app", "late"}, "loses": {"zones"}, "waits": {"waits"}}
    assert all(f"  classDef {kind} fill:#" in mermaid for kind in classes)
    dot = planned.run("graph", "dev", "--format", "dot").out
    filled = dict(re.findall(r'"(\w+)" \[style=filled, fillcolor="(#\w+)"', dot))
    assert filled.keys() == {*UNITS}
    assert len({*filled.values()}) == 3
    picture = planned.run("graph", "dev", "--format", "svg").out
    assert '<g class="loses"><title>zones: would lose resources</title>' in picture
    assert picture.count(".loses rect{fill:") == 2  # light and dark
    page = planned.run("graph", "dev", "--format", "html").out
    assert re.search(r'<g class="unit style-bad" data-unit="zones"><title>zones: would lose resources</title>', page)


def test_on_a_terminal_in_colour_and_words_in_a_pipe_as_it_always_is(planned: ProjectKit) -> None:
    assert planned.run("graph", "dev").out == "network\n└── app\nzones\nlate\n└── waits\n"
    screen = Screen(planned, "graph", "dev")
    assert screen.finish() == 0
    assert screen.lines()[:3] == ["network   would change", "└── app   would change", "zones   would lose resources"]
    assert [screen.color(name)[0] for name in ("network", "zones", "waits")] == ["green", "red", "brown"]


def test_a_plan_that_was_applied_or_spoilt_colours_nothing(planned: ProjectKit) -> None:
    plain = re.sub(r"  class.*\n", "", planned.run("graph", "dev", "--format", "mermaid").out)
    assert planned.run("apply", "dev", "--yes").status == 0
    assert planned.run("graph", "dev", "--format", "mermaid").out == plain
    manifest = planned.root / ".tfwrap/plans/dev/manifest.json"
    (manifest.parent / "journal.json").unlink()
    manifest.write_text("{}")
    assert planned.run("graph", "dev", "--format", "mermaid").out == plain
    shutil.rmtree(manifest.parent)
    assert planned.run("graph", "dev", "--format", "mermaid").out == plain


def test_a_report_for_a_pull_request_draws_it(planned: ProjectKit) -> None:
    assert planned.run("plan", "dev", "-u", "zones", "-u", "late", "-u", "waits", "--report", "plan.md").status == 0
    report = (planned.root / "plan.md").read_text()
    graph = re.search(r"<summary>Graph</summary>\n\n```mermaid\n(.*?)```\n\n</details>", report, re.DOTALL)
    assert graph
    assert all(f'["{name}"]' in graph[1] for name in UNITS)
    ids = dict(re.findall(r'  (u\d)\["(\w+)"\]', graph[1]))
    kinds = {ids[key]: kind for key, kind in re.findall(r"^  class (u\d) (\w+)$", graph[1], re.MULTILINE)}
    assert kinds == {"late": "changed", "zones": "loses", "waits": "waits"}  # the others were not selected
