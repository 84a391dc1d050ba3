from __future__ import annotations

import json

import pytest

from tfwrap.base.masking import MASK, Masker

PEM = "-----BEGIN KEY-----\nMIIabcdefgh\nij\n-----END KEY-----\n"


def test_known_secrets_are_replaced_everywhere() -> None:
    assert Masker(["hunter2"]).mask("a hunter2, and hunter2again") == f"a {MASK}, and {MASK}again"


def test_without_secrets_text_stays() -> None:
    assert Masker().mask("text") == "text"
    assert Masker(["", "   "]).mask("text") == "text"


def test_short_secrets_mask_nothing() -> None:
    assert Masker(["abc"]).mask("abc abcd") == "abc abcd"


def test_the_longest_secret_wins() -> None:
    assert Masker(["pass", "password-1"]).mask("password-1") == MASK


@pytest.mark.parametrize(
    "text",
    [
        PEM,
        json.dumps({"key": PEM}),
        "   MIIabcdefgh",
        f"key = <<-EOT\n    {PEM.replace(chr(10), chr(10) + '    ')}EOT",
    ],
)
def test_a_secret_of_several_lines_is_masked_whole_and_line_by_line(text: str) -> None:
    masked = Masker([PEM]).mask(text)
    assert "MIIabcdefgh" not in masked
    assert "BEGIN KEY" not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    ("secret", "escaped"),
    [
        ('say "hi"', r"say \"hi\""),
        ("a\\b\\c", r"a\\b\\c"),
        ("tab\tbed", r"tab\tbed"),
        ("pässword", r"p\u00e4ssword"),
        ("a<b>&c", r"a\u003cb\u003e\u0026c"),
        ("${money}", "$${money}"),
    ],
)
def test_escaped_forms_are_masked(secret: str, escaped: str) -> None:
    assert Masker([secret]).mask(f"x={escaped}.") == f"x={MASK}."


def test_secrets_are_no_patterns() -> None:
    assert Masker(["a.*c+"]).mask("abbc a.*c+") == f"abbc {MASK}"
