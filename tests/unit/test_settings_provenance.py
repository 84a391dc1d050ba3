"""Who said which setting, for models of every shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict, Field

from tfwrap.base.problems import Location
from tfwrap.settings.duration import parse_duration, write_duration
from tfwrap.settings.fields import Duration
from tfwrap.settings.model import Model
from tfwrap.settings.provenance import provenance


class Inner(Model):
    model_config = ConfigDict(extra="allow")

    from_: str = Field(default="here", alias="from")
    size: int = 0


class Outer(Model):
    name: str | None = None
    wait: Duration = 90.0
    ready: bool = False
    words: list[str] = Field(default=[])
    inner: Inner = Inner()
    many: list[Inner] = Field(default=[])
    named: Mapping[str, Inner] = {}
    anything: Any = None
    both: str | Inner = "bundled"


def said(written: dict[str, Any]) -> dict[str, tuple[Any, bool]]:
    """Setting -> value, and whether a file says it."""

    def locate(path: Sequence[str | int]) -> Location:
        value: Any = written
        for step in path:
            value = value[step]  # a place that is not there is none
        return Location(Path("/env.yaml"), 1, 1)

    found = provenance(Outer.model_validate(written), written, locate)
    return {one.name: (one.value, one.place is not None) for one in found}


def test_defaults_that_say_something() -> None:
    assert said({}) == {
        "wait": ("1m30s", False),
        "ready": (False, False),
        "inner.from": ("here", False),
        "inner.size": (0, False),
        "both": ("bundled", False),
    }


def test_what_is_written_goes_down_to_the_last_value() -> None:
    found = said(
        {
            "wait": "5m",
            "words": ["a", "b"],
            "inner": {"from": "there", "more": {"x": 1}},
            "many": [{"size": 3}, {}],
            "named": {"one": {"size": 4}},
            "anything": {"list": [{"a": [1]}, 2], "empty": {}},
            "both": {"size": 5},
            "name": None,
        }
    )
    assert {name: value for name, (value, written) in found.items() if written} == {
        "wait": "5m",
        "words": ["a", "b"],
        "inner.from": "there",
        "inner.more.x": 1,
        "many[0].size": 3,
        "named.one.size": 4,
        "anything.list[0].a": [1],
        "anything.list[1]": 2,
        "anything.empty": {},
        "both.size": 5,
        "name": None,
    }
    assert found["many[1].size"] == (0, False)
    assert found["both.from"] == ("here", False)


@pytest.mark.parametrize("text", ["0s", "30s", "5m", "1h30m", "2h5s", "1.5s", "90m"])
def test_durations_are_written_as_they_are_read(text: str) -> None:
    assert parse_duration(write_duration(parse_duration(text))) == parse_duration(text)
