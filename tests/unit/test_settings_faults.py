"""pydantic's errors in plain English: unions, codes of validators' own, and no words of pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from tfwrap.base.problems import SettingsFailure
from tfwrap.settings.document import read_document
from tfwrap.settings.environment import CommonSettings, json_schema, parse
from tfwrap.settings.model import Model


def _even(number: int) -> int:
    if number % 2:
        raise PydanticCustomError("R16", "should be even {so far}", {"hint": "add one"})
    return number


class ChartPath(Model):
    path: str = Field(description="Folder of the chart.")


class ChartRepository(Model):
    repository: str = Field(description="URL of the repository.")
    chart: str = Field(description="Name of the chart.")
    version: str = Field(description="Version of the chart.")


class Replicas(Model):
    min: int = Field(default=1, ge=1, description="Least.")
    max: int = Field(default=3, description="Most.")

    @model_validator(mode="after")
    def _ordered(self) -> Replicas:
        if self.min > self.max:
            raise PydanticCustomError("R42", "more replicas at least than at most", {"hint": None})
        return self


class Thing(Model):
    request_policy: str | None = Field(default=None, alias="requestPolicy", description="Policy.")
    chart: Literal["bundled"] | ChartPath | ChartRepository = Field(default="bundled", description="Chart.")
    replicas: Replicas | None = Field(default=None, description="Replicas.")
    even: Annotated[int, AfterValidator(_even)] = Field(default=0, description="Even.")
    ratio: float = Field(default=0.5, description="Ratio.")
    ports: list[int] = Field(default=[], max_length=2, description="Ports.")
    level: Literal["error", "info"] = Field(default="error", description="Level.")
    either: int | str = Field(default=1, description="Either.")
    name: str = Field(default="x", pattern="^[a-z]+$", min_length=1, description="Name.")
    on: bool = Field(default=False, description="On.")


class Settings(CommonSettings):
    things: Mapping[str, Thing] = Field(description="The things.")


def faults(tmp_path: Path, thing: str) -> list[tuple[str, int, str, str | None]]:
    """Code, column, message without the path of the thing, and hint."""
    file = tmp_path / "env.yaml"
    file.write_text(f"stack: x\nthings:\n  a: {thing}\n")
    with pytest.raises(SettingsFailure) as caught:
        parse(read_document(file), Settings)
    rows = []
    for problem in caught.value.problems:
        assert problem.location is not None
        assert (problem.location.file, problem.location.line) == (file, 3)
        message = problem.message.replace("things.a.", "")
        rows.append((problem.code, problem.location.column, message, problem.hint))
    return rows


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        ("{replicas: {mx: 5}}", ("E102", 18, "replicas.mx is not a setting", "did you mean max?")),
        ("{requestpolicy: x}", ("E102", 7, "requestpolicy is not a setting", "did you mean requestPolicy?")),
        ("{replicas: {max: three}}", ("E103", 23, 'replicas.max should be a whole number, not "three"', None)),
        (
            '{replicas: {max: "3"}}',
            ("E103", 23, 'replicas.max should be a whole number, not "3"', "write it without quotes"),
        ),
        ("{replicas: {max: 3.0}}", ("E103", 23, "replicas.max should be a whole number, not 3.0", None)),
        ("{replicas: {max: true}}", ("E103", 23, "replicas.max should be a whole number, not true", None)),
        ("{replicas: {min: 0}}", ("E103", 23, "replicas.min should be at least 1, not 0", None)),
        ("{replicas: [1]}", ("E103", 17, "replicas should be a map, not a list", None)),
        (
            "{replicas: {min: 4}}",
            ("R42", 17, "more replicas at least than at most", None),
        ),
        ("{even: 3}", ("R16", 13, "even should be even {so far}", "add one")),
        ("{ratio: half}", ("E103", 14, 'ratio should be a number, not "half"', None)),
        ("{ports: 80}", ("E103", 14, "ports should be a list, not 80", None)),
        ("{ports: [80, x]}", ("E103", 19, 'ports[1] should be a whole number, not "x"', None)),
        ("{ports: [1, 2, 3]}", ("E103", 14, "ports should have at most 2 entries", None)),
        (
            "{level: eror}",
            ("E103", 14, 'level should be one of error, info, not "eror"', "did you mean error?"),
        ),
        ("{either: []}", ("E103", 15, "either should be a whole number or text, not a list", None)),
        ("{name: 5}", ("E103", 13, "name should be text, not 5", 'put it in quotes: "5"')),
        ("{name: ''}", ("E103", 13, "name should not be empty", None)),
        ("{name: A}", ("E103", 13, 'name should match ^[a-z]+$, and "A" does not', None)),
        ("{name: ~}", ("E103", 13, "name should be text, not null", None)),
        ("{on: 'true'}", ("E103", 11, 'on should be true or false, not "true"', "write it without quotes")),
        (
            "{chart: bundeld}",
            ("E103", 14, 'chart should be bundled or a map, not "bundeld"', None),
        ),
        ("{chart: {path: 5}}", ("E103", 21, "chart.path should be text, not 5", 'put it in quotes: "5"')),
        (
            "{chart: {repository: r, chart: c}}",
            ("E104", 7, "chart.version is required", "Version of the chart."),
        ),
        (
            "{<<: {name: x}}",
            ("E102", 7, 'things.a["<<"] is not a setting', "YAML 1.2 has no merge keys: use `extends`"),
        ),
    ],
)
def test_one_fault(tmp_path: Path, thing: str, expected: tuple[str, int, str, str | None]) -> None:
    assert faults(tmp_path, thing) == [expected]


def test_of_a_union_the_nearest_member_is_reported(tmp_path: Path) -> None:
    assert faults(tmp_path, "{chart: {pth: x}}") == [
        ("E104", 7, "chart.path is required", "Folder of the chart."),
        ("E102", 15, "chart.pth is not a setting", "did you mean path?"),
    ]


def test_a_whole_number_is_fine_for_a_number(tmp_path: Path) -> None:
    file = tmp_path / "env.yaml"
    file.write_text("stack: x\nthings: {a: {ratio: 2}}\n")
    assert parse(read_document(file), Settings).things["a"].ratio == 2.0


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "env.yaml"
    file.write_text("things: {a: {nme: x, on: 1}}\nbackend: {s4: {}}\nstac: x\n")
    with pytest.raises(SettingsFailure) as caught:
        parse(read_document(file), Settings)
    assert [problem.message for problem in caught.value.problems] == [
        "stack is required",
        "things.a.nme is not a setting",
        "things.a.on should be true or false, not 1",
        "backend.s4 is not a setting",
        "stac is not a setting",
    ]


def test_a_backend_named_twice_through_extends(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("backend: {local: {}}\n")
    file = tmp_path / "env.yaml"
    file.write_text("extends: base.yaml\nstack: x\nthings: {}\nbackend: {gcs: {bucket: b, prefix: p}}\n")
    with pytest.raises(SettingsFailure) as caught:
        parse(read_document(file), Settings)
    [problem] = caught.value.problems
    assert (problem.code, problem.message) == ("E103", "backend should name one backend, not local and gcs")
    assert problem.hint == "maps of extended files merge: name the backend in one of the files only"


def _objects(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for item in schema for found in _objects(item)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(found for item in schema.values() for found in _objects(item))]


def test_every_setting_is_described_in_the_schema() -> None:
    schema = json_schema(CommonSettings)
    assert schema["$schema"].endswith("2020-12/schema")
    names = {
        name: details
        for found in _objects(schema)
        for name, details in found.get("properties", {}).items()
        if isinstance(details, dict)
    }
    assert {"stack", "extends", "backend", "prefix", "conn_str_env", "config"} <= set(names)
    assert [name for name, details in names.items() if not details.get("description")] == []
