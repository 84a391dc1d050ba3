from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfwrap.base.problems import Failure
from tfwrap.engine.cache import Memo
from tfwrap.engine.lock import Locked, package_hash, read_lock

LOCK = """# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/helm" {
  version     = "1.3.2"
  constraints = ">= 1.3.2, < 4.0.0"
  hashes = [
    "h1:kLBghh24+TfQV1rUc8qlgYVTv6lFMr4xkZadxH68P1E=",
    "zh:0c7f0ae1b2d5e4d0",
  ]
}

provider "registry.terraform.io/hashicorp/null" {
  version = "3.2.1"
}
"""


def test_reading(tmp_path: Path) -> None:
    file = tmp_path / ".terraform.lock.hcl"
    assert read_lock(file) == {}
    file.write_text(LOCK)
    assert read_lock(file) == {
        "registry.terraform.io/hashicorp/helm": Locked(
            "1.3.2",
            ">= 1.3.2, < 4.0.0",
            ("h1:kLBghh24+TfQV1rUc8qlgYVTv6lFMr4xkZadxH68P1E=", "zh:0c7f0ae1b2d5e4d0"),
        ),
        "registry.terraform.io/hashicorp/null": Locked("3.2.1", "", ()),
    }


def test_an_entry_without_its_version(tmp_path: Path) -> None:
    file = tmp_path / ".terraform.lock.hcl"
    file.write_text(LOCK.replace('  version = "3.2.1"\n', ""))
    with pytest.raises(Failure) as failure:
        read_lock(file)
    (problem,) = failure.value.problems
    assert problem.code == "E414"
    assert problem.location is not None
    assert problem.location.line == LOCK.splitlines().index('provider "registry.terraform.io/hashicorp/null" {') + 1


def package(folder: Path) -> Path:
    (folder / "docs").mkdir(parents=True)
    (folder / "terraform-provider-toy_v1.0.0").write_bytes(b"#!/bin/sh\n")
    (folder / "docs" / "LICENSE").write_bytes(b"mine\n")
    (folder / "README").write_bytes(b"")
    return folder


def test_the_hash_is_of_names_and_contents(tmp_path: Path) -> None:
    # As written by `terraform providers lock -fs-mirror` for exactly these files.
    expected = "h1:Xt279FRQMW9HgbXifPKxrFa4WQG+se3LWMqZ9mgckvA="
    one, two = package(tmp_path / "one"), package(tmp_path / "elsewhere" / "two")
    assert package_hash(one, Memo(tmp_path / "memo")) == expected
    (two / "terraform-provider-toy_v1.0.0").chmod(0o755)
    assert package_hash(two, Memo(tmp_path / "memo")) == expected


def test_the_hash_is_remembered_until_a_file_changes(tmp_path: Path) -> None:
    folder, memo = package(tmp_path / "p"), Memo(tmp_path / "memo")
    first = package_hash(folder, memo)
    program = folder / "terraform-provider-toy_v1.0.0"
    status = program.stat()
    program.write_bytes(b"#!/bin/no\n")
    os.utime(program, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert package_hash(folder, memo) != first
    program.write_bytes(b"#!/bin/sh\n")
    assert package_hash(folder, memo) == first
    (folder / "README").rename(folder / "README.md")
    assert package_hash(folder, memo) != first
