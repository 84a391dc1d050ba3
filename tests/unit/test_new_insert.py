"""A unit put into an env.yaml: only lines are added."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfwrap.cli.insert import insert_unit, unit_lines

LINES = unit_lines("db", "../../modules/db", {"size": ("1", "number")})
DB = ["db:", "  module: ../../modules/db", "  inputs:", "    size: 1 # number"]


def insert(folder: Path, text: str) -> str | None:
    path = folder / "env.yaml"
    path.write_text(text, encoding="utf-8")
    return insert_unit(path, LINES)


def indented(by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in DB)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stack: units\nunits:\n  a: {module: m}\n", f"stack: units\nunits:\n  a: {{module: m}}\n{indented(2)}"),
        # the indentation that is there, and what belongs to the next key stays with it
        (
            "units:\n    a:\n        module: m # why\n\n# the states\nbackend: {local: {}}\n",
            f"units:\n    a:\n        module: m # why\n{indented(4)}\n# the states\nbackend: {{local: {{}}}}\n",
        ),
        ("units:\n  a: {module: m}\n\n\n", f"units:\n  a: {{module: m}}\n{indented(2)}\n\n"),
        ("stack: units\nunits:\n", f"stack: units\nunits:\n{indented(2)}"),
        # the units stand in a file that this one extends
        ("extends: ../base.yaml", f"extends: ../base.yaml\n\nunits:\n{indented(2)}"),
    ],
)
def test_lines_are_added_after_the_last_unit(tmp_path: Path, text: str, expected: str) -> None:
    assert insert(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "units: {a: {module: m}}\n",
        "units: {\n  a: {module: m}\n}\n",
        "{stack: units, units: {a: {module: m}}}\n",
        "units: &all\n  {a: {module: m}}\n",
    ],
)
def test_where_no_line_can_be_added_nothing_is_guessed(tmp_path: Path, text: str) -> None:
    assert insert(tmp_path, text) is None
