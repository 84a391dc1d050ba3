"""The CustomResourceDefinitions of Emissary 3.2.0, made from the field table in modules/emissary-crds.

One table feeds the CRD chart, the values schema of the config chart and the settings models, so that what the
settings allow, what Helm allows and what Kubernetes allows cannot drift apart. Only v3alpha1 is made: with one
version there is nothing to convert, and so no webhook to wait for. Nothing here reads settings or a cluster.

Regenerate the committed files with `python -m tfwrap.stacks.emissary.generated`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from tfwrap.base.bundled import bundled

Fields = Mapping[str, Mapping[str, Any]]  # path -> facts; `a.b` is a key, `a[]` an item, `a{}` a map's value
Table = Mapping[str, Fields]  # lower-case kind -> fields of its spec

GROUP = "getambassador.io"
VERSION = "v3alpha1"
_HEADER = "# Generated from crd-fields.json; do not edit.\n"
KINDS = {
    kind.lower(): kind
    for kind in (
        "AuthService",
        "ConsulResolver",
        "DevPortal",
        "Host",
        "KubernetesEndpointResolver",
        "KubernetesServiceResolver",
        "Listener",
        "LogService",
        "Mapping",
        "Module",
        "RateLimitService",
        "TCPMapping",
        "TLSContext",
        "TracingService",
    )
}

_COLUMNS = {
    "Host": (("Hostname", ".spec.hostname"), ("State", ".status.state")),
    "Listener": (
        ("Port", ".spec.port"),
        ("Protocol", ".spec.protocol"),
        ("Stack", ".spec.protocolStack"),
        ("Security", ".spec.securityModel"),
        ("L7Depth", ".spec.l7Depth"),
    ),
    "Mapping": (
        ("Hostname", ".spec.hostname"),
        ("Prefix", ".spec.prefix"),
        ("Service", ".spec.service"),
        ("State", ".status.state"),
    ),
}
_WITH_STATUS = ("Host", "Mapping")  # Emissary writes a status to these


def load_table() -> Table:
    import json

    table: Table = json.loads(bundled("modules/emissary-crds/crd-fields.json").read_text())
    return table


def spec_schema(fields: Fields, *, closed: bool = False) -> dict[str, Any]:
    """The schema of a kind's `spec`. `closed` refuses unknown keys, which Kubernetes would prune instead."""
    return _object(fields, "", closed=closed)


def crd_manifests(table: Table) -> dict[str, str]:
    """File name -> YAML text of each CRD, in the order of their names."""
    return {f"{key}s.yaml": _HEADER + dump_yaml(_manifest(KINDS[key], table[key])) for key in sorted(table)}


def _manifest(kind: str, fields: Fields) -> dict[str, Any]:
    singular = kind.lower()
    properties: dict[str, Any] = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        "spec": spec_schema(fields),
    }
    version: dict[str, Any] = {"name": VERSION, "served": True, "storage": True}
    if kind in _COLUMNS:
        columns = [{"name": name, "type": "string", "jsonPath": path} for name, path in _COLUMNS[kind]]
        age = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
        version["additionalPrinterColumns"] = [*columns, age]
    if kind in _WITH_STATUS:
        properties["status"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        version["subresources"] = {"status": {}}
    version["schema"] = {"openAPIV3Schema": {"type": "object", "properties": properties}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{singular}s.{GROUP}",
            # Without it, uninstalling or renaming the release deletes every Host and Mapping of the cluster.
            "annotations": {"helm.sh/resource-policy": "keep"},
            "labels": {"app.kubernetes.io/name": "emissary-crds", "app.kubernetes.io/part-of": "emissary"},
        },
        "spec": {
            "group": GROUP,
            "names": {
                "categories": ["ambassador-crds"],
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": f"{singular}s",
                "singular": singular,
            },
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def _object(fields: Fields, prefix: str, *, closed: bool) -> dict[str, Any]:
    names = [
        path[len(prefix) :]
        for path in sorted(fields)
        if path.startswith(prefix) and re.fullmatch(r"[^.\[\]{}]+", path[len(prefix) :])
    ]
    schema: dict[str, Any] = {"type": "object"}
    if not names:  # free-form, such as Module.config
        return schema if closed else {**schema, "x-kubernetes-preserve-unknown-fields": True}
    schema["properties"] = {name: _field(fields, prefix + name, closed=closed) for name in names}
    required = [name for name in names if fields[prefix + name].get("required")]
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return schema


def _field(fields: Fields, path: str, *, closed: bool) -> dict[str, Any]:
    facts = {name: value for name, value in fields[path].items() if name != "required"}
    if f"{path}[]" in fields:
        return {**facts, "items": _field(fields, f"{path}[]", closed=closed)}
    if f"{path}{{}}" in fields:
        return {**facts, "additionalProperties": _field(fields, f"{path}{{}}", closed=closed)}
    if facts["type"] == "object":
        return {**facts, **_object(fields, f"{path}.", closed=closed)}
    return facts


def dump_yaml(document: Mapping[str, Any]) -> str:
    """A manifest as YAML, keys in their order, nothing wrapped."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 4096
    text = io.StringIO()
    yaml.dump(document, text)
    return text.getvalue()
