"""Programs that come as packages of Debian: from PATH, else installed once per machine, which needs root."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock
from parts.store import on_path, run

from tfwrap.engine.cache import cache_folder

_PATIENT = ("-o", "DPkg::Lock::Timeout=600")  # seconds, if the machine is installing something itself


def program(package: str, *names: str) -> Path:
    """The first of the names that is there; the package, if none is. Its own name if none is given."""
    wanted = names or (package,)
    return _found(wanted) or _install(package, wanted)


def _found(names: tuple[str, ...]) -> Path | None:
    return next((path for name in names if (path := on_path(name))), None)


def _install(package: str, names: tuple[str, ...]) -> Path:
    folder = cache_folder({}) / "parts"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "debian.lock", timeout=900):  # one for all: apt-get lets nobody else in
        if not _found(names):  # another process was quicker
            run(["apt-get", "update", "--quiet"], folder)
            quiet = {"DEBIAN_FRONTEND": "noninteractive"}
            run(["apt-get", "install", "-qy", "--no-install-recommends", *_PATIENT, package], folder, quiet)
    found = _found(names)
    if found is None:
        raise RuntimeError(f"the package {package} brought no program of the name {' or '.join(names)}")
    return found
