from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest

from tfwrap.graph.dag import Dag
from tfwrap.graph.draw import dot, json_document, mermaid, svg, tree

DAG = Dag(("net", "dns", "db", "app", "lone"), {"dns": ("net",), "db": ("net",), "app": ("db", "dns", "net")})
SVG = "{http://www.w3.org/2000/svg}"


def test_tree_unfolds_each_unit_once() -> None:
    assert tree(DAG) == (
        "net\n"
        "├── dns\n"
        "│   └── app\n"
        "├── db\n"
        "│   └── app\n"
        "└── app\n"
        "lone\n"
    )  # fmt: skip


def test_tree_says_where_the_rest_is() -> None:
    assert tree(Dag(("a", "b", "c", "d"), {"c": ("a", "b"), "d": ("c",)})) == (
        "a\n"
        "└── c\n"
        "    └── d\n"
        "b\n"
        "└── c (see above)\n"
    )  # fmt: skip


def test_mermaid() -> None:
    assert mermaid(DAG).splitlines() == [
        "graph LR",
        '  u0["net"]',
        '  u1["dns"]',
        '  u2["db"]',
        '  u3["app"]',
        '  u4["lone"]',
        "  u0 --> u1",
        "  u0 --> u2",
        "  u2 --> u3",
        "  u1 --> u3",
        "  u0 --> u3",
    ]


def test_dot() -> None:
    text = dot(Dag(("a", "b"), {"b": ("a",)}))
    assert text == 'digraph units {\n  rankdir=LR;\n  node [shape=box];\n  "a";\n  "b";\n  "a" -> "b";\n}\n'


def test_json_has_all_dependencies_and_layer_0_first() -> None:
    assert json_document("dev", DAG, {"net": ("core",)}) == {
        "version": 1,
        "env": "dev",
        "units": [
            {"name": "net", "after": [], "tags": ["core"], "layer": 0},
            {"name": "lone", "after": [], "tags": [], "layer": 0},
            {"name": "dns", "after": ["net"], "tags": [], "layer": 1},
            {"name": "db", "after": ["net"], "tags": [], "layer": 1},
            {"name": "app", "after": ["db", "dns", "net"], "tags": [], "layer": 2},
        ],
    }


def test_odd_names_are_escaped() -> None:
    name = 'a"<b>&`#\\\n\x01'
    dag = Dag((name,), {})
    assert 'u0["a#34;#60;b#62;#38;#96;#35;#92;#10;\x01"]' in mermaid(dag)
    assert '  "a\\"<b>&`#\\\\\\n\x01";\n' in dot(dag)
    (text,) = ET.fromstring(svg(dag)).iter(f"{SVG}text")  # noqa: S314 - our own
    assert text.text == 'a"<b>&`#\\��'


Box = tuple[str, float, float, float, float]


def boxes(text: str) -> list[Box]:
    """(name, left, top, right, bottom) of every unit."""
    root = ET.fromstring(text)  # noqa: S314 - our own
    found = []
    for group in root.iter(f"{SVG}g"):
        rect, label = group.find(f"{SVG}rect"), group.find(f"{SVG}text")
        assert rect is not None
        assert label is not None
        x, y, width, height = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        found.append((label.text or "", x, y, x + width, y + height))
    return found


def layered(count: int, width: int) -> Dag:
    """Every unit needs one or two of the layer before, and some need one far back."""
    edges: dict[str, tuple[str, ...]] = {}
    for index in range(count):
        near = [index - width - index % 3, index - width] if index >= width + 2 else []
        far = [index % width] if index % 17 == 0 and index > 3 * width else []
        edges[f"unit-{index}"] = tuple(f"unit-{one}" for one in dict.fromkeys([*near, *far]))
    return Dag(tuple(edges), edges)


@pytest.mark.parametrize("dag", [DAG, layered(300, 12), Dag(tuple(f"u{i}" for i in range(20)), {}), Dag((), {})])
def test_svg_shows_every_unit_apart_and_inside(dag: Dag) -> None:
    text = svg(dag)
    assert text == svg(dag)
    found = boxes(text)
    assert sorted(name for name, *_ in found) == sorted(dag.names)
    root = ET.fromstring(text)  # noqa: S314 - our own
    wide, high = float(root.attrib["width"]), float(root.attrib["height"])
    for _, left, top, right, bottom in found:
        assert 0 <= left < right <= wide
        assert 0 <= top < bottom <= high
    for one, other in itertools.combinations(found, 2):
        assert one[3] <= other[1] or other[3] <= one[1] or one[4] <= other[2] or other[4] <= one[2]
    arrows = [path for path in root.iter(f"{SVG}path") if "marker-end" in path.attrib]
    assert len(arrows) == sum(len(dag.direct(name)) for name in dag.names)


def test_svg_goes_from_left_to_right_by_layer() -> None:
    dag = layered(100, 8)
    left = {name: x for name, x, *_ in boxes(svg(dag))}
    assert all(left[needed] < left[name] for name in dag.names for needed in dag.direct(name))
    assert max(left.values()) < 3000


def test_drawings_of_a_long_chain_need_no_recursion() -> None:
    names = tuple(f"u{index}" for index in range(2000))
    chain = Dag(names, {name: (before,) for before, name in itertools.pairwise(names)})
    assert len(tree(chain).splitlines()) == 2000
    assert len(boxes(svg(chain))) == 2000
