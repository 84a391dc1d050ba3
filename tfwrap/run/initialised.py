"""Whether `terraform init` is still good: it is until something that it looks at changes."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tfwrap.base.files import write_atomic
from tfwrap.run.session import Session
from tfwrap.stacks.model import LocalModule, Unit

LOCK_FILE = ".terraform.lock.hcl"


class Initialised:
    """Compares the key of the last good init, kept beside Terraform's data folder, with today's."""

    def __init__(self, session: Session, unit: Unit, folder: Path, data: Path) -> None:
        self._session = session
        self._unit = unit
        self._folder = folder
        self._data = data
        self._marker = data / "tfwrap-init"

    def current(self) -> bool:
        try:
            return self._marker.read_text() == self._key()
        except FileNotFoundError:
            return False

    def forget(self) -> None:
        """Start from an empty data folder: what an interrupted init left is not to be trusted."""
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(parents=True)

    def remember(self) -> None:
        write_atomic(self._marker, self._key(), lasting=False)

    def _key(self) -> str:
        """Engine, backend and providers (versions.tf), lock file, module sources, and who provides providers."""
        key = hashlib.sha256()
        parts = [
            f"{self._session.engine.name} {self._session.engine.version} {self._session.cli_config}".encode(),
            *(_read(self._folder / name) for name in ("versions.tf", "main.tf", LOCK_FILE)),
        ]
        if isinstance(self._unit.module, LocalModule):
            parts.append(self._session.module_digest(self._unit.module.path))
        for part in parts:
            key.update(len(part).to_bytes(8, "big") + part)
        return key.hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
