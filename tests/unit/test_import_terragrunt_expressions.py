"""What can be worked out of Terragrunt's expressions, and that nothing is guessed of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tfwrap.cli.terragrunt.expressions import Ask, Joined, Scope, Unknown

VPC = {"outputs": Ask("vpc")}
SCOPE = Scope(
    {
        "local": lambda: {"env": "dev", "zones": ["a", "b"], "deep": {"x-y": {"n": 1}}},
        "dependency": lambda: {"vpc": VPC},
    },
    {"upper": lambda arguments: arguments[0].upper(), "get_env": lambda arguments: Ask(f"env:{arguments[0]}")},
)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('"text"', "text"),
        ('"a\\n\\"b\\" \\u00e4 $5 100%"', 'a\n"b" ä $5 100%'),
        ('"$${x} %%{y}"', "${x} %{y}"),
        ("-1.5e3", -1500.0),
        ("[1, true, null,]", [1, True, None]),
        ('{ a = 1, "b c": 2 }', {"a": 1, "b c": 2}),
        ("local.env", "dev"),
        ("local.zones[1]", "b"),
        ('local.deep["x-y"].n', 1),
        ('"${local.env}-${local.deep.x-y.n}"', "dev-1"),
        ('upper("${local.env}")', "DEV"),
        ("(local.env)", "dev"),
        ("dependency.vpc.outputs.ids[0].name", Ask("vpc.ids[0].name")),
        ('"on ${dependency.vpc.outputs.id}/${local.env}"', Joined(("on ", Ask("vpc.id"), "/dev"))),
        ('"${dependency.vpc.outputs.id}"', Joined((Ask("vpc.id"),))),
        ('get_env("HOME")', Ask("env:HOME")),
    ],
)
def test_what_is_plain_is_worked_out(source: str, value: Any) -> None:
    assert SCOPE.work_out(source) == value


@pytest.mark.parametrize(
    "source",
    [
        "local.nothing", "other.x", "run_cmd(1)", "1 + 2", "true ? 1 : 2", "[for x in local.zones : x]",
        '"${local.zones}"', '"%{if true}x%{endif}"', "local.zones[7]", '"open', "[1", "{a 1}", "", "local.",
        "<<EOT\nx\nEOT",
        '"${local.env == "dev"}"', "local.zones[*]", "!true",
    ],
)  # fmt: skip
def test_the_rest_is_unknown(source: str) -> None:
    with pytest.raises(Unknown):
        SCOPE.work_out(source)
