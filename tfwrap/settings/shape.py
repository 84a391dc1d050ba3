"""What a settings model knows at a path: through lists, maps, unions and nested models. For hints only."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def names_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The field names that the model(s) at `path` know, in their order."""
    names: dict[str, None] = {}
    for shape in _shapes(model, path):
        names.update(dict.fromkeys(_fields(shape)))
    return list(names)


def description_at(model: type[BaseModel], path: Sequence[str | int]) -> str | None:
    """The description of the field at `path`."""
    for shape in _shapes(model, path[:-1]):
        found = _fields(shape).get(str(path[-1]))
        if found is not None and found.description:
            return found.description
    return None


def _fields(shape: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in shape.model_fields.items()}


def _shapes(model: type[BaseModel], path: Sequence[str | int]) -> list[type[BaseModel]]:
    """The models that may stand at `path`: several if a union is on the way."""
    annotations: list[Any] = [model]
    for step in path:
        annotations = [child for one in annotations for child in _children(one, step)]
    return [one for annotation in annotations for one in _kinds(annotation) if _is_model(one)]


def _children(annotation: Any, step: str | int) -> Iterator[Any]:
    for kind in _kinds(annotation):
        if _is_model(kind):
            info = _fields(kind).get(str(step)) or kind.model_fields.get(str(step))
            if info is not None:
                yield info.annotation
            continue
        origin, arguments = get_origin(kind), get_args(kind)
        if not isinstance(origin, type) or not arguments:
            continue
        if issubclass(origin, Mapping) and isinstance(step, str):
            yield arguments[1]
        elif issubclass(origin, Sequence | set | frozenset) and isinstance(step, int):
            yield arguments[0]


def _kinds(annotation: Any) -> Iterator[Any]:
    """The annotation without its wrapping; each member of a union."""
    if get_origin(annotation) is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _kinds(member)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
