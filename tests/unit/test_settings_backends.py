"""The state of each unit: arguments, addresses, and which environments could meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tfwrap.settings.backend import Backend
from tfwrap.settings.backends import BackendSettings, may_share, resolve_backend


def settings(**kinds: Any) -> BackendSettings:
    return BackendSettings.model_validate(kinds)


def resolve(given: BackendSettings | None, environment: str = "dev", unit: str = "app") -> Backend:
    return resolve_backend(given, root=Path("/project"), environment_name=environment, unit=unit)


@pytest.mark.parametrize("given", [None, settings(local={})])
def test_local_is_the_default(given: BackendSettings | None) -> None:
    backend = resolve(given)
    assert (backend.type, dict(backend.arguments)) == ("local", {})
    assert backend.local_path == Path("/project/state/dev/app.tfstate")


def test_gcs() -> None:
    backend = resolve(settings(gcs={"bucket": "b", "prefix": "shop/dev", "kms_encryption_key": "k"}))
    assert backend.arguments == {"bucket": "b", "prefix": "shop/dev/app", "kms_encryption_key": "k"}
    assert (backend.type, backend.address, backend.local_path) == ("gcs", "gs://b/shop/dev/app", None)


def test_s3() -> None:
    plain = resolve(settings(s3={"bucket": "b", "prefix": "p", "region": "r"}))
    assert plain.arguments == {
        "bucket": "b",
        "key": "p/app.tfstate",
        "region": "r",
        "use_lockfile": True,
    }
    assert plain.address == "s3://b/p/app.tfstate"
    further = {"role_arn": "arn:x", "endpoint": "http://minio:9000", "use_path_style": True}
    full = resolve(settings(s3={"bucket": "b", "prefix": "p", "region": "r", **further}))
    assert full.arguments["assume_role"] == {"role_arn": "arn:x"}
    assert full.arguments["endpoints"] == {"s3": "http://minio:9000"}
    assert full.arguments["use_path_style"] is True
    assert full.address == "http://minio:9000/b/p/app.tfstate"


def test_pg_keeps_the_secret_in_the_environment() -> None:
    backend = resolve(settings(pg={"conn_str_env": "TF_PG"}), "eu-dev", "web-app")
    assert backend.arguments == {"schema_name": "eu_dev_web_app"}
    assert backend.environment == {"PG_CONN_STR": "TF_PG"}


def test_pg_schemas_that_postgresql_would_cut_off_stay_apart() -> None:
    pg = settings(pg={"conn_str_env": "TF_PG"})
    names = [str(resolve(pg, "dev", f"{'x' * 80}-{end}").arguments["schema_name"]) for end in "ab"]
    assert len(set(names)) == 2
    assert all(len(name) <= 63 for name in names)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "E104"),
        ({"local": {}, "gcs": {"bucket": "b", "prefix": "p"}}, "E103"),
    ],
)
def test_exactly_one_kind(given: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        BackendSettings.model_validate(given)
    assert [error["type"] for error in caught.value.errors()] == [code]


@pytest.mark.parametrize("prefix", ["", "/p", "p/"])
def test_a_prefix_has_no_slash_at_its_ends(prefix: str) -> None:
    with pytest.raises(ValidationError):
        settings(gcs={"bucket": "b", "prefix": prefix})


def test_only_what_could_meet_is_looked_at_closely() -> None:
    one = settings(gcs={"bucket": "b", "prefix": "p"})
    other = settings(gcs={"bucket": "b", "prefix": "q"})
    assert may_share((one, "dev"), (one, "prod"))
    assert not may_share((one, "dev"), (other, "prod"))
    assert not may_share((None, "dev"), (None, "prod"))
    pg, pg_else = settings(pg={"conn_str_env": "A"}), settings(pg={"conn_str_env": "B"})
    assert may_share((pg, "a"), (pg, "a-b"))
    assert not may_share((pg, "a"), (pg, "ab"))
    assert not may_share((pg, "a"), (pg_else, "a-b"))
