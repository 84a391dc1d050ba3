"""Strings that are YAML or JSON documents (helm values, manifests), read as data. Tags are never executed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MAX_CHARACTERS = 1_000_000
MAX_NODES = 100_000  # an alias of an alias of an alias is a short text and a huge document


def read_document(text: str) -> Any | None:
    """The map or list that `text` says, or None if it says none, or none that can be compared."""
    start = text.lstrip()[:1]
    if not ("\n" in text.strip() or start in "{[") or len(text) > MAX_CHARACTERS or not start:
        return None
    document = _read_json(text) if start in "{[" else None
    if document is None:
        document = _read_yaml(text)
    return document if isinstance(document, Mapping | list) and document else None


def _read_json(text: str) -> Any | None:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read_yaml(text: str) -> Any | None:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        documents = list(YAML(typ="safe", pure=True).load_all(text))
        plain = _Plain()
        read = [plain.of(document) for document in documents]
    except (YAMLError, ValueError, RecursionError):
        return None
    return read[0] if len(read) == 1 else read


class _Plain:
    """YAML data as JSON data: keys are text, dates are text. Raises ValueError where that loses something."""

    def __init__(self) -> None:
        self._nodes = 0

    def of(self, value: Any) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ValueError
        if isinstance(value, Mapping):
            plain = {key if isinstance(key, str) else json.dumps(key): self.of(value[key]) for key in value}
            if len(plain) != len(value):
                raise ValueError
            return plain
        if isinstance(value, list):
            return [self.of(item) for item in value]
        return value if isinstance(value, str | int | float | None) else str(value)
