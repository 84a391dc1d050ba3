from __future__ import annotations

from tfwrap.base.brief import short, some


def test_a_text_is_cut_where_it_would_be_too_long() -> None:
    assert [short("x" * length, 10) for length in (9, 10, 11)] == ["x" * 9, "x" * 10, f"{'x' * 8} …"]
    assert len(short("x" * 100, 10)) == 10


def test_a_list_says_how_many_it_leaves_out() -> None:
    assert [some("abcd"[:count], 3) for count in range(5)] == ["", "a", "a, b", "a, b, c", "a, b, c and 1 more"]
