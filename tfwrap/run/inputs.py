"""A unit's inputs: real values from states, planned ones from plans of this run, or unknown, and their digests."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tfwrap.hcl.nodes import Call, Value

Kind = Literal["real", "planned", "unknown"]


@dataclass(frozen=True)
class Input:
    """One root variable's value. `unknown` mirrors `value`: True where it is known only after an apply."""

    variable: str
    kind: Kind
    value: Any = None
    unknown: Any = False
    sensitive: bool = False
    producer: str | None = None  # None: from the environment
    output: str | None = None
    waits_for: str | None = None  # `network.id`, of an unknown one


def digest(key: bytes, value: Any) -> str:
    """An HMAC, so that a secret cannot be guessed from a manifest."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def input_digests(key: bytes, inputs: Mapping[str, Input]) -> dict[str, str]:
    """Digest of every input that is known; unknown ones have none."""
    return {name: digest(key, item.value) for name, item in inputs.items() if item.kind != "unknown"}


def unknown_value(value: Any, unknown: Any) -> Value:
    """An HCL value that Terraform plans as `value` with `(known after apply)` wherever `unknown` is true.

    `uuid()` is unknown while planning; through `jsondecode` it is unknown of any type, so it passes type checks.
    """
    if unknown is True:
        return Call("jsondecode", (Call("uuid"),))
    if isinstance(unknown, Mapping) and isinstance(value, Mapping):
        keys = dict.fromkeys([*value, *unknown])
        return {key: unknown_value(value.get(key), unknown.get(key, False)) for key in keys}
    if isinstance(unknown, list) and isinstance(value, list):
        padded = unknown + [False] * (len(value) - len(unknown))
        return [unknown_value(item, mask) for item, mask in zip(value, padded, strict=False)]
    return value  # type: ignore[no-any-return]
