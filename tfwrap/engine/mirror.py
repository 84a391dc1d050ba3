"""A filesystem mirror of providers in the unpacked layout: what is in it, and putting a package in whole.

    <mirror>/registry.terraform.io/hashicorp/helm/1.3.2/linux_amd64/terraform-provider-helm_v1.3.2

Terraform reads it by a CLI configuration file (cli_config.py). Never fetches or builds anything.
"""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfwrap.engine.versions import Version

DEFAULT_HOST = "registry.terraform.io"
TOFU_HOST = "registry.opentofu.org"
BUILT_IN = "terraform.io/builtin/"
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i686": "386"}


def this_platform() -> str:
    """As Terraform writes it: linux_amd64."""
    machine = platform.machine().lower()
    return f"{sys.platform}_{_MACHINES.get(machine, machine)}"


def full_source(source: str, engine: str) -> str:
    """`hashicorp/helm` with the host that the engine takes where none is written."""
    parts = source.lower().split("/")
    host = TOFU_HOST if engine == "tofu" else DEFAULT_HOST
    if len(parts) == 1:
        parts = ["hashicorp", *parts]
    return "/".join(parts if len(parts) == 3 else [host, *parts])  # noqa: PLR2004 (host, namespace, name)


def short_source(source: str) -> str:
    """As people write it."""
    return source.removeprefix(DEFAULT_HOST + "/").removeprefix(TOFU_HOST + "/")


@dataclass(frozen=True)
class Package:
    source: str  # full
    version: str
    folder: Path

    @property
    def executable(self) -> Path:
        return next(_executables(self.folder, self.source))


def package_folder(mirror: Path, source: str, version: str, platform: str | None = None) -> Path:
    return mirror.joinpath(*source.split("/"), version, platform or this_platform())


def packages(mirror: Path, source: str, platform: str | None = None) -> dict[Version, Package]:
    """What the mirror has of one provider, for this machine or another platform."""
    found = {}
    for versions in mirror.joinpath(*source.split("/")).glob("*/"):
        folder = versions / (platform or this_platform())
        if not folder.is_dir() or next(_executables(folder, source), None) is None:
            continue
        try:
            version = Version.parse(versions.name)
        except ValueError:
            continue  # not a version folder: Terraform does not look there either
        found[version] = Package(source, versions.name, folder)
    return found


def put(mirror: Path, source: str, version: str, made: Path, platform: str | None = None) -> Package:
    """Move the finished folder `made` (on the same file system) to its place, whole or not at all."""
    place = package_folder(mirror, source, version, platform)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)  # something without a program in it, or it would have been used
    made.rename(place)
    return Package(source, version, place)


def _executables(folder: Path, source: str) -> Iterator[Path]:
    return folder.glob(f"terraform-provider-{source.rpartition('/')[2]}*")
