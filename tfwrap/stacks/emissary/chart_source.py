"""Where a chart comes from: tfwrap's own, a path, a chart repository or an OCI registry."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator

from tfwrap.settings.faults import show_value
from tfwrap.settings.fields import NonEmpty, fault
from tfwrap.settings.model import Model


class PathChart(Model):
    path: NonEmpty = Field(description="Chart folder or packaged chart (.tgz), relative to this file.")


class RepositoryChart(Model):
    repository: NonEmpty = Field(description="Address of the chart repository.")
    chart: NonEmpty = Field(description="Name of the chart in it.")
    version: NonEmpty = Field(description="Exact version of the chart.")


class OciChart(Model):
    oci: NonEmpty = Field(description="Address of the chart: oci://host/path/chart.", pattern="^oci://.+")
    version: NonEmpty = Field(description="Exact version of the chart.")


Source = Literal["bundled"] | PathChart | RepositoryChart | OciChart


def _by_key(value: Any) -> Source:
    """By the key that only one kind has, so that a fault is told about the kind that was meant."""
    if value == "bundled":
        return "bundled"
    if isinstance(value, PathChart | RepositoryChart | OciChart):
        return value
    if isinstance(value, dict):
        for key, model in (("path", PathChart), ("repository", RepositoryChart), ("oci", OciChart)):
            if key in value:
                return model.model_validate(value)
    hint = "bundled, {path}, {repository, chart, version} or {oci, version}"
    raise fault("E103", f"should say where the chart comes from, not {show_value(value)}", hint)


ChartSource = Annotated[Source, PlainValidator(_by_key, json_schema_input_type=Source)]
