"""One install of Emissary: what the knobs of its charts are set to, and the resources that configure it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails

from tfwrap.settings.fields import NonEmpty, fault
from tfwrap.settings.model import Model
from tfwrap.stacks.emissary.generic import AnyResource
from tfwrap.stacks.emissary.ignores import Ignorable
from tfwrap.stacks.emissary.mapping import Mapping
from tfwrap.stacks.emissary.module_config import ModuleConfig
from tfwrap.stacks.emissary.resources import Host, Listener, TLSContext
from tfwrap.stacks.emissary.types import (
    LOG_LEVELS,
    AmbassadorId,
    Milliseconds,
    Namespace,
    ResourceName,
    coded,
)


def _default_listeners(value: Any) -> Any:
    return None if value == "default" else value


Listeners = Annotated[
    list[Listener] | None,
    BeforeValidator(_default_listeners, json_schema_input_type=Literal["default"] | list[Listener]),
]
# An unknown level is R54, a warning: Emissary starts with its default. So the enum is for editors only.
LogLevel = Annotated[str, coded("R54", "text"), WithJsonSchema({"type": "string", "enum": list(LOG_LEVELS)})]


class LoadBalancer(Model):
    """The Service of type LoadBalancer in front of the install."""

    ip: NonEmpty | None = Field(
        default=None, description="Static IP address, made beforehand; default: an ephemeral one."
    )
    source_ranges: list[str] = Field(
        default=[],
        description="CIDR ranges that may connect, enforced by the Service and again by Emissary (ip_allow); "
        "with l7_hops those of the proxies too. Default: everyone.",
    )
    l7_hops: int = Field(default=0, ge=0, description="HTTP proxies in front that set X-Forwarded-Proto; default 0.")


class Replicas(Model):
    count: int = Field(default=2, ge=0, description="Pods without autoscaling; default 2.")
    min: Annotated[int, Field(ge=1), coded("R42", "a whole number, at least 1")] = Field(
        default=2, description="Fewest pods with autoscaling; default 2."
    )
    max: Annotated[int, Field(ge=1), coded("R42", "a whole number, at least 1")] = Field(
        default=3, description="Most pods with autoscaling; default 3."
    )
    autoscaling: bool = Field(
        default=False, description="Let a HorizontalPodAutoscaler choose between min and max; default false."
    )

    @model_validator(mode="after")
    def in_order(self) -> Replicas:
        if self.min <= self.max:
            return self
        if "max" in self.model_fields_set:
            place, message = "max", f"should be at least min, which is {self.min}, not {self.max}"
        else:
            place, message = "min", f"should be at most max, which is {self.max} by default, not {self.min}"
        error = InitErrorDetails(type=fault("R42", message), loc=(place,), input=self.max)
        raise ValidationError.from_exception_data("Replicas", [error])


class Resolver(Model):
    name: ResourceName = Field(description="Name of the KubernetesEndpointResolver to make.")
    default: bool = Field(
        default=False,
        description="Resolve every Mapping with it that names no other; default false: only those that name it.",
    )


class Install(Ignorable):
    namespace: Namespace = Field(description="Namespace of the install; made if it does not exist.")
    ambassador_id: AmbassadorId = Field(
        description="Which resources it reads: those with this ambassador_id; filled in everywhere."
    )
    access: Literal["public", "private"] = Field(
        default="public", description="private needs an allow list; default public."
    )
    load_balancer: LoadBalancer = Field(
        default=LoadBalancer(), description="The load balancer in front; default: an ephemeral, open one."
    )
    single_namespace: bool = Field(
        default=False, description="Watch only the install's own namespace; default false: all."
    )
    replicas: Replicas = Field(default=Replicas(), description="Number of pods; default: 2, without autoscaling.")
    canary: bool = Field(default=False, description="A canary Deployment beside the main one; default false.")
    log_level: LogLevel = Field(
        default="error", description="Log level: error, warn, warning, info, debug or trace; default error."
    )
    resolver: Resolver | None = Field(
        default=None, description="An endpoint resolver to make; default: none, kube-proxy balances."
    )
    diagnostics: bool = Field(
        default=False, description="Serve Emissary's diagnostics pages, inside the pod only; default false."
    )
    cluster_request_timeout_ms: Milliseconds | None = Field(
        default=None, description="Milliseconds for a whole request; default: Emissary's own, 3000."
    )
    module: ModuleConfig = Field(
        default=ModuleConfig(), description="Further keys of the Module resource's config; default: none."
    )
    listeners: Listeners = Field(
        default=None,
        description="default: HTTP on 8080 and HTTPS on 8443 for the Hosts of the own namespace; or a list.",
    )
    hosts: list[Host] = Field(default=[], description="Hosts: the names served, and their TLS.")
    tls_contexts: list[TLSContext] = Field(default=[], description="TLSContexts: details of TLS.")
    mappings: list[Mapping] = Field(default=[], description="Mappings: the routes to services.")
    resources: list[AnyResource] = Field(default=[], description="Resources of any other Emissary kind.")
