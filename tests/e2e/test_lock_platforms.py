"""Lock files for machines other than this one: from a build for each platform, and from a registry."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from kit.project import ProjectKit

from tfwrap.engine.cache import Memo
from tfwrap.engine.lock import package_hash, read_lock
from tfwrap.engine.mirror import package_folder, this_platform

_SOURCE = "localhost:1/acme/toy"  # nobody answers there
_SETTINGS = f"""
[source_builds."{_SOURCE}"]
dir = "tools/toy"
package = "example.com/toy"
version = "1.2.3"
"""
_MODULE = f'terraform {{\n  required_providers {{\n    toy = {{ source = "{_SOURCE}" }}\n  }}\n}}\n'
_OTHERS = ("darwin_arm64", "windows_amd64")
_MAGIC = {"darwin_arm64": b"\xcf\xfa\xed\xfe", "windows_amd64": b"MZ"}


@pytest.fixture
def built(project: ProjectKit, tmp_path: Path) -> ProjectKit:
    """A unit whose provider is built from a source of nine lines."""
    gone = {name: "" for name in os.environ if name.startswith("TF_")}
    project.env |= {**gone, "TFWRAP_CACHE": str(tmp_path / "cache")}
    project.write(
        {
            "tfwrap.toml": _SETTINGS,
            "tools/toy/go.mod": "module example.com/toy\n\ngo 1.24\n\ntoolchain go1.26.8\n",
            "tools/toy/go.sum": "",
            "tools/toy/main.go": "package main\n\nfunc main() {\n}\n",
            "modules/toy/main.tf": _MODULE,
            "live/dev/env.yaml": "stack: units\nunits: {a: {module: ../../modules/toy}}\n",
        }
    )
    return project


def test_hashes_of_builds_for_other_platforms(built: ProjectKit, tmp_path: Path) -> None:
    lock = ["providers", "lock", "dev", *(f"--platform={one}" for one in _OTHERS)]
    done = built.run(*lock, timeout=280)
    assert done.status == 0, done.err
    assert "building localhost:1/acme/toy 1.2.3 for darwin_arm64 from source" in done.err
    (mirror,) = (tmp_path / "cache").glob("mirror-*")
    memo = Memo(tmp_path / "memo.json")
    folders = {one: package_folder(mirror, _SOURCE, "1.2.3", one) for one in (this_platform(), *_OTHERS)}
    file = built.root / "live/dev/a/.terraform.lock.hcl"
    assert set(read_lock(file)[_SOURCE].hashes) == {package_hash(folder, memo) for folder in folders.values()}
    for one in _OTHERS:
        (program,) = folders[one].iterdir()
        assert program.read_bytes().startswith(_MAGIC[one])
    written = file.read_bytes()
    again = built.run(*lock)
    assert (again.status, "building" in again.err) == (0, False)
    # Without the option what is known of others stays.
    assert built.run("providers", "lock", "dev").status == 0
    assert file.read_bytes() == written


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lock", "dev", "--platform", "mac"], "mac is not a platform such as linux_amd64"),
        (["dev", "--platform", "darwin_arm64"], "--platform is for lock files"),
    ],
)
def test_platforms_that_cannot_be_meant(built: ProjectKit, words: list[str], said: str) -> None:
    refused = built.run("providers", *words)
    assert (refused.status, said in refused.err) == (64, True), refused.err


def test_a_platform_that_go_does_not_know(built: ProjectKit) -> None:
    refused = built.run("providers", "lock", "dev", "--platform", "beos_m68k", "--json", timeout=280)
    assert (refused.status, refused.codes()) == (1, ["E412"])
    assert "1.2.3 for beos_m68k from source failed" in refused.err
