"""What RE2 takes and Python does not, the other way round, and how large a program becomes."""

from __future__ import annotations

import pytest

from tfwrap.stacks.emissary.checks.expressions import expression_fault

MOST = 200


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "/api/.*",
        "/(users|orders)/[^/]+",
        "a(?i)b",
        "(?U:a+)",
        "(?<name>a)(?P<other>b)",
        r"\pL+\p{Greek}[\pN_]\P{Lu}",
        "[[:alpha:]]+[[:^digit:]]",
        r"\Q(a+\E",
        r"\x{10FFFF}\x41",
        r"/$\z",
        r"[]a][^]b]\]",
        "a{2,3}?",
        "(?i)" + "(" + "|".join(f"host{number}" for number in range(30)) + ")",
        "[a-z]{150}",
    ],
)
def test_re2_takes_it(expression: str) -> None:
    assert expression_fault(expression, MOST) is None


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("/(?!admin).*", "look-around"),
        ("a(?=b)", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "a reference to a group"),
        ("(?P<x>a)(?P=x)", "a reference to a group"),
        ("(?>a)", "an atomic group"),
        ("(a)?(?(1)b|c)", "a condition"),
        ("(?#why)a", "a comment"),
        ("a++", "a possessive quantifier"),
        (r"a\Z", r"has \Z"),
        ("a{1001}", "repeats more than 1000 times"),
        ("[a-z", "is no regular expression"),
        ("(a", "is no regular expression"),
        ("a)", "is no regular expression"),
        ("*a", "is no regular expression"),
        ("a**", "is no regular expression"),
        ("a\\", "is no regular expression"),
    ],
)
def test_re2_refuses_it(expression: str, words: str) -> None:
    fault = expression_fault(expression, MOST)
    assert fault is not None
    assert words in fault


@pytest.mark.parametrize(
    "expression",
    ["[a-z]{250}", "(ab){120}", "/" + "long" * 60, "|".join(f"{number:03}-name" for number in range(0, 990, 30))],
)
def test_a_program_that_is_too_large(expression: str) -> None:
    fault = expression_fault(expression, MOST)
    assert fault is not None
    assert "instructions, more than 200 (regex_max_size)" in fault
    assert expression_fault(expression, 2000) is None


def test_escaped_words_are_no_operators() -> None:
    assert expression_fault(r"\(\?=a\)[(?!]", MOST) is None
