"""The files of an environment against git HEAD, for reviewers who read them beside the plan. Reads only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tfwrap.engine.git import git
from tfwrap.run.record import FileChange
from tfwrap.workspace.record import NAME

_MOST = 512 * 1024  # bytes of a file worth reading side by side


def changed_files(root: Path, folder: Path) -> tuple[FileChange, ...] | None:
    """Everything below `folder` that differs from HEAD, also what git does not have yet; None outside of git.

    The list of generated files is left out: it only repeats, as hashes, that those differ.
    """
    place = os.path.relpath(folder, root)
    changed = git(root, "diff", "--relative", "--name-only", "--no-renames", "-z", "HEAD", "--", place)
    added = git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", place)
    if changed is None or added is None:
        return None
    names = sorted({name for name in (changed + added).split("\0") if name and Path(name).name != NAME})
    return tuple(_changes(root, folder, names))


def _changes(root: Path, folder: Path, names: list[str]) -> Iterator[FileChange]:
    for name in names:
        path = root / name
        after = _text(path)
        before = git(root, "show", f"HEAD:./{name}")
        inside = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
        if before != after:
            yield FileChange(inside[0] if len(inside) > 1 else None, name, before, after)


def _text(path: Path) -> str | None:
    """The file's text; None if there is none, or nothing to read as text."""
    try:
        data = path.read_bytes()
        return data.decode("utf-8") if len(data) <= _MOST else None
    except (OSError, UnicodeDecodeError):
        return None
