"""Which units of an environment are meant: the selectors of contract §4. Runs nothing, reads nothing.

    SELECTOR = ["!"] ["+"] MATCH ["+"]        + before: with dependencies, + behind: with dependents
    MATCH    = name or glob | "tag:" tag or glob | "changed:" git ref

The order of selectors does not matter: what any of them names, less what any `!` takes away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from tfwrap.base.problems import NoUnitsFailure, Problem, UsageFailure
from tfwrap.base.suggest import closest, near_or_listed
from tfwrap.graph.dag import Dag

Tags = Mapping[str, tuple[str, ...]]
Changed = Callable[[str], Iterable[str]]

_GLOB = re.compile(r"[*?\[]")
_NAME = re.compile(r"[A-Za-z0-9_.*?\[\]!-]+")


@dataclass(frozen=True)
class Selector:
    text: str
    kind: Literal["name", "tag", "changed"]
    value: str
    without: bool = False
    dependencies: bool = False
    dependents: bool = False


def select(dag: Dag, selectors: Sequence[str], tags: Tags, changed: Changed) -> tuple[str, ...]:
    """The selected names in graph order; all of them without selectors.

    A plain name or tag that does not exist is an error also beside others that match: it is a typing error,
    and a mistyped `!x` would run what was to be left alone. A glob or `changed:` may match nothing.
    """
    parsed = _parse_all(selectors)
    if not parsed:
        return dag.order()
    known = {"name": set(dag.names), "tag": {tag for some in tags.values() for tag in some}}
    faults = [problem for one in parsed if (problem := _unknown(one, known, dag.names))]
    if faults:
        raise NoUnitsFailure(faults)
    matches = {one: _expand(one, dag, tags, changed) for one in dict.fromkeys(parsed)}
    wanted = [found for one, found in matches.items() if not one.without]
    taken: set[str] = set().union(*(found for one, found in matches.items() if one.without))
    chosen = (set().union(*wanted) if wanted else set(dag.names)) - taken
    if not chosen:
        raise NoUnitsFailure(Problem("E320", f"no unit is selected by {', '.join(selectors)}"))
    return tuple(name for name in dag.order() if name in chosen)


def names_units(selectors: Iterable[str]) -> bool:
    """Whether units are asked for; to take some away (`!x`) still means all the others."""
    return any(not one.without for one in _parse_all(selectors))


def parse(text: str) -> Selector:
    """One selector; a fault is a UsageFailure E321."""
    rest = text.removeprefix("!")
    without = rest != text
    rest, dependencies = rest.removeprefix("+"), rest.startswith("+")
    rest, dependents = rest.removesuffix("+"), rest.endswith("+")
    prefix, colon, value = rest.partition(":")
    if not colon:
        if not _NAME.fullmatch(rest) or rest.startswith("!"):
            hint = "repeat -u for several units" if "," in rest else "see `tfwrap explain E321`"
            raise _bad(text, "a unit is named by letters, digits, `-` and the glob characters * ? [ ]", hint)
        return Selector(text, "name", rest, without, dependencies, dependents)
    if prefix == "tag":
        if not value or value != value.strip():
            raise _bad(text, "a tag is missing behind `tag:`")
        return Selector(text, "tag", value, without, dependencies, dependents)
    if prefix == "changed":
        # A ref goes to git's command line: never let it look like an option.
        if not value or value.startswith("-") or any(character.isspace() for character in value):
            raise _bad(text, "a git ref is missing behind `changed:`")
        return Selector(text, "changed", value, without, dependencies, dependents)
    near = closest(prefix, ("tag", "changed"))
    raise _bad(text, f"`{prefix}:` is unknown", f"did you mean {near}:{value}?" if near else None)


def _bad(text: str, reason: str, hint: str | None = None) -> UsageFailure:
    return UsageFailure(Problem("E321", f"{text!r} is not a selector: {reason}", hint=hint))


def _parse_all(selectors: Iterable[str]) -> list[Selector]:
    parsed: list[Selector] = []
    faults: list[Problem] = []
    for text in selectors:
        try:
            parsed.append(parse(text))
        except UsageFailure as failure:
            faults.extend(failure.problems)
    if faults:
        raise UsageFailure(faults)
    return parsed


def _unknown(one: Selector, known: Mapping[str, set[str]], names: Sequence[str]) -> Problem | None:
    """A plain name or tag that nothing carries."""
    if one.kind == "changed" or _GLOB.search(one.value) or one.value in known[one.kind]:
        return None
    spelled = {tag: f"tag:{tag}" for tag in sorted(known["tag"])} | {name: name for name in names}
    near = closest(one.value, spelled)
    if one.kind == "name":
        what, listed = "unit is called", near_or_listed(one.value, names, "units")
    else:
        what, listed = "unit has the tag", near_or_listed(one.value, sorted(known["tag"]), "tags")
    return Problem("E320", f"no {what} {one.value}", hint=f"did you mean {spelled[near]}?" if near else listed)


def _expand(one: Selector, dag: Dag, tags: Tags, changed: Changed) -> set[str]:
    found = _match(one, dag, tags, changed)
    up = dag.ancestors(*found) if one.dependencies else frozenset()
    down = dag.descendants(*found) if one.dependents else frozenset()
    return found | up | down


def _match(one: Selector, dag: Dag, tags: Tags, changed: Changed) -> set[str]:
    if one.kind == "changed":
        return set(changed(one.value)) & set(dag.names)
    if one.kind == "tag":
        return {name for name in dag.names if any(fnmatchcase(tag, one.value) for tag in tags.get(name, ()))}
    if not _GLOB.search(one.value):
        return {one.value}  # a name that exists; thousands may be given
    return {name for name in dag.names if fnmatchcase(name, one.value)}
