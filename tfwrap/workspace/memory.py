"""An environment as it was last loaded, checked and found generated: the same again while nothing it came from changed.

Settings and rendering are a matter of files. What was read is kept with stamps, and what came of it; as long as
every stamp is as it was, nothing is read, checked or rendered anew. It lies in the user's own cache, and never
holds a secret: settings name those, and values come later.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from tfwrap import __version__
from tfwrap.base.files import write_atomic
from tfwrap.base.reads import Reads, Stamp, stamp
from tfwrap.settings.project import Project
from tfwrap.stacks.model import CdkModule, Stack

_TICK = 100_000_000  # ns: within it a file may change once more without a new stamp
_SECOND = 1_000_000_000
_PSEUDO = ("/proc/", "/sys/", "/dev/")
_MOST = 200_000  # paths; beyond that reading anew is no slower
_PACKAGE = Path(__file__).parents[1]
_KEPT = 256  # environments


def recall(cache_folder: Path, root: Path, environment: str) -> tuple[Project, Stack] | None:
    """What is remembered of the environment, if it still holds."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, EOFError, pickle.PickleError):
        file = _file(cache_folder, root, environment)
        if file.stat().st_uid != os.getuid():
            return None
        head, _, body = file.read_bytes().partition(b"\n")
        facts = json.loads(head)
        if facts["key"] != _key() or any(stamp(path) != tuple(was) for path, was in facts["reads"].items()):
            return None
        project, stack = pickle.loads(body)  # noqa: S301 (from the user's own cache, as Python's bytecode is)
        return project, stack
    return None


def remember(cache_folder: Path, project: Project, environment: str, stack: Stack, reads: Reads) -> None:
    """Keep it with `reads`, noted while it was loaded and compared; nothing was written meanwhile."""
    from tfwrap.stacks.registry import BUILT_IN

    if stack.kind not in BUILT_IN or any(isinstance(unit.module, CdkModule) for unit in stack.units):
        return  # other people's Python may look at anything
    kept = {path: was for path, was in reads.items() if not _is_ours(path, cache_folder, project)}
    if len(kept) > _MOST or any(_fresh(was, reads.since) for was in kept.values()):
        return
    head = json.dumps({"key": _key(), "reads": kept})
    data = head.encode() + b"\n" + pickle.dumps((project, stack), pickle.HIGHEST_PROTOCOL)
    file = _file(cache_folder, project.root, environment)
    with suppress(OSError):  # a cache that cannot be written costs time, nothing else
        write_atomic(file, data, 0o600, lasting=False)
        _prune(file.parent)


def _prune(folder: Path) -> None:
    """Environments that nobody planned for long are forgotten."""
    newest_first = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    for file in newest_first[_KEPT:]:
        file.unlink(missing_ok=True)


def _fresh(was: Stamp, since: int) -> bool:
    """Whether it might have changed after it was read, without a trace. Some file systems count in whole seconds."""
    return any(moment + (_TICK if moment % _SECOND else _SECOND + _TICK) > since for moment in was[:2])


def _is_ours(path: str, cache_folder: Path, project: Project) -> bool:
    """Programs are part of the key; our own caches may change, and are checked by whoever reads them."""
    own = (project.own, cache_folder, _PACKAGE, Path(os.__file__).parent, *_libraries())
    return path.startswith(_PSEUDO) or f"{path}/".startswith(tuple(f"{folder}/" for folder in own))


@cache
def _key() -> str:
    """What else the outcome hangs on: the programs, the day (certificates run out), where `~` is, the cores."""
    code = hashlib.sha256("\n".join(_code()).encode()).hexdigest()
    facts = (__version__, sys.version, code, f"{datetime.now(UTC):%F}", os.environ.get("HOME"), os.cpu_count())
    return json.dumps(facts)


def _code() -> Iterator[str]:
    """Our own files, and the folders that libraries are installed into."""
    yield from (f"{folder} {stamp(folder)}" for folder in _libraries())
    for folder, _, names in os.walk(_PACKAGE):
        yield from (f"{folder}/{name} {stamp(f'{folder}/{name}')}" for name in sorted(names) if name.endswith(".py"))


def _libraries() -> list[str]:
    return [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]


def _file(cache_folder: Path, root: Path, environment: str) -> Path:
    name = hashlib.sha256(f"{root}\0{environment}".encode()).hexdigest()[:32]
    return cache_folder / "environments" / name
