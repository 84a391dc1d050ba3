"""Which requests the settings of an install promise an answer to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from emissary_kit import settings

from tfwrap.cluster.expectations import Route, Site, covers, routes, sites
from tfwrap.settings.environment import parse, read_environment
from tfwrap.settings.project import find_project
from tfwrap.stacks.emissary.checks.view import InstallView, build_view
from tfwrap.stacks.emissary.settings import EmissarySettings

SECRET = {"name": "tls", "namespace": "secret"}


@pytest.fixture
def view(tmp_path: Path) -> Any:
    def make(**install: Any) -> InstallView:
        import json

        (tmp_path / "tfwrap.toml").write_text("")
        file = tmp_path / "live" / "dev" / "env.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings(install)))
        document = read_environment(find_project(tmp_path), "dev")
        return build_view(parse(document, EmissarySettings), document, datetime.now(UTC)).installs[0]

    return make


def _host(**spec: Any) -> dict[str, Any]:
    return {"name": "site", "spec": spec}


def _mapping(**spec: Any) -> dict[str, Any]:
    return {"name": "shop", "spec": {"prefix": "/", "service": "shop", **spec}}


def test_a_glob_is_tried_under_a_name_that_a_mapping_serves(view: Any) -> None:
    install = view(
        hosts=[_host(hostname="*.a.test", tlsSecret=SECRET, tls={"min_tls_version": "v1.2"})],
        mappings=[_mapping(hostname="b.a.test")],
    )
    assert sites(install) == [Site("site", "b.a.test", True, "v1.2", "Redirect")]
    assert routes(install) == [Route("shop", "b.a.test", tls=True)]


def test_a_glob_without_such_a_mapping_gets_a_name_of_its_own(view: Any) -> None:
    (site,) = sites(view(hosts=[_host(hostname="*.a.test")]))
    assert site.name == "tfwrap-verify.a.test"
    (site,) = sites(view(hosts=[_host(hostname="*")]))
    assert site.name is None


def test_clear_text_where_the_host_routes_it(view: Any) -> None:
    host = _host(hostname="a.test", requestPolicy={"insecure": {"action": "Route"}})
    (route,) = routes(view(hosts=[host], mappings=[_mapping(hostname="*", prefix="/x/", headers={"x-y": "1"})]))
    assert (route.name, route.tls, route.path, route.headers) == ("a.test", False, "/x/", {"x-y": "1"})


def test_behind_proxies_the_lowest_tls_is_theirs(view: Any) -> None:
    host = _host(hostname="a.test", tlsSecret=SECRET, tls={"min_tls_version": "v1.2"})
    (site,) = sites(view(hosts=[host], load_balancer={"l7_hops": 1}))
    assert site.lowest_tls is None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"prefix": "/a.*", "prefix_regex": True}, "regular expression"),
        ({"method": "DELETE"}, "DELETE only"),
        ({"grpc": True}, "gRPC"),
        ({"hostname": "other.test"}, "no host name"),
    ],
)
def test_what_cannot_be_tried_says_why(view: Any, spec: dict[str, Any], said: str) -> None:
    (route,) = routes(view(hosts=[_host(hostname="a.test")], mappings=[_mapping(**{"hostname": "a.test", **spec})]))
    assert route.untried is not None
    assert said in route.untried


@pytest.mark.parametrize(
    ("glob", "name", "match"),
    [
        ("*", "a.test", True),
        ("*.a.test", "b.a.test", True),
        ("*.a.test", "c.b.a.test", True),
        ("*.a.test", "a.test", False),
        ("a.*", "a.test", True),
        ("a.test", "b.test", False),
    ],
)
def test_globs(glob: str, name: str, match: bool) -> None:
    assert covers(glob, name) == match
