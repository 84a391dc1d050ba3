from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest

from tfwrap.engine import argv

GOLDEN: list[tuple[argv.Arguments, list[str]]] = [
    (argv.init(), ["init", "-input=false", "-no-color", "-lock-timeout=300s"]),
    (
        argv.init(reconfigure=True, lock_timeout=0.5),
        ["init", "-input=false", "-no-color", "-reconfigure", "-lock-timeout=0.5s"],
    ),
    (
        argv.plan(out=Path("/b/plan.bin"), var_files=[Path("/b/v.json")]),
        [
            "plan",
            "-input=false",
            "-no-color",
            "-json",
            "-detailed-exitcode",
            "-lock-timeout=300s",
            "-var-file=/b/v.json",
            "-out=/b/plan.bin",
        ],
    ),
    (
        argv.plan(
            destroy=True,
            refresh=False,
            detailed_exitcode=False,
            json=False,
            lock=False,
        ),
        [
            "plan",
            "-input=false",
            "-no-color",
            "-destroy",
            "-refresh=false",
            "-lock=false",
        ],
    ),
    (
        argv.plan(refresh_only=True),
        [
            "plan",
            "-input=false",
            "-no-color",
            "-json",
            "-detailed-exitcode",
            "-refresh-only",
            "-lock-timeout=300s",
        ],
    ),
    (
        argv.apply(Path("/b/plan.bin"), var_files=[Path("v"), Path("w")], lock_timeout=3600.0),
        [
            "apply",
            "-input=false",
            "-no-color",
            "-json",
            "-lock-timeout=3600s",
            "-var-file=v",
            "-var-file=w",
            "/b/plan.bin",
        ],
    ),
    (argv.show(Path("p")), ["show", "-no-color", "-json", "p"]),
    (argv.version(), ["version"]),
    (argv.state_pull(), ["state", "pull", "-no-color"]),
    (argv.state_rm(["a.b", "a.c"]), ["state", "rm", "-no-color", "-lock-timeout=300s", "a.b", "a.c"]),
    (
        argv.import_("a.b", "id-1", var_files=[Path("v")]),
        ["import", "-input=false", "-no-color", "-lock-timeout=300s", "-var-file=v", "a.b", "id-1"],
    ),
    (argv.force_unlock("1-2"), ["force-unlock", "-no-color", "-force", "1-2"]),
    (
        argv.providers_lock(fs_mirror=Path("/m"), platforms=["linux_amd64", "darwin_arm64"]),
        [
            "providers",
            "lock",
            "-no-color",
            "-fs-mirror=/m",
            "-platform=linux_amd64",
            "-platform=darwin_arm64",
        ],
    ),
    (argv.providers_mirror(Path("/m")), ["providers", "mirror", "-no-color", "/m"]),
]


@pytest.mark.parametrize(("built", "expected"), GOLDEN, ids=lambda value: " ".join(value[:2]))
def test_arguments(built: argv.Arguments, expected: list[str]) -> None:
    assert list(built) == expected


def test_building_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "terraform.tfstate").write_text("not JSON: reading it would fail")
    handlers = list(logging.getLogger().handlers)
    argv.init()
    argv.plan(var_files=[Path("v")])
    assert logging.getLogger().handlers == handlers
    assert [file.name for file in tmp_path.iterdir()] == ["terraform.tfstate"]
