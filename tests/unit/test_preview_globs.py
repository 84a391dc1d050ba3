"""Host name globs, as Emissary compares them."""

from __future__ import annotations

import pytest

from tfwrap.cluster.preview.globs import globs_meet


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a.example.com", "a.example.com", True),
        ("a.example.com", "b.example.com", False),
        ("*", "a.example.com", True),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "*.a.example.com", True),
        ("*.a.example.com", "*.example.com", True),
        ("*.a.example.com", "*.b.example.com", False),
        ("*.example.com", "a.*", True),
        ("a.*", "a.example.com", True),
        ("a.*", "a.b.*", True),
        ("a.*", "b.*", False),
        ("a.*", "a.", False),
        ("*a*", "a", False),
        (".example.com", "*.example.com", False),
        ("", "a.example.com", False),
    ],
)
def test_globs_that_meet(one: str, other: str, meet: bool) -> None:
    assert globs_meet(one, other) is meet
    assert globs_meet(other, one) is meet
