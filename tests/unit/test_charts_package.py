"""Hash, stamp and archive of a chart folder."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from tfwrap.base.problems import SettingsFailure
from tfwrap.stacks.emissary.charts import DESCRIPTION, content_hash, package, package_name, stamp

TEXT = "apiVersion: v2\nname: demo\nversion: 1.2.3 # keep\nappVersion: '9'\n"


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    folder = tmp_path / "chart"
    (folder / "templates").mkdir(parents=True)
    (folder / DESCRIPTION).write_text(TEXT)
    (folder / "values.yaml").write_text("a: 1\n")
    (folder / "templates" / "x.yaml").write_text("kind: X\n")
    (folder / ".helmignore").write_text("*.bak\n*~\n")
    return folder


def test_the_stamp_changes_the_version_only_and_is_stable(chart: Path) -> None:
    first = stamp(chart)
    assert first == TEXT.replace("1.2.3", f"1.2.3+{content_hash(chart)}")

    (chart / DESCRIPTION).write_text(first)

    assert stamp(chart) == first


@pytest.mark.parametrize(
    ("written", "stamped"),
    [
        ("version: 1.2.3", "version: 1.2.3+{}"),
        ('version: "1.2.3+old" # c', 'version: "1.2.3+{}" # c'),
        ("version:   '1.2.3-rc.1'", "version:   '1.2.3-rc.1+{}'"),
        ("version: 1.2.3+old\r", "version: 1.2.3+{}\r"),
    ],
)
def test_the_stamp_keeps_how_the_version_is_written(chart: Path, written: str, stamped: str) -> None:
    (chart / DESCRIPTION).write_bytes(TEXT.replace("version: 1.2.3 # keep", written).encode())

    assert stamped.format(content_hash(chart)) in stamp(chart).split("\n")


def test_dependencies_keep_their_versions(chart: Path) -> None:
    dependency = "dependencies:\n  - name: x\n    version: 4.5.6\n"
    (chart / DESCRIPTION).write_text(dependency + TEXT)

    assert stamp(chart).startswith(dependency)


@pytest.mark.parametrize("path", ["values.yaml", "templates/x.yaml", "files/new", DESCRIPTION, ".helmignore"])
def test_every_packaged_file_counts(chart: Path, path: str) -> None:
    before = content_hash(chart)
    file = chart / path
    file.parent.mkdir(exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + "# more\n")

    assert content_hash(chart) != before


def test_a_name_counts_as_much_as_the_content(chart: Path) -> None:
    before = content_hash(chart)
    (chart / "templates" / "x.yaml").rename(chart / "templates" / "y.yaml")

    assert content_hash(chart) != before


@pytest.mark.parametrize("path", ["values.yaml~", "x.bak", "templates/.x.yaml.swp", "templates/.d/y.yaml"])
def test_what_helm_leaves_out_does_not_count(chart: Path, path: str) -> None:
    before = content_hash(chart), package(chart)
    (chart / path).parent.mkdir(exist_ok=True)
    (chart / path).write_text("dropped by an editor\n")

    assert (content_hash(chart), package(chart)) == before


def test_times_modes_and_order_do_not_count(chart: Path, tmp_path: Path) -> None:
    before = content_hash(chart), package(chart)
    copy = tmp_path / "copy"
    (copy / "templates").mkdir(parents=True)
    for path in ("templates/x.yaml", ".helmignore", "values.yaml", DESCRIPTION):
        shutil.copyfile(chart / path, copy / path)
        os.utime(copy / path, (1, 1))
        (copy / path).chmod(0o600)

    assert (content_hash(copy), package(copy)) == before


def test_the_package_is_the_same_whether_stamped_before_or_not(chart: Path) -> None:
    before = package(chart)
    (chart / DESCRIPTION).write_text(stamp(chart))

    assert package(chart) == before


def test_the_package_is_a_chart_archive(chart: Path) -> None:
    assert package_name(chart) == f"demo-1.2.3+{content_hash(chart)}.tgz"
    with tarfile.open(fileobj=io.BytesIO(package(chart)), mode="r:gz") as archive:
        members = archive.getmembers()
        description = archive.extractfile(f"demo/{DESCRIPTION}")
        assert description is not None
        assert description.read().decode() == stamp(chart)
    assert [member.name for member in members] == [
        "demo/Chart.yaml",
        "demo/.helmignore",
        "demo/templates/x.yaml",
        "demo/values.yaml",
    ]
    assert {(member.mtime, member.uid, member.gid, member.uname, member.mode) for member in members} == {
        (0, 0, 0, "", 0o644)
    }


def test_a_large_chart_is_packed_whole(chart: Path) -> None:
    content = os.urandom(200_000)
    (chart / "large").write_bytes(content)

    with tarfile.open(fileobj=io.BytesIO(package(chart)), mode="r:gz") as archive:
        large = archive.extractfile("demo/large")
        assert large is not None
        assert large.read() == content


@pytest.mark.parametrize(
    "text", ["name: demo\n", "version: 1.2.3\n", "name: demo\nversion: 1.2\n", "name: demo\n  version: 1.2.3\n"]
)
def test_a_chart_without_name_or_version_is_a_problem(chart: Path, text: str) -> None:
    (chart / DESCRIPTION).write_text(text)

    with pytest.raises(SettingsFailure) as caught:
        package(chart)
    (problem,) = caught.value.problems
    assert problem.code == "E160"
    assert problem.location is not None
    assert problem.location.file == chart / DESCRIPTION


def test_a_folder_without_a_description_is_no_chart(tmp_path: Path) -> None:
    with pytest.raises(SettingsFailure, match="is not a chart folder"):
        stamp(tmp_path)
