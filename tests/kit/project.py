"""Builds a whole project from a layout, runs the command as a user would, and looks at the outcome."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A module of built-in resources only: no provider, real plans and applies.
ECHO = {
    "modules/echo/main.tf": """\
variable "text" {
  type = string
}

resource "terraform_data" "this" {
  input = var.text
}

output "id" {
  value = terraform_data.this.id
}

output "text" {
  value = var.text
}
"""
}

# app depends on something known only after network is applied, label on something known before.
CHAIN = """\
stack: units
units:
  network:
    module: ../../modules/echo
    inputs: {text: dev}
  app:
    module: ../../modules/echo
    inputs: {text: "on ${network.id}"}
  label:
    module: ../../modules/echo
    inputs: {text: "in ${network.text}"}
"""

_RUNS = ("plan", "apply", "destroy", "drift")


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit status, stdout, stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def units(self) -> dict[str, dict[str, Any]]:
        """Rows of the `--json` document by unit."""
        return {row["name"]: row for row in self.json["units"]}

    def results(self) -> dict[str, str]:
        return {name: row["result"] for name, row in self.units().items()}

    def codes(self) -> list[str]:
        return [problem["code"] for problem in self.json["problems"]]


class ProjectKit:
    """A project in a folder of its own; `env` are extra environment variables of every command."""

    def __init__(self, root: Path, env: Mapping[str, str] | None = None, *, cold: bool | None = None) -> None:
        self.root = root
        # With TFWRAP_TEST_COLD=1 all tests run without warm workers, except those that say how they run.
        self.cold = bool(os.environ.get("TFWRAP_TEST_COLD")) if cold is None else cold
        # With TFWRAP_TEST_ENGINE=terraform, tofu or a path the same tests run with that engine.
        self.env = {"TFWRAP_ENGINE": os.environ.get("TFWRAP_TEST_ENGINE", "embedded"), **(env or {})}

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def environment(self) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("TF_", "TFWRAP_PROJECT"))
        }
        return {**inherited, "COLUMNS": "120", **self.env}

    def command(self, *arguments: str) -> list[str]:
        cold = self.cold and arguments[:1] and arguments[0] in _RUNS
        return [sys.executable, "-m", "tfwrap", *arguments, *(["--cold"] if cold else [])]

    def run(self, *arguments: str, stdin: str | None = None, timeout: float = 120) -> Outcome:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment(),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The command running, for tests that send signals; its own session, like a terminal's foreground job."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def state(self, unit: str, environment: str = "dev") -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.root / "state" / environment / f"{unit}.tfstate").read_text())
        return state


def mirrored(folder: Path, mirror: Path) -> dict[str, str]:
    """What lets Terraform find its providers in a mirror and nowhere else; the file is written into `folder`."""
    config = folder / "terraform.rc"
    config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    return {"TF_CLI_CONFIG_FILE": str(config)}
