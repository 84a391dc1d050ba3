from __future__ import annotations

from typing import Any

import pytest

from tfwrap.hcl.nodes import Call, Heredoc, Template, Traversal
from tfwrap.hcl.types import AnyType, Collection, Object, Primitive, Tuple, Type, check, parse_type

STRING, NUMBER, BOOL = Primitive("string"), Primitive("number"), Primitive("bool")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, AnyType()),
        ("any", AnyType()),
        (" string ", STRING),
        ('"string"', STRING),
        ("list", Collection("list", AnyType())),
        ("list(string)", Collection("list", STRING)),
        ("map(set(bool),)", Collection("map", Collection("set", BOOL))),
        ("tuple([])", Tuple(())),
        ("tuple([string, number,])", Tuple((STRING, NUMBER))),
        ("object({})", Object({})),
        ('object({a=string,"b c"=bool})', Object({"a": STRING, "b c": BOOL})),
        ("object({a:string})", Object({"a": STRING})),
        (
            """object({
                 # first
                 a = string // the a
                 b = optional(list(number), [1, "}"]) /* , */
                 c = optional(map(any))
               })""",
            Object(
                {"a": STRING, "b": Collection("list", NUMBER), "c": Collection("map", AnyType())},
                frozenset({"b", "c"}),
            ),
        ),
        ("object({ optional = string })", Object({"optional": STRING})),
        ("list(object({a=optional(string, f(1, {b=2})), c=bool}))", None),
    ],
)
def test_parse(text: str | None, expected: Type | None) -> None:
    if expected is None:
        expected = Collection("list", Object({"a": STRING, "c": BOOL}, frozenset({"a"})))
    assert parse_type(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "strin", "list(", "list()", "list(string", "list(string))", "string string", "map(string, bool)"),
        *("object", "object({a})", "object({a=})", "object({a=string", "tuple(string)", "tuple([string bool])"),
        *("optional(string)", "object({a=optional()})", "{}", '"', "var.x", "list[string]"),
    ],
)
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(ValueError, match="`"):
        parse_type(text)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        *(("string", value) for value in ("a", 1, 1.5, True)),
        *(("number", value) for value in (1, 2.5, "3", "-4", "1e5", ".5", "5.")),
        *(("bool", value) for value in (True, "true", "false", "1", "0")),
        *(("any", value) for value in (1, [1, True, {}], {"a": [1, "b"]})),
        ("list(string)", ["a", 1, None]),
        ("set(number)", [1, "2"]),
        ("list(any)", ["a", 1, True]),
        ("list(any)", [1, True, Traversal("var.x")]),
        ("list(any)", [None, 1]),
        ("map(any)", {"a": {"x": 1}, "b": {"y": "z"}}),
        ("map(string)", {}),
        ("tuple([string, number])", ["a", "1"]),
        ("object({a=string, b=optional(number)})", {"a": None}),
        ("object({a=string, b=optional(number)})", {"a": "x", "b": "3"}),
        *(("list(object({a=string}))", value) for value in (None, Traversal("x"), Call("f"), Template(("a",)))),
        ("list(string)", [Heredoc(("a\n",)), Traversal("x")]),
        ("object({a=list(string)})", {"a": Traversal("var.x")}),
    ],
)
def test_values_that_fit(type_: str, value: Any) -> None:
    assert check(parse_type(type_), value) == []


@pytest.mark.parametrize(
    ("type_", "value", "faults"),
    [
        ("string", [], [((), "should be a string, not a list")]),
        ("number", "three", [((), "should be a number, not text")]),
        ("number", True, [((), "should be a number, not a bool")]),
        ("number", " 3", [((), "should be a number, not text")]),
        ("bool", 1, [((), "should be a bool, not a number")]),
        ("bool", "yes", [((), "should be a bool, not text")]),
        ("list(string)", {"a": "b"}, [((), "should be a list, not an object")]),
        ("list(string)", "a", [((), "should be a list, not text")]),
        ("map(string)", ["a"], [((), "should be a map, not a list")]),
        (
            "set(number)",
            [1, "x", [2]],
            [((1,), "should be a number, not text"), ((2,), "should be a number, not a list")],
        ),
        ("list(any)", [1, True], [((), "should hold elements of one type, not a bool, a number")]),
        ("map(any)", {"a": 1, "b": []}, [((), "should hold elements of one type, not a list, a number")]),
        ("tuple([string])", ["a", "b"], [((), "should be a tuple of 1 elements, not 2 elements")]),
        ("tuple([string])", {}, [((), "should be a tuple of 1 elements, not an object")]),
        ("tuple([string, bool])", ["a", "b"], [((1,), "should be a bool, not text")]),
        ("object({a=string})", [], [((), "should be an object, not a list")]),
        ("object({a=string})", {}, [((), "lacks the attribute a")]),
        (
            "object({name=string, size=optional(number)})",
            {"nmae": "x", "size": 1},
            [
                (("nmae",), "is not an attribute of this object; did you mean name?"),
                ((), "lacks the attribute name"),
            ],
        ),
        ("object({a=optional(string)})", {"zzz": 1}, [(("zzz",), "is not an attribute of this object")]),
        (
            "map(list(object({a=number})))",
            {"k": [{"a": 1}, {"a": {}}, 3]},
            [
                (("k", 1, "a"), "should be a number, not an object"),
                (("k", 2), "should be an object, not a number"),
            ],
        ),
    ],
)
def test_values_that_do_not(type_: str, value: Any, faults: list[tuple[tuple[str | int, ...], str]]) -> None:
    assert check(parse_type(type_), value) == faults


def test_messages_never_tell_the_value() -> None:
    faults = check(parse_type("object({a=number, b=list(bool)})"), {"a": "hunter2", "b": ["hunter2", {"hunter2": 1}]})
    assert len(faults) == 3
    assert "hunter2" not in str(faults)
