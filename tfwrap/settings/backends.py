"""Where state lives: the `backend` setting, and the backend of one unit that follows from it.

A secret never becomes an argument: a connection string stays in the user's environment, only named here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import Field, model_validator

from tfwrap.hcl.nodes import Value
from tfwrap.settings.backend import Backend
from tfwrap.settings.fields import EnvironmentVariableName, NonEmpty, fault
from tfwrap.settings.model import Model

_POSTGRES_NAME = 63  # PostgreSQL cuts longer names off, and two cut names may be one


class LocalSettings(Model):
    """State files below the project: state/<environment>/<unit>.tfstate."""


_PREFIX = Field(
    pattern=r"^[^/](.*[^/])?$",
    description="Path in the bucket under which every unit has its own state; without `/` at either end.",
)


class GcsSettings(Model):
    """A Google Cloud Storage bucket: <prefix>/<unit>."""

    bucket: NonEmpty = Field(description="Name of the bucket.")
    prefix: str = _PREFIX
    impersonate_service_account: NonEmpty | None = Field(
        default=None, description="Service account to act as; default: the user's own credentials."
    )
    kms_encryption_key: NonEmpty | None = Field(
        default=None, description="Cloud KMS key that encrypts the state; default: the bucket's own."
    )
    storage_custom_endpoint: NonEmpty | None = Field(
        default=None, description="URL of another storage API endpoint; default: Google's."
    )


class S3Settings(Model):
    """An S3 bucket: <prefix>/<unit>.tfstate."""

    bucket: NonEmpty = Field(description="Name of the bucket.")
    prefix: str = _PREFIX
    region: NonEmpty = Field(description="AWS region of the bucket.")
    use_lockfile: bool = Field(
        default=True,
        description="Lock with a file beside the state (Terraform 1.10 or later); default: true.",
    )
    dynamodb_table: NonEmpty | None = Field(
        default=None, description="DynamoDB table for locks, for older Terraform; default: none."
    )
    encrypt: bool | None = Field(default=None, description="Encrypt on the server; default: the bucket's own way.")
    kms_key_id: NonEmpty | None = Field(default=None, description="KMS key for encryption; default: the bucket's.")
    profile: NonEmpty | None = Field(default=None, description="AWS profile; default: the user's environment.")
    role_arn: NonEmpty | None = Field(default=None, description="Role to assume; default: none.")
    endpoint: NonEmpty | None = Field(
        default=None, description="URL of another S3 service, such as MinIO; default: AWS."
    )
    use_path_style: bool | None = Field(
        default=None, description="Bucket name in the path, not in the host name; default: false."
    )
    skip_credentials_validation: bool | None = Field(
        default=None, description="Do not ask AWS whether the credentials are valid; default: false."
    )
    skip_region_validation: bool | None = Field(
        default=None, description="Accept a region AWS does not know; default: false."
    )
    skip_requesting_account_id: bool | None = Field(
        default=None, description="Do not ask AWS for the account; default: false."
    )
    skip_metadata_api_check: bool | None = Field(
        default=None, description="Do not ask the EC2 metadata service; default: false."
    )
    skip_s3_checksum: bool | None = Field(
        default=None, description="Send no checksum, for services without them; default: false."
    )


class PgSettings(Model):
    """A PostgreSQL database: one schema <environment>_<unit> per unit."""

    conn_str_env: EnvironmentVariableName = Field(
        description="Environment variable with the connection string; the secret itself is never written."
    )


class BackendSettings(Model):
    """Exactly one of the kinds."""

    local: LocalSettings | None = Field(default=None, description="State files below the project root.")
    gcs: GcsSettings | None = Field(default=None, description="A Google Cloud Storage bucket.")
    s3: S3Settings | None = Field(default=None, description="An S3 bucket.")
    pg: PgSettings | None = Field(default=None, description="A PostgreSQL database.")

    @model_validator(mode="after")
    def _exactly_one(self) -> BackendSettings:
        named = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if not named:
            raise fault("E104", "should name a backend", "one of local, gcs, s3, pg; without `backend` it is local")
        if len(named) > 1:
            message = f"should name one backend, not {' and '.join(named)}"
            raise fault("E103", message, "maps of extended files merge: name the backend in one of the files only")
        return self


def resolve_backend(settings: BackendSettings | None, *, root: Path, environment_name: str, unit: str) -> Backend:
    settings = settings or BackendSettings(local=LocalSettings())
    if settings.gcs:
        return _gcs(settings.gcs, unit)
    if settings.s3:
        return _s3(settings.s3, unit)
    if settings.pg:
        return _pg(settings.pg, environment_name, unit)
    path = root / "state" / environment_name / f"{unit}.tfstate"
    return Backend("local", {}, path.as_posix(), local_path=path)


def may_share(one: tuple[BackendSettings | None, str], other: tuple[BackendSettings | None, str]) -> bool:
    """Whether units of two environments, given as (settings, name), could have one state address at all."""
    (a, a_name), (b, b_name) = one, other
    if a is None or b is None or a.local or b.local:
        return False  # a local path holds the environment's name
    if a.pg and b.pg:
        # `a-b` + `c` and `a` + `b-c` are both a_b_c.
        a_schema, b_schema = _schema(a_name, ""), _schema(b_name, "")
        nested = a_schema.startswith(b_schema) or b_schema.startswith(a_schema)
        return nested and a.pg.conn_str_env == b.pg.conn_str_env
    place = [resolve_backend(settings, root=Path(), environment_name="", unit="x").address for settings in (a, b)]
    return place[0] == place[1]


def _gcs(settings: GcsSettings, unit: str) -> Backend:
    prefix = f"{settings.prefix}/{unit}"
    further = settings.model_dump(exclude={"bucket", "prefix"}, exclude_none=True)
    arguments = {"bucket": settings.bucket, "prefix": prefix, **further}
    server = settings.storage_custom_endpoint or "gs:/"
    return Backend("gcs", arguments, f"{server}/{settings.bucket}/{prefix}")


def _s3(settings: S3Settings, unit: str) -> Backend:
    key = f"{settings.prefix}/{unit}.tfstate"
    plain = settings.model_dump(exclude={"bucket", "prefix", "region", "role_arn", "endpoint"}, exclude_none=True)
    arguments: dict[str, Value] = {"bucket": settings.bucket, "key": key, "region": settings.region, **plain}
    if settings.role_arn:
        arguments["assume_role"] = {"role_arn": settings.role_arn}
    if settings.endpoint:
        arguments["endpoints"] = {"s3": settings.endpoint}
    server = settings.endpoint or "s3:/"
    return Backend("s3", arguments, f"{server}/{settings.bucket}/{key}")


def _pg(settings: PgSettings, environment_name: str, unit: str) -> Backend:
    schema = _schema(environment_name, unit)
    if len(schema.encode()) > _POSTGRES_NAME:
        digest = hashlib.sha256(f"{environment_name}/{unit}".encode()).hexdigest()[:8]
        schema = f"{schema.encode()[: _POSTGRES_NAME - 9].decode(errors='ignore')}_{digest}"
    address = f"pg:${settings.conn_str_env}/{schema}"
    environment = {"PG_CONN_STR": settings.conn_str_env}
    return Backend("pg", {"schema_name": schema}, address, environment=environment)


def _schema(environment_name: str, unit: str) -> str:
    return f"{environment_name}_{unit}".replace("-", "_")
