"""YAML for heredocs: whatever text goes in comes out again, for readers of YAML 1.1 and 1.2 alike."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tfwrap.hcl.nodes import Traversal
from tfwrap.stacks.emissary.yaml_text import scalar, yaml_parts

ODD = [
    "", " ", "a b", "-", "- a", "?", ":", "a:", "a: b", "a #b", "#", "&a", "*a", "!a", "%{if}",
    "${x}", "$${x}", "@", "`", "'", '"', "it's", 'say "no"', "\\", "\\n", "a\nb", "\n", "a\n\n",
    "\t", "a\rb", "y", "N", "yes", "No", "on", "OFF", "true", "False", "null", "NULL", "~", "=",
    "<<", "1", "0123", "0x1f", "0o17", "1e3", "1.5", ".5", ".inf", "-.INF", ".nan", "1:30",
    "12:30:45", "2024-01-31", "2001-12-14t21:59:43.10-05:00", "1_000", "+1", "null:80", "/", "/a/",
    "my-nginx.nginx:80", "v1.2", "*.example.org", "[a]", "{a}", "a, b", "|", ">", "---", "...",
    "--- a", "é", "e\u0301", "\u0301", "日本", "😀", "\u2028", "\x85", "\x7f", "\x00", "\ufeff",
    "\u200d", "EOT", "  EOT", "http://[::1]:80", "a:80", "a:b",
]  # fmt: skip


def text_of(data: dict[str, Any]) -> str:
    """As Terraform has it: one text, in Unicode's composed form."""
    parts = yaml_parts(data)
    assert all(isinstance(part, str) for part in parts)
    return unicodedata.normalize("NFC", "".join(str(part) for part in parts))


def read(text: str, version: tuple[int, int]) -> Any:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    return yaml.load(io.StringIO(text))


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_read_back_as_it_was(text: str, version: tuple[int, int]) -> None:
    data = {"a": text, "b": [text, [text]], "c": [{text or "k": text}], "d": {"e": {text or "k": {}}}}
    assert read(text_of(data), version) == data


keys = st.text(min_size=1, max_size=60)  # YAML allows 1024 signs for a key, with its escapes
values = st.recursive(
    st.text() | st.sampled_from(ODD) | st.booleans() | st.integers(-(2**53), 2**53) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, min_size=1, max_size=4))
def test_any_data_is_read_back_as_it_was(data: dict[str, Any]) -> None:
    assert read(text_of(data), (1, 2)) == data


@pytest.mark.parametrize("text", ["Redirect", "my-nginx.nginx:80", "/", "v1.2", "dev.wadexu.cloud", "http-listener"])
def test_what_is_safe_stays_bare(text: str) -> None:
    assert scalar(text) == text


def test_text_with_special_signs_is_quoted_the_readable_way() -> None:
    assert scalar("*.wadexu.cloud") == "'*.wadexu.cloud'"
    assert scalar("it's #1") == "'it''s #1'"
    assert scalar("a\nb") == r'"a\nb"'


def test_maps_lists_and_references_are_laid_out_like_by_hand() -> None:
    data = {"hosts": [{"name": "h", "spec": {"ids": [Traversal("local.id")], "tls": {}}}], "mappings": []}
    text, reference, rest = yaml_parts(data)
    assert text == 'hosts:\n  - name: h\n    spec:\n      ids:\n        - "'
    assert reference == Traversal("local.id")
    assert rest == '"\n      tls: {}\nmappings: []\n'
    assert not re.search(r"[ \t]+$", f"{text}x{rest}", re.MULTILINE)
