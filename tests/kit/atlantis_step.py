"""Runs workflow steps as an Atlantis server does: environment variables, the folder of the project, nothing else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from kit.project import Outcome, ProjectKit

COMMIT = "8830de9a7c2f00000000000000000000000000aa"


def escape(*arguments: str) -> str:
    """COMMENT_ARGS as Atlantis writes it: a backslash before every character, commas between arguments."""
    return ",".join("".join(f"\\{character}" for character in argument) for argument in arguments)


@dataclass
class Steps:
    """The clone of a pull request."""

    kit: ProjectKit
    commit: str = COMMIT
    env: dict[str, str] = field(default_factory=dict)

    def folder(self, project: str) -> Path:
        return self.kit.root / "live" / project

    def plan_file(self, project: str) -> Path:
        return self.folder(project) / f"{project.replace('/', '::')}-default.tfplan"

    def run(self, step: str, project: str, *arguments: str, **variables: str) -> Outcome:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tfwrap", "atlantis", step],
            cwd=self.folder(project),
            env={**self.environment(project, *arguments), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def environment(self, project: str, *arguments: str) -> dict[str, str]:
        return {
            **self.kit.environment(),
            "PLANFILE": str(self.plan_file(project)),
            "PROJECT_NAME": project,
            "WORKSPACE": "default",
            "REPO_REL_DIR": f"live/{project}",
            "DIR": str(self.folder(project)),
            "HEAD_COMMIT": self.commit,
            "PULL_NUM": "7",
            "PULL_URL": "http://gitea.test/acme/infra/pulls/7",
            "COMMENT_ARGS": escape(*arguments),
            "ATLANTIS_GITEA_TOKEN": "atlantis-secret-token",
            **self.env,
        }

    def plan(self, project: str, *arguments: str) -> str:
        """Plan as the workflow does; what the pull request would show."""
        planned = self.run("plan", project, *arguments)
        assert planned.status == 0, planned.out + planned.err
        shown = self.run("comment", project, *arguments)
        assert shown.status == 0, shown.out + shown.err
        return shown.out

    def apply(self, project: str) -> Outcome:
        return self.run("apply", project)
