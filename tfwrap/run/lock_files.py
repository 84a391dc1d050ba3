"""Provider lock files, written by Terraform itself from the mirror: versions stay, this machine's hashes come in.

And those of other platforms, if they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tfwrap.base.problems import Failure, Problem
from tfwrap.engine import argv, wording
from tfwrap.engine.environment import child_environment
from tfwrap.engine.lock import read_lock
from tfwrap.engine.mirror import short_source, this_platform
from tfwrap.engine.protocol import Invocation
from tfwrap.run.initialised import LOCK_FILE
from tfwrap.run.prepare import provide, requirements
from tfwrap.run.session import Session


@dataclass(frozen=True)
class LockedProvider:
    unit: str
    source: str
    version: str


async def mirror_providers(session: Session) -> list[LockedProvider]:
    """Bring what the units need into the mirror."""
    wanted = requirements(session)
    mirror = await provide(session, wanted)
    found = {short_source(package.source): package.version for package in mirror.packages.values()}
    return [LockedProvider("", source, version) for source, version in sorted(found.items())]


async def write_locks(session: Session, platforms: Sequence[str] = ()) -> list[LockedProvider]:
    """Write the lock file of every selected unit that uses providers, for this machine and for `platforms`."""
    # A package whose hash is not in a lock file yet is why this is called.
    wanted = [replace(requirement, locked_hashes=()) for requirement in requirements(session)]
    mirror = await provide(session, wanted, platforms)
    all_platforms = tuple(dict.fromkeys((this_platform(), *platforms))) if platforms else ()
    lock = argv.providers_lock(fs_mirror=mirror.folder if mirror.cli_config else None, platforms=all_platforms)
    locked: list[LockedProvider] = []
    for name in session.selected:
        await _write_lock(session, name, lock)
        for source, entry in read_lock(session.folder(name) / LOCK_FILE).items():
            locked.append(LockedProvider(name, short_source(source), entry.version))
    return locked


async def _write_lock(session: Session, name: str, lock: tuple[str, ...]) -> None:
    unit = session.units[name]
    output = session.work(name) / "lock.out"
    output.parent.mkdir(parents=True, exist_ok=True)
    environment, _ = child_environment(
        session.environ,
        pass_env=session.project.pass_env,
        data_dir=session.work(name) / "lock-data",
        cli_config=None,
        extra=unit.environment,
    )
    for arguments in (argv.get(), lock):
        done = await session.engine.run(Invocation(arguments, session.folder(name), environment, output, output))
        if done.status != 0:
            said = wording.first_error(output.read_text(errors="replace")) or "Terraform gave no reason"
            raise Failure(Problem("E513", f"{name}: the lock file cannot be written: {said}", unit.location))
