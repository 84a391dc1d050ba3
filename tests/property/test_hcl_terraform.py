"""What `render` writes, held against the real Terraform: its formatter, its evaluation, its types."""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

from hcl_kit import bodies, collect, plain_values, terraform, typed_values

from tfwrap.hcl.nodes import Attribute, Block, Body, Call, Heredoc, Template, Traversal
from tfwrap.hcl.types import check, parse_type
from tfwrap.hcl.write import render


def test_fmt_leaves_what_render_writes(tmp_path: Path) -> None:
    found = collect(bodies, 180)
    for index, body in enumerate(found):
        (tmp_path / f"f{index}.tf").write_bytes(render(body).encode())
    code, diff, errors = terraform("fmt", "-check", "-recursive", "-diff", cwd=tmp_path)
    assert (code, diff, errors) == (0, "", "")
    assert len({render(body) for body in found}) > 100


def test_values_survive_apply(tmp_path: Path) -> None:
    """Three times each: as it is, in a list, and with an interpolation of nothing in the middle of every text."""
    found = [value for value in collect(plain_values, 200) if value is not None]
    blocks = [
        Block("output", (f"{kind}{index}",), Body((Attribute("value", shape),)))
        for index, value in enumerate(found)
        for kind, shape in (("plain", value), ("listed", [value]), ("halved", _halved(value)))
    ]
    (tmp_path / "main.tf").write_bytes(render(Body(tuple(blocks))).encode())
    code, out, errors = terraform("apply", "-auto-approve", "-no-color", cwd=tmp_path)
    assert code == 0, out[-2000:] + errors[-4000:]
    _, out, _ = terraform("output", "-json", cwd=tmp_path)
    got = json.loads(out, parse_float=Decimal, parse_int=Decimal)
    for index, value in enumerate(found):
        expected = _as_terraform(value)
        assert got[f"plain{index}"]["value"] == expected
        assert got[f"listed{index}"]["value"] == [expected]
        assert got[f"halved{index}"]["value"] == expected


def _halved(value: Any) -> Any:
    match value:
        case str() if len(unicodedata.normalize("NFC", value)) > 1:
            middle = len(value) // 2
            parts = (value[:middle], Call("trimspace", (" ",)), value[middle:])
            return Heredoc(parts) if value.endswith("\n") else Template(parts)
        case list():
            return [_halved(item) for item in value]
        case dict():
            return {key: _halved(item) for key, item in value.items()}
    return value


def _as_terraform(value: Any) -> Any:
    match value:
        case bool():
            return value
        case int() | float():
            return Decimal(repr(value))
        case str():
            return unicodedata.normalize("NFC", value)
        case list():
            return [_as_terraform(item) for item in value]
        case dict():
            return {key: _as_terraform(item) for key, item in value.items()}
    return value


def test_check_says_what_terraform_says(tmp_path: Path) -> None:
    """Never a fault that Terraform would not have; all of its faults, but for `any`, which is only looked at."""
    found = collect(typed_values(), 400)
    blocks = (
        Block("variable", (f"v{index}",), Body((Attribute("type", Traversal(text)),)))
        for index, (text, _) in enumerate(found)
    )
    (tmp_path / "main.tf").write_text(render(Body(tuple(blocks))))
    given = {f"v{index}": value for index, (_, value) in enumerate(found)}
    (tmp_path / "terraform.tfvars.json").write_text(json.dumps(given))
    _, out, errors = terraform("plan", "-json", cwd=tmp_path)
    assert not errors
    refused = set(re.findall(r"not suitable for var\.(v\d+) declared", out))
    assert len(refused) > 20
    for name, (text, value) in zip(given, found, strict=True):
        faults = [message for _, message in check(parse_type(text), value) if "is not an attribute" not in message]
        if faults or "any" not in text:
            assert bool(faults) == (name in refused), (text, value, faults)
