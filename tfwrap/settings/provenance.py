"""Every setting with its value and where it was said, for `tfwrap config show`. Reads what was checked before.

Values are as they were written, so that a reference to a secret stays a reference. A default is told where it says
something: none and empty ones are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tfwrap.base.problems import Location
from tfwrap.settings.duration import write_duration
from tfwrap.settings.fields import is_duration

Locate = Callable[[Sequence[str | int]], Location]
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Setting:
    """`place` is where a file says it, `source` a variable or flag that does; with neither it is a default."""

    name: str
    value: Any
    place: Location | None = None
    source: str | None = None


def provenance(settings: BaseModel, written: Mapping[str, Any], locate: Locate) -> Iterator[Setting]:
    """The settings of the model in its order, `written` being what the files say."""
    yield from _model(settings, written, (), locate)


def _model(settings: BaseModel, written: Mapping[str, Any], path: Path, locate: Locate) -> Iterator[Setting]:
    known = set()
    for name, info in type(settings).model_fields.items():
        key = info.alias if info.alias and info.alias in written else name
        known.add(key)
        if key in written:
            yield from _written(getattr(settings, name), written[key], (*path, key), locate)
        else:
            yield from _default(getattr(settings, name), info, (*path, info.alias or name), locate)
    for key in written:
        if key not in known:  # a model that lets more keys through
            yield from _written(None, written[key], (*path, key), locate)


def _written(value: Any, raw: Any, path: Path, locate: Locate) -> Iterator[Setting]:
    """Down to what is no map; a list of maps is taken apart as well."""
    if isinstance(raw, Mapping) and isinstance(value, BaseModel):
        yield from _model(value, raw, path, locate)
    elif isinstance(raw, Mapping) and raw:
        for key, inner in raw.items():
            yield from _written(value.get(key) if isinstance(value, Mapping) else None, inner, (*path, key), locate)
    elif isinstance(raw, list) and any(isinstance(inner, Mapping) for inner in raw):
        values = value if isinstance(value, list | tuple) and len(value) == len(raw) else [None] * len(raw)
        for index, (one, inner) in enumerate(zip(values, raw, strict=True)):
            yield from _written(one, inner, (*path, index), locate)
    else:
        yield Setting(_name(path), raw, locate(path))


def _default(value: Any, info: FieldInfo, path: Path, locate: Locate) -> Iterator[Setting]:
    if isinstance(value, BaseModel):
        yield from _model(value, {}, path, locate)
    elif is_duration(info) and value is not None:
        yield Setting(_name(path), write_duration(value))
    elif isinstance(value, bool | int | float) or value:
        yield Setting(_name(path), _plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _name(path: Path) -> str:
    """`units.app.inputs.zones`, `hosts[0].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
