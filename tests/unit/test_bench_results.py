"""Table, picture and the README's short table are what results.json says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"
DRAW = """
import json, sys
from pathlib import Path
bench, made, readme = map(Path, sys.argv[1:])
sys.path.insert(0, str(bench))
from draw import draw
draw(json.loads((bench / "results.json").read_text()), made, readme)
"""


def test_the_tables_and_the_picture_are_those_of_the_results(tmp_path: Path) -> None:
    shutil.copy(ROOT / "README.md", tmp_path)
    subprocess.run([sys.executable, "-c", DRAW, BENCH, tmp_path, tmp_path / "README.md"], check=True)
    for kept in (BENCH / "results.md", BENCH / "results.svg", ROOT / "README.md"):
        assert (tmp_path / kept.name).read_text(encoding="utf-8") == kept.read_text(encoding="utf-8"), kept.name


def test_every_work_was_measured_every_way() -> None:
    work = json.loads((BENCH / "results.json").read_text())["work"]
    assert set(work) == {"helm-3", "helm-30", "built-in-100", "built-in-1000"}
    for ways in work.values():
        assert {"tfwrap", "tfwrap --cold", "terraform", "terragrunt -p 4", "bare"} <= set(ways)
