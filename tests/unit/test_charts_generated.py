"""What is committed below modules/ is what the field table makes, and every chart is stamped."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from tfwrap.base.bundled import bundled
from tfwrap.stacks.emissary.charts import DESCRIPTION, stamp
from tfwrap.stacks.emissary.crds import KINDS, crd_manifests, load_table, spec_schema
from tfwrap.stacks.emissary.generated import CHARTS, generated_files, regenerate
from tfwrap.stacks.emissary.values_schema import config_values_schema

AGAIN = "run: python -m tfwrap.stacks.emissary.generated"
MODULES = bundled("modules")


@pytest.mark.parametrize("path", sorted(generated_files()))
def test_generated_files_are_committed_byte_for_byte(path: str) -> None:
    assert (MODULES / path).read_bytes() == generated_files()[path].encode(), AGAIN


def test_no_template_of_a_crd_is_left_over() -> None:
    folder = MODULES / "emissary-crds" / "chart" / "templates"

    assert {file.name for file in folder.iterdir()} == set(crd_manifests(load_table()))


@pytest.mark.parametrize("name", CHARTS)
def test_charts_are_stamped(name: str) -> None:
    chart = MODULES / name / "chart"

    assert (chart / DESCRIPTION).read_bytes() == stamp(chart).encode(), AGAIN


def test_regenerating_changes_nothing(tmp_path: Any) -> None:
    import shutil

    copy = shutil.copytree(MODULES, tmp_path / "modules")
    before = {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()}

    regenerate(copy)

    assert {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()} == before


def walk(schema: dict[str, Any], path: str = "") -> dict[str, dict[str, Any]]:
    """Back from a schema to the table's paths."""
    found: dict[str, dict[str, Any]] = {}
    children = [
        *((f"{path}.{name}".lstrip("."), child) for name, child in schema.get("properties", {}).items()),
        *((f"{path}[]", child) for child in [schema.get("items")] if child),
        *((f"{path}{{}}", child) for child in [schema.get("additionalProperties")] if child),
    ]
    structure = {"properties", "items", "additionalProperties", "required", "x-kubernetes-preserve-unknown-fields"}
    for where, child in children:
        facts = {key: value for key, value in child.items() if key not in structure}
        if where.rsplit(".", 1)[-1] in schema.get("required", []):
            facts["required"] = True
        found |= {where: facts, **walk(child, where)}
    return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_schema_has_every_fact_of_the_table_and_no_other(kind: str) -> None:
    fields = load_table()[kind]

    assert walk(spec_schema(fields)) == fields
    assert walk(spec_schema(fields, closed=True)) == fields


def test_the_table_has_every_kind() -> None:
    assert set(load_table()) == set(KINDS)


def test_free_form_objects_stay_open() -> None:
    table = load_table()
    module = spec_schema(table["module"])
    assert module["properties"]["config"] == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}

    closed = config_values_schema(table)
    values = {"modules": [{"name": "ambassador", "spec": {"config": {"any": {"thing": 1}}}}]}
    jsonschema.Draft7Validator(closed).validate(values)


@pytest.mark.parametrize("name", CHARTS)
def test_values_schemas_are_schemas_and_fit_the_default_values(name: str) -> None:
    from ruamel.yaml import YAML

    chart = MODULES / name / "chart"
    schema = json.loads((chart / "values.schema.json").read_text())

    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(YAML(typ="safe").load(chart / "values.yaml"))
