"""pydantic's errors as problems: plain English, one code each, at the exact place, with a did-you-mean.

Of a union only the branch that the user most likely meant is reported. pydantic's own wording is never shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel

from tfwrap.base.brief import short
from tfwrap.base.problems import Location, Problem
from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.shape import description_at, names_at

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Path: TypeAlias = tuple[str | int, ...]
Locate: TypeAlias = Callable[..., Location]  # (path, *, key) -> Location

_CODE = re.compile(r"[A-Z][0-9]+")
_CONTINUES = ("should ", "is ", "names ", "has ")  # messages that want the path before them
_KEY = "[key]"  # pydantic's mark for a fault of a key itself
_WANTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "iterable": "a list",
    "dict": "a map",
    "mapping": "a map",
    "model": "a map",
    "none": "null",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
    "multiple_of": ("a multiple of", "multiple_of"),
}


def translate(errors: Iterable[ErrorDetails], model: type[BaseModel], data: Any, locate: Locate) -> list[Problem]:
    """One problem per fault, in the order of the file."""
    return in_order(_problem(error, path, model, locate) for path, error in find_faults(errors, data))


def find_faults(errors: Iterable[ErrorDetails], data: Any) -> list[tuple[Path, ErrorDetails]]:
    """Each fault with its path in the data."""
    return _likeliest([(*_split(error, data), error) for error in errors])


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """As a reader comes across them: by file, line and column; first what has no place."""
    return sorted(problems, key=lambda problem: (1, problem.location) if problem.location else (0,))


def show_path(path: Sequence[str | int]) -> str:
    """`installs.emissary.hosts[0]`, as people write it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text or "this file"


def show_value(value: Any) -> str:
    """A value in a message: short, in the spelling of YAML."""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    return short(json.dumps(value, ensure_ascii=False, default=str), 50)


def _split(error: ErrorDetails, data: Any) -> tuple[Path, Path]:
    """The path in the data, and the union branches on the way: (depth, name) flattened."""
    path: list[str | int] = []
    branches: list[str | int] = []
    steps = error["loc"]
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        if step == _KEY:
            continue
        if isinstance(data, dict) and step in data:
            data = data[step]
            path.append(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step] if 0 <= step < len(data) else None
            path.append(step)
        elif last and error["type"] == "missing":
            path.append(step)
        else:
            branches += [len(path), step]
    return tuple(path), tuple(branches)


Found: TypeAlias = "tuple[Path, Path, ErrorDetails]"


def _likeliest(found: Sequence[Found]) -> list[tuple[Path, ErrorDetails]]:
    """Errors outside of unions as they are; of each union those of one branch."""
    unions: dict[Path, list[Found]] = {}
    for item in found:
        path, branches, _ = item
        if branches:
            unions.setdefault(path[: int(branches[0])], []).append(item)
    chosen: list[tuple[Path, ErrorDetails]] = []
    for path, branches, error in found:
        if not branches:
            chosen.append((path, error))
        elif (items := unions.pop(path[: int(branches[0])], None)) is not None:
            chosen += _of_union(items, int(branches[0]))
    return chosen


def _of_union(items: Sequence[Found], depth: int) -> list[tuple[Path, ErrorDetails]]:
    by_branch: dict[str | int, list[Found]] = {}
    for path, branches, error in items:
        by_branch.setdefault(branches[1], []).append((path, branches[2:], error))
    # A branch whose very kind is wrong (text where a map stands) was not meant, if another one fits.
    fitting = [branch for branch in by_branch.values() if not _wrong_kind(branch, depth)]
    if not fitting:
        return [(items[0][0][:depth], _joined([error for *_, error in items]))]
    best = min(fitting, key=_badness)
    return _likeliest(best)


def _wrong_kind(branch: Sequence[Found], depth: int) -> bool:
    kinds = ("_type", "literal_error", "enum", "int_from_float")
    return any(len(path) == depth and error["type"].endswith(kinds) for path, _, error in branch)


def _badness(branch: Sequence[Found]) -> float:
    """Few faults, and unknown keys that are near to known ones, speak for a branch."""
    missing = {str(path[-1]) for path, _, error in branch if error["type"] == "missing" and path}
    score = 0.0
    for path, _, error in branch:
        near = error["type"] == "extra_forbidden" and did_you_mean(str(path[-1]), missing)
        custom = _CODE.fullmatch(error["type"])
        score += 0.2 if near else 0.5 if custom else 1.0
    return score


def _joined(errors: Sequence[ErrorDetails]) -> ErrorDetails:
    """One error for a value that is of none of the kinds a union allows."""
    wanted = dict.fromkeys(_wanted(error) for error in errors)
    joined = errors[0].copy()
    joined["type"] = "none_of"
    joined["ctx"] = {"wanted": _listed(tuple(wanted))}
    return joined


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _wanted(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("literal_error", "enum"):
        choices = _choices(context["expected"])
        return f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]
    for name, words in _WANTED.items():
        if kind.startswith(f"{name}_") and kind.endswith(("_type", "_parsing", "_from_float", "_required")):
            return words
    return "something else"


def _choices(expected: str) -> list[str]:
    """The words in pydantic's `'a', 'b' or 'c'`."""
    quoted = re.findall(r"'((?:[^'\\]|\\.)*)'", expected)
    return quoted or re.split(r", | or ", expected)


def _problem(error: ErrorDetails, path: Path, model: type[BaseModel], locate: Locate) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    name, of_key = show_path(path), kind == "extra_forbidden" or error["loc"][-1:] == (_KEY,)
    place = locate(path, key=of_key)
    if _CODE.fullmatch(kind):
        message = str(error["msg"])
        whole = f"{name} {message}" if message.startswith(_CONTINUES) else message
        return Problem(kind, whole, place, context.get("hint"))
    if kind == "missing":
        return Problem("E104", f"{name} is required", place, description_at(model, path))
    if kind == "extra_forbidden":
        return Problem("E102", f"{name} is not a setting", place, _unknown_hint(model, path))
    message, hint = _wrong_value(error)
    return Problem("E103", f"{name} {message}", place, hint or _outdented(model, path))


def _unknown_hint(model: type[BaseModel], path: Path) -> str | None:
    known, word = names_at(model, path[:-1]), str(path[-1])
    if word == "<<":
        return "YAML 1.2 has no merge keys: use `extends`"
    if near := did_you_mean(word, known) or _outdented(model, path[:-1]):
        return near
    return f"known here: {', '.join(known)}" if known else None


def _outdented(model: type[BaseModel], path: Path) -> str | None:
    """An entry that somebody named, but as a key of such entries: most likely it belongs to the one above it."""
    if path and path[-1] in names_at(model, path) and path[-1] not in names_at(model, path[:-1]):
        return f"indent {path[-1]} below the entry it belongs to"
    return None


def _wrong_value(error: ErrorDetails) -> tuple[str, str | None]:  # noqa: PLR0911 - one return per kind
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    shown = show_value(value)
    if kind == "none_of":
        return f"should be {context['wanted']}, not {shown}", None
    if kind in ("literal_error", "enum"):
        return f"should be {_wanted(error)}, not {shown}", did_you_mean(str(value), _choices(context["expected"]))
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"should be {words} {context[key]}, not {shown}", None
    if kind in ("string_too_short", "too_short"):
        least = context["min_length"]
        unit = "characters" if kind == "string_too_short" else "entries"
        return ("should not be empty", None) if least == 1 else (f"should have at least {least} {unit}", None)
    if kind in ("string_too_long", "too_long"):
        unit = "characters" if kind == "string_too_long" else "entries"
        return f"should have at most {context['max_length']} {unit}", None
    if kind == "string_pattern_mismatch":
        return f"should match {context['pattern']}, and {shown} does not", None
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        expected = _choices(context.get("expected_tags", ""))
        hint = did_you_mean(str(context.get("tag", "")), expected)
        return f"should have {context['discriminator']} set to one of {', '.join(expected)}", hint
    if kind in ("value_error", "assertion_error"):
        return f"is not right: {context['error']}", None
    wanted = _wanted(error)
    return f"should be {wanted}, not {shown}", _quote_hint(wanted, value)


def _quote_hint(wanted: str, value: Any) -> str | None:
    if wanted == "text" and isinstance(value, bool | int | float):
        return f'put it in quotes: "{show_value(value)}"'
    if wanted in ("a whole number", "a number", "true or false") and isinstance(value, str):
        plain = value in ("true", "false") if wanted == "true or false" else value.lstrip("-").isdigit()
        return "write it without quotes" if plain else None
    return None
