"""The models of Emissary's resources against the CRDs' field table: every field, type, enum and bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tfwrap.settings.model import Model
from tfwrap.stacks.emissary.crds import KINDS, load_table, spec_schema
from tfwrap.stacks.emissary.generic import OWN_LISTS, AnyResource
from tfwrap.stacks.emissary.mapping import MappingSpec
from tfwrap.stacks.emissary.module_config import ModuleConfig
from tfwrap.stacks.emissary.resources import HostSpec, ListenerSpec, TLSContextSpec

MODELS: dict[str, type[Model]] = {
    "host": HostSpec,
    "listener": ListenerSpec,
    "mapping": MappingSpec,
    "tlscontext": TLSContextSpec,
}
# Where the CRD lets through what Emissary cannot use: R16 has these as an enum, as in TLSContext.
STRICTER = {
    ("host", "tls.min_tls_version"): {"enum": ["v1.0", "v1.1", "v1.2", "v1.3"]},
    ("host", "tls.max_tls_version"): {"enum": ["v1.0", "v1.1", "v1.2", "v1.3"]},
}
IGNORED = {"pattern", "maxLength", "format"}  # names of our own; int32 is told by its bounds
KEYS = ("type", "enum", "minimum", "maximum", "minItems")
INT32 = {"minimum": -(2**31), "maximum": 2**31 - 1}


def flatten(model: type[Model]) -> dict[str, dict[str, Any]]:
    """The model's JSON Schema in the notation of the table."""
    schema = model.model_json_schema(by_alias=True)
    return dict(walk(schema, schema.get("$defs", {}), ""))


def walk(node: dict[str, Any], definitions: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    node = resolve(node, definitions)
    if path:
        yield path, facts_of(node)
    for name, child in node.get("properties", {}).items():
        first, *others = walk(child, definitions, f"{path}.{name}" if path else name)
        yield first[0], first[1] | ({"required": True} if name in node.get("required", []) else {})
        yield from others
    if "items" in node:
        yield from walk(node["items"], definitions, f"{path}[]")
    # `true`: a map of anything, which the table has as an object without fields.
    if isinstance(node.get("additionalProperties"), dict):
        yield from walk(node["additionalProperties"], definitions, f"{path}{{}}")


def resolve(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return resolve(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    if "anyOf" in node:
        (branch,) = [branch for branch in node["anyOf"] if branch.get("type") != "null"]
        return resolve(branch, definitions)
    return node


def facts_of(node: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        key: node[key] for key in ("type", "enum", "minimum", "maximum", "minItems") if key in node
    }
    if "const" in node:
        facts["enum"] = [node["const"]]
    if "exclusiveMaximum" in node:
        facts["maximum"] = node["exclusiveMaximum"] - 1
    return facts


@pytest.mark.parametrize("kind", MODELS)
def test_model_has_exactly_the_fields_of_the_crd(kind: str) -> None:
    wanted = {
        path: {
            **{key: value for key, value in facts.items() if key not in IGNORED},
            # A port has bounds of its own inside of int32.
            **(INT32 if facts.get("format") == "int32" and "minimum" not in facts else {}),
            **STRICTER.get((kind, path), {}),
        }
        for path, facts in load_table()[kind].items()
    }
    assert flatten(MODELS[kind]) == wanted


@pytest.mark.parametrize("model", [*MODELS.values(), ModuleConfig])
def test_every_field_says_what_it_is(model: type[Model]) -> None:
    schema = model.model_json_schema()
    for name, definition in {"": schema, **schema.get("$defs", {})}.items():
        for field, facts in definition.get("properties", {}).items():
            assert len(facts.get("description", "")) > 10, f"{name}.{field}"


def test_kinds_without_a_list_of_their_own_are_resources() -> None:
    kinds = AnyResource.model_json_schema()["properties"]["kind"]["enum"]
    assert sorted([*kinds, *OWN_LISTS]) == sorted(KINDS.values())


@pytest.mark.parametrize("kind", ["kubernetesendpointresolver", "kubernetesserviceresolver"])
def test_a_resolver_has_an_ambassador_id_only(kind: str) -> None:
    assert list(spec_schema(load_table()[kind])["properties"]) == ["ambassador_id"]
