"""Which units run warm: those that configure a provider once, whose lock file vouches for it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from kit.project import ProjectKit

from tfwrap.cli.generating import write_files
from tfwrap.cli.options import Options
from tfwrap.cli.session import make_session
from tfwrap.engine.cache import Memo
from tfwrap.engine.lock import package_hash
from tfwrap.engine.mirror import package_folder
from tfwrap.run.prepare import prepare
from tfwrap.run.warm import link_providers

SOURCE = "registry.terraform.io/test/fake"
REQUIRES = 'terraform {\n  required_providers {\n    fake = { source = "test/fake" }\n  }\n}\n'
LOCK = 'provider "{source}" {{\n  version = "{version}"\n  hashes = [\n    "{hash}",\n  ]\n}}\n'


@pytest.fixture
def mirrored(project: ProjectKit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectKit:
    """Two versions of a provider in the mirror; nothing here ever starts them."""
    monkeypatch.setenv("TFWRAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    for version in ("1.0.0", "2.0.0"):
        folder = package_folder(tmp_path / "cache/mirror", SOURCE, version)
        folder.mkdir(parents=True)
        (folder / f"terraform-provider-fake_v{version}").write_text(version)
    project.write({"modules/plain/main.tf": REQUIRES})
    return project


def lock(project: ProjectKit, unit: str, version: str = "1.0.0", *, source: str = SOURCE) -> None:
    cache = Path(os.environ["TFWRAP_CACHE"])
    known = package_hash(package_folder(cache / "mirror", source, version), Memo(cache / "x.json"))
    project.write({f"live/dev/{unit}/.terraform.lock.hcl": LOCK.format(source=source, version=version, hash=known)})


def warm(project: ProjectKit, environment: str, *, cold: bool = False) -> dict[str, list[str]]:
    """Unit -> names of the programs that are kept running for it."""
    project.write({"live/dev/env.yaml": f"stack: units\n{environment}"})
    session = make_session(Options(project=project.root, cold=cold), "dev", "plan")
    write_files(session)
    asyncio.run(prepare(session))
    return {unit: [Path(program).name for _, program in kept] for unit, kept in session.warm.items()}


def test_built_in_units_need_no_provider_but_run_warm(mirrored: ProjectKit) -> None:
    assert warm(mirrored, "units: {a: {module: ../../modules/echo, inputs: {text: a}}}") == {"a": []}


def test_cold_means_cold(mirrored: ProjectKit) -> None:
    assert warm(mirrored, "units: {a: {module: ../../modules/echo, inputs: {text: a}}}", cold=True) == {}


def test_a_provider_must_stand_in_the_lock_file(mirrored: ProjectKit) -> None:
    lock(mirrored, "a")
    units = "units: {a: {module: ../../modules/plain}, b: {module: ../../modules/plain}}"
    assert warm(mirrored, units) == {"a": ["terraform-provider-fake_v1.0.0"]}


def test_units_share_workers_as_long_as_versions_agree(mirrored: ProjectKit) -> None:
    units = """
units:
  a: {module: ../../modules/plain}
  b: {module: ../../modules/plain}
  c: {module: ../../modules/echo, inputs: {text: c}}
"""
    lock(mirrored, "a")
    lock(mirrored, "b")
    assert set(map(tuple, warm(mirrored, units).values())) == {("terraform-provider-fake_v1.0.0",)}
    lock(mirrored, "b", "2.0.0")
    assert warm(mirrored, units) == {
        "a": ["terraform-provider-fake_v1.0.0"],
        "b": ["terraform-provider-fake_v2.0.0"],
        "c": [],
    }


@pytest.mark.parametrize(
    "files",
    [
        {"main.tf": REQUIRES + 'provider "fake" {\n  alias = "x"\n}\n'},
        {"main.tf": REQUIRES + 'provider "fake" {}\n'},
        {"main.tf": 'module "child" {\n  source = "./child"\n}\n', "child/main.tf": REQUIRES + 'provider "fake" {}\n'},
        {"main.tf": REQUIRES + 'module "far" {\n  source = "git::https://example.test/far.git"\n}\n'},
        {"main.tf": REQUIRES, "override.tf": 'provider "fake" {}\n'},
        {"main.tf": REQUIRES, "more_override.tf.json": '{"provider": {"fake": {}}}'},
        {"main.tf": REQUIRES, "more.tofu": 'provider "fake" {}\n'},
    ],
    ids=[
        "alias",
        "below the root",
        "in a child module",
        "a module nobody has read",
        "an override file",
        "an override file in JSON",
        "a file for OpenTofu",
    ],
)
def test_what_may_configure_a_provider_twice_runs_cold(mirrored: ProjectKit, files: dict[str, str]) -> None:
    mirrored.write({f"modules/odd/{name}": text for name, text in files.items()})
    lock(mirrored, "a")
    lock(mirrored, "b")
    units = "units: {a: {module: ../../modules/odd}, b: {module: ../../modules/plain}}"
    assert set(warm(mirrored, units)) == {"b"}


@pytest.mark.parametrize("name", ["mine.tf", "override.tf", "mine.tf.json", "mine.tofu"])
def test_a_folder_with_a_persons_own_code_runs_cold(mirrored: ProjectKit, name: str) -> None:
    """It may configure the provider once more."""
    lock(mirrored, "a")
    lock(mirrored, "b")
    mirrored.write({f"live/dev/a/{name}": "{}" if name.endswith("json") else "# mine\n", "live/dev/b/README.md": "b\n"})
    units = "units: {a: {module: ../../modules/plain}, b: {module: ../../modules/plain}}"
    assert set(warm(mirrored, units)) == {"b"}


IMPLIED = 'resource "fake_thing" "this" {}\n'


@pytest.mark.parametrize(
    ("text", "version", "kept"),
    [
        (IMPLIED, None, {}),
        (IMPLIED, "1.0.0", {"b": ["terraform-provider-fake_v1.0.0"]}),
        ('variable "x" {\n  default = 1\n}\n', "2.0.0", {"b": []}),
    ],
    ids=["by a resource, not locked", "by a resource", "only in the lock file"],
)
def test_a_provider_that_is_used_undeclared_is_not_shared(
    mirrored: ProjectKit, text: str, version: str | None, kept: dict[str, list[str]]
) -> None:
    """The unit may need another version of it than the one that runs for others."""
    cache = Path(os.environ["TFWRAP_CACHE"]) / "mirror/registry.terraform.io"
    (cache / "hashicorp").mkdir()
    (cache / "hashicorp/fake").symlink_to(cache / "test/fake")
    declared = REQUIRES.replace("test/fake", "hashicorp/fake")
    mirrored.write({"modules/declares/main.tf": declared, "modules/uses/main.tf": text})
    lock(mirrored, "a", source="registry.terraform.io/hashicorp/fake")
    if version:
        lock(mirrored, "b", version, source="registry.terraform.io/hashicorp/fake")
    units = """
units:
  a: {module: ../../modules/declares}
  b: {module: ../../modules/uses}
  c: {module: ../../modules/echo, inputs: {text: c}}
"""
    program = "terraform-provider-fake_v1.0.0"
    assert warm(mirrored, units) == {"a": [program], **kept, "c": [program]}


def test_a_root_configuration_is_one(mirrored: ProjectKit) -> None:
    lock(mirrored, "a")
    settings = "providers: {fake: {source: test/fake, config: {x: 1}}}\nunits: {a: {module: ../../modules/plain}}"
    assert set(warm(mirrored, settings)) == {"a"}


def test_init_leaves_a_folder_that_serves_cold_too(tmp_path: Path) -> None:
    program = package_folder(tmp_path / "mirror", SOURCE, "1.0.0") / "terraform-provider-fake_v1.0.0"
    program.parent.mkdir(parents=True)
    program.touch()
    for _ in range(2):
        link_providers(tmp_path / "data", ((SOURCE, str(program)),))
    where = program.relative_to(tmp_path / "mirror")
    assert (tmp_path / "data/providers" / where).samefile(program)
