"""The provider programs that may be kept running for a unit: those its lock file vouches for.

They are tfwrap's mirror's, or, where Terraform's own init decides where providers come from, what that has installed.
"""

from __future__ import annotations

from collections.abc import Sequence

from tfwrap.engine.cache import Memo, cache_folder
from tfwrap.engine.lock import package_hash, read_lock
from tfwrap.engine.mirror import BUILT_IN, Package, package_folder
from tfwrap.engine.providers import HASHES, Mirror, Requirement
from tfwrap.run.initialised import LOCK_FILE, Initialised
from tfwrap.run.session import Session
from tfwrap.stacks.model import Unit

Warm = tuple[tuple[str, str], ...]  # source, program


def needed(requirements: Sequence[Requirement]) -> list[Requirement]:
    """Without what is part of Terraform itself."""
    return [one for one in requirements if not one.source.startswith(BUILT_IN)]


def mirrored(requirements: Sequence[Requirement], mirror: Mirror) -> Warm | None:
    """None if one is not vouched for: of those that are, `ensure` refuses a package that does not match."""
    found = []
    for one in needed(requirements):
        package = mirror.packages.get(one)
        if package is None or one.locked_version != package.version or not one.locked_hashes:
            return None
        found.append(package)
    return _programs(found)


class Installed:
    """What units' inits have installed. Copies of one package count as one, so that units share it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._memo = Memo(cache_folder(session.environ) / HASHES)
        self._packages: dict[tuple[str, str], Package] = {}  # by source and hash

    def of(self, unit: Unit) -> Warm | None:
        """All that its lock file names; None before a good init, or if a package is not what was locked."""
        folder, data = self._session.folder(unit.name), self._session.work(unit.name) / "data"
        if not Initialised(self._session, unit, folder, data).current():
            return None
        found = []
        for source, locked in read_lock(folder / LOCK_FILE).items():
            place = package_folder(data / "providers", source, locked.version).resolve()
            if not place.is_dir():
                continue  # locked, but not used any more
            digest = package_hash(place, self._memo)
            if digest not in locked.hashes:
                return None
            package = Package(source, locked.version, place)
            found.append(self._packages.setdefault((source, digest), package))
        return _programs(found)


def _programs(packages: Sequence[Package]) -> Warm:
    return tuple(sorted({(package.source, str(package.executable)) for package in packages}))
