"""The JSON Schema of the config chart's values, made from the same field table as the CRDs.

Helm enforces it on lint, template and install: a misspelt key of a spec, which Kubernetes would prune without a word,
stops the release. Nothing here reads settings.
"""

from __future__ import annotations

from typing import Any

from tfwrap.stacks.emissary.crds import KINDS, Table, spec_schema

_LISTS = {  # value key -> the kind of its items
    "hosts": "Host",
    "tlscontexts": "TLSContext",
    "mappings": "Mapping",
    "tcpmappings": "TCPMapping",
    "modules": "Module",
}
_RESOLVERS = ("ConsulResolver", "KubernetesEndpointResolver", "KubernetesServiceResolver")


def config_values_schema(table: Table) -> dict[str, Any]:
    definitions = {
        "namespace": {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"},
        "name": {"type": "string", "maxLength": 253, "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        **{KINDS[key]: spec_schema(table[key], closed=True) for key in sorted(table)},
    }
    listeners = {
        "enabled": {"type": "boolean"},
        "l7Depth": {"type": "integer", "minimum": 0},
        "items": _items("Listener"),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "Generated from crd-fields.json; do not edit.",
        **_closed(
            {
                "env": _closed({"AMBASSADOR_ID": {"type": "string", "minLength": 1}}),
                "global": {"type": "object"},
                "listeners": _closed(listeners),
                **{key: _items(kind) for key, kind in _LISTS.items()},
                "resolvers": _any_kind(_RESOLVERS),
                "resources": _any_kind(tuple(KINDS[key] for key in sorted(table))),
            }
        ),
        "definitions": definitions,
    }


def _closed(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _item(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    common = {name: {"$ref": f"#/definitions/{name}"} for name in ("name", "namespace", "labels")}
    return _closed({**common, **properties}, ("name", *required))


def _items(kind: str) -> dict[str, Any]:
    return {"type": "array", "items": _item({"spec": {"$ref": f"#/definitions/{kind}"}}, ("spec",))}


def _any_kind(kinds: tuple[str, ...]) -> dict[str, Any]:
    """Items that say their kind; the spec is then held against that kind alone, for a message one can use."""
    item = _item({"kind": {"enum": list(kinds)}, "spec": {"type": "object"}}, ("kind", "spec"))
    chosen = [
        {
            "if": {"properties": {"kind": {"const": kind}}},
            "then": {"properties": {"spec": {"$ref": f"#/definitions/{kind}"}}},
        }
        for kind in kinds
    ]
    return {"type": "array", "items": {**item, "allOf": chosen}}
