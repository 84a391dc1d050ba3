"""Whatever people write around tfwrap's projects in atlantis.yaml: their lines stay, and ours say what they should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tfwrap.atlantis.repo_file import is_ours, up_to_date, update
from tfwrap.settings.document import Document, plain
from tfwrap.settings.yaml_source import read_yaml

LIVE = "live"
ENTRIES: list[dict[str, Any]] = [
    {
        "name": f"dev/{unit}",
        "dir": f"live/dev/{unit}",
        "workspace": "default",
        "workflow": "tfwrap",
        "autoplan": {"enabled": True, "when_modified": ["**", "../env.yaml"]},
        "execution_order_group": group,
        **({"depends_on": ["dev/a"]} if group else {}),
    }
    for group, unit in enumerate(("a", "b"))
]
FOREIGN = (
    ["- name: {n}", "  dir: other/{n}   # kept"],
    ["# above {n}", "- dir: other/{n}", "  name: {n}", "", "  autoplan:", "    when_modified:", "    - '*.tf'"],
    ["- {{name: {n}, dir: other/{n}}}"],
    ["- name: {n}", "  dir: other/{n}", "  branch: >-", "    /main/", ""],
)
OURS = (
    ["- name: dev/a", "  dir: live/dev/a", "  workflow: tfwrap"],
    ["- name: dev/gone", "  dir: live/dev/gone", "  workflow: tfwrap", "  depends_on: [dev/a]"],
)
TOP = (["automerge: true  # ours"], ["# a remark"], [""], ["parallel_plan: false"], ["autodiscover:", "  mode: auto"])


@st.composite
def files(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file, and the lines of it that are not tfwrap's."""
    indent = " " * draw(st.sampled_from([0, 2, 4]))
    blocks = draw(st.lists(st.sampled_from([*FOREIGN, OURS[0], OURS[1]]), min_size=1, max_size=6))
    lines, kept, used = ["version: 3"], ["version: 3"], False
    for block in draw(st.permutations(TOP)):
        lines += block
        kept += block if block[0].startswith(("automerge", "#")) else []
    lines.append("projects:")
    for number, block in enumerate(blocks):
        if block is OURS[0]:
            if used:
                continue
            used = True
        new = [f"{indent}{line.format(n=f'p{number}')}" if line else "" for line in block]
        lines += new
        kept += [] if block in OURS else [line for line in new if line]
    return "\n".join(lines) + "\n", kept


@given(files())
def test_update(found: tuple[str, list[str]]) -> None:
    import tempfile

    text, kept = found
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "atlantis.yaml"
        path.write_text(text)
        new = update(_read(path), text, ENTRIES, LIVE)
        path.write_text(new)
        again = _read(path)
        assert update(again, new, ENTRIES, LIVE) == new
    data = YAML(typ="safe").load(new)
    assert up_to_date(data, ENTRIES, LIVE)
    assert [entry for entry in data["projects"] if is_ours(entry, LIVE)] == ENTRIES
    remaining = iter(new.split("\n"))
    for line in kept:
        assert line in remaining, f"{line!r} is gone, or out of order:\n{new}"


def _read(path: Path) -> Document:
    root = read_yaml(path)
    return Document(path, root, plain(root), (path,))
