"""A git repository that others take modules from."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """One commit, tagged v1."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "one"], ["tag", "v1"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder
