"""What `render` writes, `read` reads."""

from __future__ import annotations

from pathlib import Path

from hcl_kit import bodies, collect, plain_values

from tfwrap.hcl.nodes import Attribute, Block, Body
from tfwrap.hcl.read import read_module
from tfwrap.hcl.write import render


def test_literals_come_back(tmp_path: Path) -> None:
    found = collect(plain_values, 150)
    blocks = (
        Block("variable", (f"v{index}",), Body((Attribute("default", value),))) for index, value in enumerate(found)
    )
    (tmp_path / "main.tf").write_bytes(render(Body(tuple(blocks))).encode())
    for folder, cache in ((tmp_path, None), (tmp_path, tmp_path / "cache")):
        variables = read_module(folder, cache).variables
        assert [variables[f"v{index}"].default for index in range(len(found))] == found


def test_any_body_is_read_and_blocks_are_found_where_they_stand(tmp_path: Path) -> None:
    lines = 0
    texts = []
    starts = []
    for index, body in enumerate(collect(bodies, 60)):
        block = render(Body((Block("output", (f"o{index}",), body),)))
        texts.append(block)
        starts.append(lines + 1)
        lines += block.count("\n")
    (tmp_path / "main.tf").write_bytes("".join(texts).encode())
    outputs = read_module(tmp_path).outputs
    assert [output.location.line for output in outputs.values()] == starts
    assert [output.location.length for output in outputs.values()] == [len(f'output "{name}"') for name in outputs]
