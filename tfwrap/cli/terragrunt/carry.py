"""Units of a Terragrunt tree -> the text of an env.yaml, with everything that could not be carried over on top."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfwrap.cli.terragrunt.backend import carry_backend
from tfwrap.cli.terragrunt.expressions import Ask, Joined
from tfwrap.cli.terragrunt.unit import ImportedUnit, references

_FOLDER = re.compile("\0(?P<folder>[^\0]*)\0(?P<path>.*)", re.DOTALL)


@dataclass(frozen=True)
class Carried:
    text: str
    units: tuple[str, ...]
    notes: tuple[str, ...]  # what is left to do by hand


def carry(units: list[ImportedUnit], tree: Path, folder: Path, header: str) -> Carried:
    """`tree` is where they were found, `folder` the one env.yaml will stand in."""
    names = {unit.folder: _name(unit.folder, tree) for unit in units}
    kept = {names[unit.folder]: unit for unit in units if unit.module}
    notes = [f"{names[unit.folder]}: left out, it has no module" for unit in units if not unit.module]
    known = {place: name for place, name in names.items() if name in kept}
    bodies = [_unit(name, unit, known, folder) for name, unit in kept.items()]
    backend, said = carry_backend(kept)
    notes += said
    notes += _by_unit({names[unit.folder]: list(dict.fromkeys(_all_notes(unit, known))) for unit in units})
    listed = "".join(f"#   {note}\n" for note in notes)
    head = f"# Imported from Terragrunt.{' Not carried over:' if notes else ''}\n{listed}"
    data = {"stack": "units", **({"backend": backend} if backend else {})}
    text = header + head + _yaml(data) + "units:\n" + "".join(bodies)
    return Carried(text, tuple(kept), tuple(notes))


def _name(folder: Path, tree: Path) -> str:
    place = os.path.relpath(folder, tree)
    return re.sub(r"[^a-z0-9]+", "-", (tree.name if place == "." else place).lower()).strip("-")


def _by_unit(notes: Mapping[str, list[str]]) -> Iterator[str]:
    """What every unit has, most likely from a file they all include, is said once."""
    common = set.intersection(*map(set, notes.values())) if len(notes) > 1 else set()
    yield from (f"every unit: {note}" for note in next(iter(notes.values()), []) if note in common)
    for name, own in notes.items():
        yield from (f"{name}: {note}" for note in own if note not in common)


def _all_notes(unit: ImportedUnit, known: Mapping[Path, str]) -> Iterator[str]:
    yield from unit.notes
    for name, expression in unit.missing.items():
        yield f"inputs.{name} = {expression}"
    for name, value in unit.inputs.items():
        for text in _strangers(value, known):
            yield f"inputs.{name} reads {text}, which is not one of these units"
    for place in unit.after:
        if place not in known:
            yield f"depends on {place.name}, which is not one of these units"


def _strangers(value: Any, known: Mapping[Path, str]) -> list[str]:
    """What is asked for and cannot be had: of units that are not here, or all outputs at once."""
    found = []
    for text in references(value):
        match = _FOLDER.fullmatch(text)
        if match and (Path(match["folder"]) not in known or not match["path"].startswith(".")):
            found.append(Path(match["folder"]).name + match["path"])
    return found


def _unit(name: str, unit: ImportedUnit, known: Mapping[Path, str], folder: Path) -> str:
    module = unit.module or ""
    body: dict[str, Any] = {"module": os.path.relpath(module, folder) if module.startswith("/") else module}
    inputs = {key: _say(value, known) for key, value in unit.inputs.items() if not _strangers(value, known)}
    missing = {**unit.missing, **{key: "see above" for key in unit.inputs if key not in inputs}}
    if inputs:
        body["inputs"] = inputs
    read = {known.get(Path(m["folder"])) for t in references(unit.inputs) if (m := _FOLDER.fullmatch(t))}
    after = dict.fromkeys(known[place] for place in unit.after if place in known and known[place] not in read)
    if after:
        body["after"] = list(after)
    if unit.protect:
        body["protect"] = True
    if not unit.enabled:
        body["enabled"] = False
    if unit.hooks:
        body["hooks"] = unit.hooks
    lines = _yaml({name: body}).splitlines()
    todo = [f"  # inputs.{key}: {' '.join(text.split())}" for key, text in missing.items()]
    return "".join(f"  {line}\n" for line in (*lines, *todo))


def _say(value: Any, known: Mapping[Path, str]) -> Any:
    """The value as env.yaml has it: what is asked for in `${}`, a literal `${` doubled."""
    if isinstance(value, Ask):
        return f"${{{_asked(value.text, known)}}}"
    if isinstance(value, Joined):
        return "".join(str(_say(part, known)) for part in value.parts)
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, Mapping):
        return {key: _say(item, known) for key, item in value.items()}
    return [_say(item, known) for item in value] if isinstance(value, list) else value


def _asked(text: str, known: Mapping[Path, str]) -> str:
    match = _FOLDER.fullmatch(text)
    return f"{known[Path(match['folder'])]}{match['path']}" if match else text


def _yaml(data: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 1000
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.representer.ignore_aliases = lambda _: True  # one hook of two commands is one list, written out twice
    out = io.StringIO()
    writer.dump(data, out)
    return out.getvalue()
