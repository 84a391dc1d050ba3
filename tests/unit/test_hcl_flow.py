"""Which variables an output may carry: along locals, resources, data sources and calls, argument by argument."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfwrap.hcl.read import read_module

WAY = """\
variable "a" {}
variable "b" {}
locals {
  joined = "${var.a}-${local.other["x"]}"
  other  = { x = upper(var.b) }
  loop   = local.loop
}
resource "box" "one" {
  name = local.joined
  tag  = var.b
  dynamic "part" {
    for_each = [1]
    content {
      text = var.a
    }
  }
}
data "box" "two" {
  name = box.one.tag
}
module "inner" {
  source = "./inner"
  text   = var.a
}
"""


@pytest.mark.parametrize(
    ("value", "carries"),
    [
        ('"plain var.a"', ()),
        ("var.a", ("a",)),
        ('{ x = [var.b], y = "${var.a}" }', ("a", "b")),
        ("local.joined", ("a", "b")),
        ("local.loop", ()),
        ("box.one.tag", ("b",)),
        ("box.one.id", ()),  # made by the provider: Terraform does not mark it
        ("box.one.part[0].text", ("a",)),
        ("box.one[0].tag", ("b",)),
        ("box.one[*].tag", ("b",)),
        ("[for it in box.one : it.tag]", ("a", "b")),
        ("data.box.two.name", ("b",)),
        ("module.inner.anything", ("a",)),
        ("nonsensitive(var.a)", ()),
        ("other.var.a", ()),
    ],
)
def test_an_output_carries_what_its_value_is_made_of(tmp_path: Path, value: str, carries: tuple[str, ...]) -> None:
    (tmp_path / "main.tf").write_text(f'{WAY}output "out" {{\n  value = {value}\n}}\n')
    assert read_module(tmp_path).outputs["out"].carries == carries


def test_what_is_kept_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('variable "a" {}\noutput "out" {\n  value = var.a\n}\n')
    kept = tmp_path / "kept"
    assert read_module(tmp_path, kept) == read_module(tmp_path, kept)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "main.tf").write_bytes((tmp_path / "main.tf").read_bytes())
    assert read_module(copy, kept).outputs["out"].carries == ("a",)


def test_json_modules_too(tmp_path: Path) -> None:
    module = {
        "variable": {"a": {}, "b": {}},
        "locals": {"joined": "x-${var.a}"},
        "resource": {"box": {"one": {"name": "${local.joined}", "tag": "${var.b}"}}},
        "output": {"out": {"value": "${box.one.name}"}},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(module))
    assert read_module(tmp_path).outputs["out"].carries == ("a",)
