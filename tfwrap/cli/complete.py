"""Answers to a shell that completes: environments, units, selectors; topics and codes.

The first three come from an index in the project's cache. It is made anew when a file it was made from has changed;
an answer from the index imports neither pydantic nor anything else that takes time.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from tfwrap.settings.project import Project

_FORMAT = 1  # of the index
_PREFIXES = ("!+", "!", "+")


def complete_environment(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    environments = read_index(ctx).get("environments", {})
    return [
        CompletionItem(name, help=", ".join(one["units"]))
        for name, one in environments.items()
        if _fits(name, incomplete)
    ]


def complete_unit(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    return [CompletionItem(name) for name in _environment(ctx)["units"] if _fits(name, incomplete)]


def complete_selector(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """`app`, `tag:core`, and behind `+` or `!` as well."""
    prefix = next((one for one in _PREFIXES if incomplete.startswith(one)), "")
    found = _environment(ctx)
    words = [*found["units"], *(f"tag:{tag}" for tag in found["tags"])]
    return [CompletionItem(prefix + word) for word in words if _fits(word, incomplete.removeprefix(prefix))]


def complete_topic(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """What `tfwrap help` knows: topics, and commands."""
    from tfwrap.cli.topics import TOPICS

    root = ctx.find_root()
    known = [*TOPICS, "man", *(root.command.list_commands(root) if isinstance(root.command, click.Group) else ())]
    return [CompletionItem(word) for word in known if _fits(word, incomplete)]


def complete_code(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    from tfwrap.base.bundled import bundled

    codes = sorted(page.stem for page in bundled("docs/codes").glob("*.md"))
    return [CompletionItem(code) for code in codes if _fits(code, incomplete.upper())]


def _fits(word: str, incomplete: str) -> bool:
    return word.startswith(incomplete)


def _environment(ctx: click.Context) -> dict[str, list[str]]:
    name = ctx.params.get("environment") or ctx.params.get("what")
    environments = read_index(ctx).get("environments", {})
    if name in environments:
        one: dict[str, list[str]] = environments[name]
        return one
    # Not said yet (`tfwrap plan -u …`): what any environment has.
    return {
        key: list(dict.fromkeys(word for one in environments.values() for word in one[key]))
        for key in ("units", "tags")
    }


def read_index(ctx: click.Context) -> dict[str, Any]:
    """What completion knows of the project; nothing, outside of one."""
    named = ctx.params.get("project") or os.environ.get("TFWRAP_PROJECT")
    root = _find_root(Path(named).absolute() if named else Path.cwd(), up=not named)
    if root is None:
        return {}
    path = root / ".tfwrap" / "cache" / "completion.json"
    index = _stored(path)
    return index if index and _is_current(index, root) else _rebuild(root, path, index or {})


def _find_root(start: Path, *, up: bool) -> Path | None:
    for folder in (start, *(start.parents if up else ())):
        if (folder / "tfwrap.toml").is_file():
            return folder
        shared = folder / "pyproject.toml"
        if shared.is_file() and re.search(r"^\s*\[\s*tool\s*\.\s*tfwrap\b", shared.read_text("utf-8"), re.MULTILINE):
            return folder
    return None


def _stored(path: Path) -> dict[str, Any] | None:
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return index if isinstance(index, dict) and index.get("format") == _FORMAT else None


def _is_current(index: dict[str, Any], root: Path) -> bool:
    live = root / index["live"]
    names = sorted(file.parent.name for file in live.glob("*/env.yaml"))
    return names == index["names"] and all(_stamp(root / name) == stamp for name, stamp in index["files"].items())


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_mtime_ns, found.st_size]


def _rebuild(root: Path, path: Path, before: dict[str, Any]) -> dict[str, Any]:
    """A broken environment keeps what was known of it; where nothing can be written, the answer is still right."""
    from tfwrap.base.files import write_atomic
    from tfwrap.base.problems import Failure
    from tfwrap.settings.project import find_project

    try:
        project = find_project(root, root)
    except Failure:
        return before
    files: set[Path] = {root / "tfwrap.toml", root / "pyproject.toml"}
    environments = {}
    for name in project.environments():
        found, made_of = _read_environment(project, name)
        environments[name] = found or before.get("environments", {}).get(name, {"units": [], "tags": []})
        files.update(made_of)
    index = {
        "format": _FORMAT,
        "live": os.path.relpath(project.live, root),
        "names": project.environments(),
        "files": {os.path.relpath(file, root): _stamp(file) for file in sorted(files)},
        "environments": environments,
    }
    with contextlib.suppress(OSError):  # a read-only project
        write_atomic(path, json.dumps(index), lasting=False)
    return index


def _read_environment(project: Project, name: str) -> tuple[dict[str, list[str]] | None, Iterable[Path]]:
    from tfwrap.base.problems import Failure
    from tfwrap.settings.environment import read_environment
    from tfwrap.stacks.registry import load_unchecked

    made_of: Iterable[Path] = (project.live / name / "env.yaml",)
    try:
        made_of = read_environment(project, name).files
        units = load_unchecked(project, name).units
    except Failure:
        return None, made_of
    tags = dict.fromkeys(tag for unit in units for tag in unit.tags)
    return {"units": [unit.name for unit in units], "tags": list(tags)}, made_of
