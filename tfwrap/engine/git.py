"""What git says of the project: its commit, whether the tree is dirty. A project need not be in git."""

from __future__ import annotations

import subprocess
from pathlib import Path


def head(root: Path) -> tuple[str | None, bool | None]:
    """The commit and whether anything differs from it; (None, None) outside of git or before the first commit."""
    commit = git(root, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None, None
    changes = git(root, "status", "--porcelain")
    return commit.strip(), None if changes is None else bool(changes.strip())


def git(root: Path, *arguments: str) -> str | None:
    """The output of a git command in `root`, or None if it fails or there is no git."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
