"""What stands in the env.yaml of an Emissary environment. What a single setting can tell is checked here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import InitErrorDetails

from tfwrap.settings.environment import CommonSettings
from tfwrap.settings.fields import NonEmpty, fault
from tfwrap.settings.model import Model
from tfwrap.stacks.emissary.chart_source import ChartSource
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.types import BUNDLED_VERSION, InstallName, Namespace, ResourceName


class Cluster(Model):
    """The Kubernetes cluster and how Terraform reaches it."""

    name: NonEmpty = Field(description="Name of the cluster.")
    access: Literal["gke", "kubeconfig"] = Field(
        default="gke", description="gke: by the user's Google credentials; kubeconfig: by a file. Default gke."
    )
    region: NonEmpty | None = Field(
        default=None, description="Region or zone of the cluster; required with access gke."
    )
    kubeconfig: NonEmpty | None = Field(
        default=None,
        description="Kubeconfig file, relative to this one or from ~; default: as in the user's environment.",
    )
    context: NonEmpty | None = Field(
        default=None, description="Context of the kubeconfig; default: its current context."
    )

    @field_validator("kubeconfig", "context")
    @classmethod
    def used(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.data.get("access") == "gke":
            raise fault("E152", "is not used with access: gke", "take it out, or write access: kubeconfig")
        return value

    @model_validator(mode="after")
    def known_to_gke(self) -> Cluster:
        if self.access == "gke" and self.region is None:
            error = InitErrorDetails(type="missing", loc=("region",), input={})
            raise ValidationError.from_exception_data("Cluster", [error])
        return self


class Charts(Model):
    version: NonEmpty = Field(
        default=BUNDLED_VERSION, description=f"Version of the bundled charts; default {BUNDLED_VERSION}."
    )
    crds: ChartSource = Field(default="bundled", description="Chart with Emissary's CRDs; default bundled.")
    ingress: ChartSource = Field(default="bundled", description="Chart of Emissary itself; default bundled.")
    config: ChartSource = Field(
        default="bundled", description="Chart of Hosts, Mappings and the like; default bundled."
    )


class ExternalSecret(Model):
    """A Secret made outside of Terraform, so that references to it can be checked."""

    name: ResourceName = Field(description="Name of the Secret.")
    namespace: Namespace = Field(description="Its namespace.")
    type: NonEmpty = Field(default="kubernetes.io/tls", description="Its type; default kubernetes.io/tls.")
    certificate: NonEmpty | None = Field(
        default=None, description="Local file with the certificate, to check it; relative to this file."
    )
    key: NonEmpty | None = Field(
        default=None, description="Local file with the private key, to check it; relative to this file."
    )


class EmissarySettings(CommonSettings):
    project_id: NonEmpty = Field(description="Google Cloud project of the cluster.")
    cluster: Cluster = Field(description="The Kubernetes cluster.")
    kubernetes_version: Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]+(\.[0-9]+)?$")] | None = Field(
        default=None, description='Kubernetes version in quotes, say "1.33", for checks; default: not known.'
    )
    method: Literal["helm", "kustomize"] = Field(default="helm", description="How Emissary is installed; default helm.")
    charts: Charts = Field(default=Charts(), description="Where the charts come from; default: bundled.")
    external_secrets: list[ExternalSecret] = Field(
        default=[], description="Secrets that are made outside, say by kubectl create secret tls."
    )
    installs: dict[InstallName, Install] = Field(
        min_length=1, description="Installs of Emissary by name; each has its own units."
    )
