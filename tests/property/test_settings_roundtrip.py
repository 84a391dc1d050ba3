"""Whatever data there is: written as YAML it is read back the same, and every place is where it says."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tfwrap.settings.document import read_document

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
documents = st.dictionaries(texts.filter(lambda name: name != "extends"), values, min_size=1, max_size=4)


def write(folder: str, text: str) -> Path:
    file = Path(folder) / "env.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way: 1, 1.0 and true are three things."""
    return repr(one) == repr(other)


@settings(deadline=None, max_examples=150)
@given(documents)
def test_flow_style_is_read_back_and_located(data: dict[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=False)
    with tempfile.TemporaryDirectory() as folder:
        document = read_document(write(folder, text))
    assert same(document.data, data)
    for path, value in leaves(data):
        place = document.location(path)
        assert place.line == 1
        written = text[place.column - 1 : place.column - 1 + place.length]
        assert same(json.loads(written), value), path


@settings(deadline=None, max_examples=100)
@given(documents)
def test_block_style_of_another_writer_is_read_back(data: dict[str, Any]) -> None:
    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel infers None
    # Floats are left to the test above: this writer spells some in a way that only YAML 1.1 reads.
    plain = json.loads(json.dumps(data), parse_float=lambda written: f"float {written}")
    writer.dump(plain, stream)
    with tempfile.TemporaryDirectory() as folder:
        document = read_document(write(folder, stream.getvalue()))
    assert same(document.data, plain)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value
