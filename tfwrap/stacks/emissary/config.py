"""An install's resources as values of the config chart, and the config.tf that holds them.

Every resource gets the install's ambassador_id. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from tfwrap.hcl.nodes import Attribute, Block, Body, Comment, Heredoc, Traversal
from tfwrap.stacks.emissary.generic import AnyResource
from tfwrap.stacks.emissary.install import Install
from tfwrap.stacks.emissary.resources import Listener, Resource
from tfwrap.stacks.emissary.yaml_text import yaml_parts

Item: TypeAlias = dict[str, Any]
Id: TypeAlias = str | Traversal

CONFIG_NAME = "emissary_config_yaml"


def config_values(install: Install, ambassador_id: Id) -> dict[str, Any]:
    """Values of the config chart. `ambassador_id` is the install's, or what stands for it in generated HCL."""

    def items(resources: Iterable[Resource | AnyResource]) -> list[Item]:
        return [_item(resource, install.ambassador_id, ambassador_id) for resource in resources]

    values: dict[str, Any] = {
        "hosts": items(install.hosts),
        "mappings": items(install.mappings),
        "tlscontexts": items(install.tls_contexts),
    }
    if install.listeners:
        values["listeners"] = {"items": items(install.listeners)}
    if install.resources:
        values["resources"] = items(install.resources)
    return values


def config_body(install: Install) -> Body:
    parts = yaml_parts(config_values(install, Traversal("local.ambassador_id")))
    comment = Comment("Values of the config chart: each item is one Kubernetes resource in the CRD's own words.")
    return Body((comment, Block("locals", body=Body((Attribute(CONFIG_NAME, Heredoc(parts)),)))))


def default_listeners(install: Install) -> Sequence[Listener]:
    """The two Listeners that the config chart makes for `listeners: default`."""
    if install.listeners is not None:
        return ()
    return [
        Listener.model_validate(
            {
                "name": name,
                "spec": {
                    "ambassador_id": [install.ambassador_id],
                    "port": port,
                    "protocol": protocol,
                    "securityModel": "XFP",
                    "l7Depth": install.load_balancer.l7_hops,
                    "hostBinding": {"namespace": {"from": "SELF"}},
                },
            }
        )
        for name, port, protocol in (("http-listener", 8080, "HTTP"), ("https-listener", 8443, "HTTPS"))
    ]


def _item(resource: Resource | AnyResource, own_id: str, ambassador_id: Id) -> Item:
    item: Item = resource.model_dump(by_alias=True, exclude_none=True)
    written = item["spec"].pop("ambassador_id", [own_id])
    ids = [ambassador_id if one == own_id else one for one in written]
    return {**item, "spec": {"ambassador_id": ids, **item["spec"]}}
