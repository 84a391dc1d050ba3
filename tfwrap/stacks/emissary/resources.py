"""Emissary's own resources with the fields of its v3alpha1 CRDs: Host, Listener and TLSContext.

The names are the CRDs', so that what stands in env.yaml is what Emissary's documentation shows. A test holds
every field, type and bound against crd-fields.json. Nothing here relates two resources to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from tfwrap.settings.fields import fault
from tfwrap.settings.model import Model
from tfwrap.stacks.emissary.ignores import Ignorable
from tfwrap.stacks.emissary.types import TLS_VERSIONS, AmbassadorId, Namespace, ResourceName, TlsVersion

Labels = dict[str, str]


class ResourceSpec(Model):
    ambassador_id: list[AmbassadorId] | None = Field(
        None, description="Installs of Emissary that read it; default: the ambassador_id of the install it stands in."
    )


class Resource(Ignorable):
    kind_name: ClassVar[str]
    name: ResourceName = Field(description="Name of the Kubernetes resource.")
    namespace: Namespace | None = Field(None, description="Namespace; default: the install's own.")
    labels: Labels | None = Field(None, description="Labels of the resource, for selectors; default: none.")


class MatchExpression(Model):
    key: str = Field(description="Label to look at.")
    operator: str = Field(description="In, NotIn, Exists or DoesNotExist.")
    values: list[str] | None = Field(None, description="Values for In and NotIn.")


class Selector(Model):
    matchLabels: Labels | None = Field(None, description="Labels that must all be there with these values.")  # noqa: N815
    matchExpressions: list[MatchExpression] | None = Field(None, description="Further conditions on labels.")  # noqa: N815


class SecretReference(Model):
    name: str | None = Field(None, description="Name of the Secret.")
    namespace: str | None = Field(None, description="Its namespace; default: that of the resource.")


class NameReference(Model):
    name: str | None = Field(None, description="Name of what is referred to, in the same namespace.")


def _ordered(highest: TlsVersion | None, info: ValidationInfo) -> TlsVersion | None:
    lowest = info.data.get("min_tls_version")
    if highest and lowest and TLS_VERSIONS.index(highest) < TLS_VERSIONS.index(lowest):
        raise fault("R16", f"should not be below min_tls_version, which is {lowest}")
    return highest


class TlsFields(Model):
    """What Host.tls and TLSContext have in common."""

    alpn_protocols: str | None = Field(
        None, description="ALPN protocols offered, separated by commas, say h2,http/1.1."
    )
    ca_secret: str | None = Field(
        None, description="Secret with the CA certificates that client certificates must come from."
    )
    cacert_chain_file: str | None = Field(
        None, description="File in the pod with CA certificates, instead of ca_secret."
    )
    cert_chain_file: str | None = Field(
        None, description="File in the pod with the certificate chain, instead of a Secret."
    )
    cert_required: bool | None = Field(None, description="Clients must present a certificate; default false.")
    cipher_suites: list[str] | None = Field(None, description="Ciphers for TLS 1.2 and below, as Envoy names them.")
    crl_secret: str | None = Field(None, description="Secret with a certificate revocation list.")
    ecdh_curves: list[str] | None = Field(None, description="Curves for the key exchange, as Envoy names them.")
    min_tls_version: TlsVersion | None = Field(None, description="Lowest TLS version accepted; default v1.0.")
    max_tls_version: TlsVersion | None = Field(None, description="Highest TLS version accepted; default v1.3.")
    private_key_file: str | None = Field(None, description="File in the pod with the private key.")
    redirect_cleartext_from: int | None = Field(None, description="Port whose clear text is redirected to TLS.")
    sni: str | None = Field(None, description="SNI to send to the upstream.")

    ordered = field_validator("max_tls_version")(_ordered)


class AcmeProvider(Model):
    authority: str | None = Field(None, description="ACME server, or none; Emissary itself only knows none.")
    email: str | None = Field(None, description="Address for the ACME account.")
    privateKeySecret: NameReference | None = Field(None, description="Secret of the account's key.")  # noqa: N815
    registration: str | None = Field(None, description="Registration of the account, as JSON.")


class PreviewUrl(Model):
    enabled: bool | None = Field(None, description="Serve preview URLs (Edge Stack).")
    type: Literal["Path"] | None = Field(None, description="How a preview is told; Path is the only way.")


class InsecurePolicy(Model):
    action: Literal["Redirect", "Reject", "Route"] | None = Field(
        None, description="What happens to clear-text requests; default Redirect."
    )
    additionalPort: int | None = Field(None, description="One more port to treat so; -1 turns it off.")  # noqa: N815


class RequestPolicy(Model):
    insecure: InsecurePolicy | None = Field(None, description="Policy for clear-text requests.")


class HostSpec(ResourceSpec):
    hostname: str | None = Field(None, description="Host name or glob such as *.example.org; default *.")
    requestPolicy: RequestPolicy | None = Field(None, description="What happens to clear-text requests.")  # noqa: N815
    tlsContext: NameReference | None = Field(None, description="TLSContext with details of TLS; needs tlsSecret.")  # noqa: N815
    tlsSecret: SecretReference | None = Field(None, description="Secret with certificate and key; turns TLS on.")  # noqa: N815
    tls: TlsFields | None = Field(None, description="Details of TLS, instead of a TLSContext; needs tlsSecret.")
    mappingSelector: Selector | None = Field(None, description="Only Mappings with these labels are served.")  # noqa: N815
    selector: Selector | None = Field(None, description="Old name of mappingSelector.")
    acmeProvider: AcmeProvider | None = Field(None, description="ACME settings (Edge Stack).")  # noqa: N815
    previewUrl: PreviewUrl | None = Field(None, description="Preview URLs (Edge Stack).")  # noqa: N815


class Host(Resource):
    kind_name = "Host"
    spec: HostSpec = Field(description="The Host as Emissary's CRD has it.")


class NamespaceBinding(Model):
    # `from` is a word of Python; only the CRD's spelling is a setting.
    model_config = ConfigDict(populate_by_name=False)
    from_: Literal["SELF", "ALL", "SELECTOR"] | None = Field(
        None,
        alias="from",
        description="Hosts of the Listener's own namespace (SELF) or of ALL; Emissary has no SELECTOR yet.",
    )

    @field_validator("from_")
    @classmethod
    def implemented(cls, value: str | None) -> str | None:
        if value == "SELECTOR":
            raise fault("R51", "should be SELF or ALL: the CRD has SELECTOR, but Emissary does not implement it")
        return value


class HostBinding(Model):
    namespace: NamespaceBinding | None = Field(None, description="Namespaces whose Hosts are served.")
    selector: Selector | None = Field(None, description="Only Hosts with these labels are served.")


Protocol = Literal["HTTP", "HTTPS", "HTTPPROXY", "HTTPSPROXY", "TCP", "TLS", "UDP"]
Layer = Literal["HTTP", "PROXY", "TLS", "TCP", "UDP"]
_LAYERS: Final[Mapping[str | None, tuple[Layer, ...]]] = {
    "HTTP": ("HTTP", "TCP"),
    "HTTPS": ("TLS", "HTTP", "TCP"),
    "HTTPPROXY": ("PROXY", "HTTP", "TCP"),
    "HTTPSPROXY": ("TLS", "PROXY", "HTTP", "TCP"),
    "TCP": ("TCP",),
    "TLS": ("TLS", "TCP"),
}


class ListenerSpec(ResourceSpec):
    port: int = Field(ge=1, le=65535, description="Port in the pod.")
    protocol: Protocol | None = Field(None, description="Protocol; either this or protocolStack.")
    protocolStack: list[Layer] | None = Field(None, description="Layers of the protocol from the top.")  # noqa: N815
    securityModel: Literal["XFP", "SECURE", "INSECURE"] = Field(  # noqa: N815
        description="What makes a request secure: X-Forwarded-Proto (XFP), always, or never."
    )
    hostBinding: HostBinding = Field(description="Hosts that this Listener serves.")  # noqa: N815
    l7Depth: int | None = Field(  # noqa: N815
        None, ge=-(2**31), lt=2**31, description="HTTP proxies in front whose headers are trusted; default 0."
    )
    statsPrefix: str | None = Field(None, description="Prefix of its statistics; default from the protocol.")  # noqa: N815

    @field_validator("protocol")
    @classmethod
    def implemented(cls, value: str | None) -> str | None:
        if value == "UDP":
            raise fault("R51", "should be a protocol over TCP: the CRD has UDP, but Emissary refuses it")
        return value

    @model_validator(mode="after")
    def one_protocol(self) -> ListenerSpec:
        if (self.protocol is None) == (self.protocolStack is None):
            has = "has both" if self.protocol else "has neither"
            raise fault("R51", f"should have protocol or protocolStack; it {has}, and Emissary would drop it")
        return self

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Of the protocol, from the top."""
        return _LAYERS[self.protocol] if self.protocolStack is None else tuple(self.protocolStack)


class Listener(Resource):
    kind_name = "Listener"
    spec: ListenerSpec = Field(description="The Listener as Emissary's CRD has it.")


class TLSContextSpec(TlsFields, ResourceSpec):
    hosts: list[str] | None = Field(None, description="Host names that it is for.")
    secret: str | None = Field(None, description="Secret with certificate and key; leave it to Host.tlsSecret.")
    secret_namespacing: bool | None = Field(None, description="A dot in secret separates the namespace; default true.")


class TLSContext(Resource):
    kind_name = "TLSContext"
    spec: TLSContextSpec = Field(description="The TLSContext as Emissary's CRD has it.")
