"""Resources of the kinds without a model of their own, checked against the CRDs' field table.

What Kubernetes would refuse at apply, and the unknown keys it would drop in silence, are told before a plan.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails

from tfwrap.base.suggest import did_you_mean
from tfwrap.settings.faults import show_value
from tfwrap.settings.fields import fault
from tfwrap.stacks.emissary.crds import load_table, spec_schema
from tfwrap.stacks.emissary.ignores import Ignorable
from tfwrap.stacks.emissary.types import KEY, Namespace, ResourceName

Path: TypeAlias = tuple[str | int, ...]
Schema: TypeAlias = Mapping[str, Any]

Kind = Literal[
    "AuthService",
    "ConsulResolver",
    "DevPortal",
    "KubernetesEndpointResolver",
    "KubernetesServiceResolver",
    "LogService",
    "Module",
    "RateLimitService",
    "TCPMapping",
    "TracingService",
]
OWN_LISTS = {"Host": "hosts", "Listener": "listeners", "Mapping": "mappings", "TLSContext": "tls_contexts"}

_PYTHON: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
}
# Wrong types with a rule of their own: what Emissary does with them is worse than a refusal.
_RULES = (
    (re.compile(r"ambassador_id(\..*)?"), "R23"),
    (re.compile(r".*timeout_ms"), "R37"),
    (re.compile(r"(.*\.)?(keepalive|circuit_breakers|retry_policy)\..*"), "R56"),
)


class AnyResource(Ignorable):
    kind: Kind = Field(description="Kind of the resource, as Emissary spells it.")
    name: ResourceName = Field(description="Name of the Kubernetes resource.")
    namespace: Namespace | None = Field(None, description="Namespace; default: the install's own.")
    labels: dict[str, str] | None = Field(None, description="Labels of the resource; default: none.")
    spec: dict[str, Any] = Field(description="The resource as Emissary's CRD has it.")

    @field_validator("kind", mode="before")
    @classmethod
    def has_no_own_list(cls, value: Any) -> Any:
        if isinstance(value, str) and value in OWN_LISTS:
            raise fault("E153", f"should not be {value}: these stand in `{OWN_LISTS[value]}` of the install")
        return value

    @field_validator("spec")
    @classmethod
    def fits_crd(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        kind = info.data.get("kind")  # absent if it is at fault itself
        errors = list(_faults(_schema(kind), value, (), kind)) if kind else []
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return value


@cache
def _schema(kind: str) -> Schema:
    return spec_schema(load_table()[kind.lower()])


def _faults(schema: Schema, value: Any, path: Path, kind: str) -> Iterator[InitErrorDetails]:
    wanted = schema["type"]
    # A bool is an int in Python, never in a CRD.
    if not isinstance(value, _PYTHON[wanted]) or (wanted == "integer" and isinstance(value, bool)):
        yield _fault(path, value, f"should be {_WORDS[wanted]}, not {show_value(value)}")
    elif isinstance(value, dict):
        yield from _in_object(schema, value, path, kind)
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield _fault(path, value, "should not be empty")
        for index, item in enumerate(value):
            yield from _faults(schema["items"], item, (*path, index), kind)
    else:
        yield from _in_scalar(schema, value, path)


def _in_object(schema: Schema, value: dict[str, Any], path: Path, kind: str) -> Iterator[InitErrorDetails]:
    known = schema.get("properties")
    if "additionalProperties" in schema:
        for key, item in value.items():
            yield from _faults(schema["additionalProperties"], item, (*path, key), kind)
    elif known is not None:
        for key, item in value.items():
            if key in known:
                yield from _faults(known[key], item, (*path, key), kind)
            else:
                message = f"is not a field of {kind}"
                yield _error("E102", (*path, key, KEY), item, message, did_you_mean(key, known))
    for key in schema.get("required", ()):
        if key not in value:
            yield InitErrorDetails(type="missing", loc=(*path, key), input=value)


def _in_scalar(schema: Schema, value: Any, path: Path) -> Iterator[InitErrorDetails]:
    if "enum" in schema and value not in schema["enum"]:
        choices = [str(choice) for choice in schema["enum"]]
        message = f"should be one of {', '.join(choices)}, not {show_value(value)}"
        yield _fault(path, value, message, did_you_mean(str(value), choices))
    if "minimum" in schema and value < schema["minimum"]:
        yield _fault(path, value, f"should be at least {schema['minimum']}, not {value}")
    if "maximum" in schema and value > schema["maximum"]:
        yield _fault(path, value, f"should be at most {schema['maximum']}, not {value}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield _fault(path, value, f"should match {schema['pattern']}, and {json.dumps(value)} does not")


def _fault(path: Path, value: Any, message: str, hint: str | None = None) -> InitErrorDetails:
    dotted = ".".join(str(step) for step in path)
    code = next((code for pattern, code in _RULES if pattern.fullmatch(dotted)), "E103")
    return _error(code, path, value, message, hint)


def _error(code: str, path: Path, value: Any, message: str, hint: str | None) -> InitErrorDetails:
    return InitErrorDetails(type=fault(code, message, hint), loc=path, input=value)
