from __future__ import annotations

import pytest

from tfwrap.engine.versions import Constraint, Version

# As semver.org orders them, with Terraform's shorter forms.
ASCENDING = ["0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11",
             "1.0.0-rc1", "1.0.0", "1.0.1", "1.2", "1.10.0", "2"]  # fmt: skip


def test_order() -> None:
    versions = [Version.parse(text) for text in ASCENDING]
    assert sorted(versions[1::2] + versions[::2]) == versions


def test_equal_whatever_is_left_out() -> None:
    assert Version.parse("v1.2") == Version.parse("1.2.0") == Version.parse("1.2.0+build.5")
    assert len({Version.parse("1.2"), Version.parse("1.2.0")}) == 1
    assert Version.parse("1.2") != Version.parse("1.2.0-rc1")


@pytest.mark.parametrize(
    ("constraint", "allowed", "refused"),
    [
        (">= 1.9, < 2", ["1.9", "1.15.5"], ["1.8.9", "2.0.0", "1.10.0-rc1"]),
        ("~> 3.1.0", ["3.1.0", "3.1.9"], ["3.0.9", "3.2.0", "3.1.1-beta1"]),
        ("~> 3.1", ["3.1", "3.9.2"], ["3.0.9", "4.0.0"]),
        ("~> 1", ["1.0", "7.3"], ["0.9"]),
        ("1.2.3", ["1.2.3"], ["1.2.4"]),
        ("=1.2", ["1.2.0"], ["1.2.1"]),
        ("!= 1.2.3, >= 1.2.0", ["1.2.2", "1.2.4"], ["1.2.3"]),
        ("> 1.0", ["1.0.1"], ["1.0.0"]),
        ("<= 1.0", ["1.0.0"], ["1.0.1"]),
        ("1.3.0-beta1", ["1.3.0-beta1"], ["1.3.0", "1.3.0-beta2"]),
        (">= 1.3.0-beta1", ["1.3.0-beta2", "1.3.0", "1.4.0"], ["1.4.0-beta1", "1.3.0-alpha"]),
        ("", ["0.0.1", "9"], ["1.0.0-rc1"]),
    ],
)
def test_constraints(constraint: str, allowed: list[str], refused: list[str]) -> None:
    parsed = Constraint.parse(constraint)
    assert [text for text in allowed if not parsed.allows(Version.parse(text))] == []
    assert [text for text in refused if parsed.allows(Version.parse(text))] == []


def test_several_constraints_must_all_hold() -> None:
    parsed = Constraint.parse(">= 1", "< 2", "")
    versions = [Version.parse(text) for text in ("0.9", "1.4", "1.5", "2.0", "1.6.0-rc1")]
    assert str(parsed.newest(versions)) == "1.5"
    assert Constraint.parse("> 5").newest(versions) is None


@pytest.mark.parametrize("text", ["1.11.x", "^1.3", ">= ", "1,", ">= 1 < 2", "latest", "=> 1"])
def test_what_is_no_constraint(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version"):
        Constraint.parse(text)
