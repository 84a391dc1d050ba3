"""What Terraform is told of providers that run."""

from __future__ import annotations

import json

from tfwrap.engine.reattach import NAME, with_reattach


def test_providers_of_one_name_from_two_places_do_not_meet() -> None:
    sources = {"registry.terraform.io/hashicorp/kubernetes": 5, "example.com/acme/kubernetes": 6}
    told = json.loads(with_reattach({"A": "b"}, sources, "/tmp/tfwrap-0", 7)[NAME])
    assert {source: entry["ProtocolVersion"] for source, entry in told.items()} == sources
    addresses = [entry["Addr"]["String"] for entry in told.values()]
    assert len(set(addresses)) == 2
    assert all(len(address) < 40 and address.startswith("/tmp/tfwrap-0/") for address in addresses)
    assert {entry["Pid"] for entry in told.values()} == {7}


def test_without_providers_nothing_is_said() -> None:
    assert with_reattach({"A": "b"}, {}, "/tmp/tfwrap-0", 7) == {"A": "b"}
