"""What one Emissary sees of the settings, and how it groups and weighs Mappings. No Envoy."""

from __future__ import annotations

from typing import Any

from tfwrap.cluster.preview.groups import group_mappings
from tfwrap.cluster.preview.services import read_service
from tfwrap.cluster.preview.site import Site, Unsupported, read_site
from tfwrap.stacks.emissary.install import Install


def site(**install: Any) -> Site:
    return read_site(Install.model_validate({"namespace": "edge", "ambassador_id": "edge", **install}))


def mapping(name: str, prefix: str = "/", **spec: Any) -> dict[str, Any]:
    return {"name": name, "spec": {"hostname": "a.example.com", "prefix": prefix, "service": name, **spec}}


def order(*mappings: dict[str, Any]) -> list[list[str]]:
    groups = group_mappings(site(mappings=list(mappings)).mappings, [])
    return [
        [group.redirect.name] if group.redirect else [one.mapping.name for one in group.members] for group in groups
    ]


def test_longer_prefixes_and_more_conditions_go_first() -> None:
    wanted = [["urgent"], ["longest"], ["header"], ["query"], ["plain"]]
    assert wanted == order(
        mapping("plain", "/a/"),
        mapping("query", "/a/", query_parameters={"q": "1"}),
        mapping("longest", "/a/b/"),
        mapping("header", "/a/", headers={"x-long-name": "1"}),
        mapping("urgent", "/", precedence=1),
    )


def test_equal_mappings_share_a_group() -> None:
    assert order(mapping("one"), mapping("other")) == [["one", "other"]]
    assert order(mapping("one"), mapping("other", method="POST")) == [["other"], ["one"]]


def test_weights_add_up() -> None:
    sites = site(mappings=[mapping("rest"), mapping("a", weight=10), mapping("b", weight=20), mapping("more")])
    (group,) = group_mappings(sites.mappings, [])
    found = [(one.mapping.name, one.share, one.threshold) for one in group.members]
    assert found == [("a", 10, 10), ("b", 20, 30), ("rest", 35, 65), ("more", 35, 100)]


def test_weights_over_100_drop_the_route_as_emissary_does() -> None:
    notes: list[Unsupported] = []
    assert group_mappings(site(mappings=[mapping("a", weight=60), mapping("b", weight=60)]).mappings, notes) == []
    assert {(one.resource, one.field) for one in notes} == {("Mapping a", "weight"), ("Mapping b", "weight")}


def test_a_redirect_does_not_share() -> None:
    notes: list[Unsupported] = []
    sites = site(mappings=[mapping("away", host_redirect=True), mapping("here")])
    (group,) = group_mappings(sites.mappings, notes)
    assert group.redirect is not None
    assert group.redirect.name == "away"
    assert [one.resource for one in notes] == ["Mapping here"]


def test_without_a_host_emissary_makes_one_up() -> None:
    found = site(mappings=[mapping("a")])
    assert [(host.hostname, host.insecure, host.secret) for host in found.hosts] == [("*", "Route", None)]
    assert [one.resource for one in found.unsupported] == ["Host default-host"]


def test_hosts_that_emissary_leaves_out_are_named() -> None:
    host = {"name": "h", "spec": {"tlsSecret": {"name": "s"}, "tlsContext": {"name": "nix"}}}
    found = site(hosts=[host])
    assert [host.name for host in found.hosts] == ["default-host"]
    assert found.unsupported[0] == Unsupported(
        "Host h", "tlsContext", "Emissary leaves the Host out: there is no TLSContext nix"
    )


def test_a_context_named_after_the_host_is_taken() -> None:
    found = site(
        hosts=[{"name": "h", "spec": {"tlsSecret": {"name": "s"}}}],
        tls_contexts=[{"name": "h-context", "spec": {"min_tls_version": "v1.3"}}],
    )
    (host,) = found.hosts
    assert host.tls is not None
    assert host.tls.min_tls_version == "v1.3"
    assert host.secret == ("edge", "s")


def test_other_emissaries_resources_are_passed_over_and_said() -> None:
    other = mapping("other", ambassador_id=["another"])
    away = {**mapping("away"), "namespace": "apps"}
    found = site(mappings=[other, away, mapping("own")], single_namespace=True)
    assert [one.name for one in found.mappings] == ["own"]
    assert {(one.resource, one.field) for one in found.unsupported} >= {
        ("Mapping other", "ambassador_id"),
        ("Mapping away", "namespace"),
    }


def test_other_kinds_are_listed() -> None:
    auth = {"kind": "AuthService", "name": "auth", "spec": {"auth_service": "auth.apps"}}
    assert ("AuthService auth", "spec") in {(one.resource, one.field) for one in site(resources=[auth]).unsupported}


def test_fields_of_edge_stack_are_listed() -> None:
    spec = {
        "acmeProvider": {"authority": "none"},
        "requestPolicy": {"insecure": {"additionalPort": 8081}},
        "mappingSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
    }
    fields = {one.field for one in site(hosts=[{"name": "h", "spec": spec}]).unsupported}
    assert fields == {
        "acmeProvider",
        "requestPolicy.insecure.additionalPort",
        "mappingSelector.matchExpressions",
    }


def test_services() -> None:
    def read(service: str, namespace: str = "edge", **spec: Any) -> tuple[str, int, bool]:
        one = {**mapping("m", **{**spec, "service": service}), "namespace": namespace}
        sites = site(mappings=[one], tls_contexts=[{"name": "ctx", "spec": {}}])
        found = read_service(sites.mappings[0], sites, [])
        return found.host, found.port, found.tls

    assert read("web") == ("web", 80, False)
    assert read("web", "apps") == ("web.apps", 80, False)
    assert read("web.else:8080", "apps") == ("web.else", 8080, False)
    assert read("https://web.apps") == ("web.apps", 443, True)
    assert read("HTTP://web.apps:8080") == ("web.apps", 8080, False)
    assert read("web.apps", tls="ctx") == ("web.apps", 443, True)
    assert read("http://web.apps:1", tls="ctx") == ("web.apps", 1, True)  # Emissary complains, and uses TLS
