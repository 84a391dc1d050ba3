"""Sees to it that the providers of a run are in the mirror: there already, from a registry, or built.

What a lock file pins is taken exactly; else the newest that fits, of what the mirror has first. Nothing is written
outside of the cache, and nothing half-made stays in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfwrap.base.problems import Failure, Problem
from tfwrap.engine.cache import Memo
from tfwrap.engine.cli_config import cli_config, installs_by_itself
from tfwrap.engine.lock import package_hash
from tfwrap.engine.mirror import BUILT_IN, Package, full_source, packages, put, short_source, this_platform
from tfwrap.engine.process import Processes
from tfwrap.engine.protocol import Engine
from tfwrap.engine.source_build import SourceBuild, build_key, build_provider
from tfwrap.engine.versions import Constraint, Version
from tfwrap.engine.workshop import alone, workplace

HASHES = "hashes.json"  # in the cache: those of packages, while their files stay as they are


@dataclass(frozen=True)
class Requirement:
    """What one unit asks of one provider; `locked_*` come from its lock file."""

    source: str
    constraints: tuple[str, ...] = ()
    locked_version: str | None = None
    locked_hashes: tuple[str, ...] = ()

    def __str__(self) -> str:
        limits = f"{self.locked_version}, locked" if self.locked_version else ", ".join(self.constraints)
        return f"{short_source(self.source)} ({limits})" if limits else short_source(self.source)


@dataclass(frozen=True)
class Mirror:
    """Where the providers are. `cli_config` is None where the user's own configuration decides: then nothing was
    looked for, and Terraform is left alone.
    """

    folder: Path
    cli_config: Path | None
    packages: Mapping[Requirement, Package]


async def ensure(
    requirements: Iterable[Requirement],
    *,
    cache: Path,
    source_builds: Mapping[str, SourceBuild],
    engine: Engine,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    platforms: Iterable[str] = (),
) -> Mirror:
    """Make every requirement available, or raise one Failure with all that cannot be: E410 to E415.

    `platforms` are others than this machine's, for which the same packages are wanted in the mirror.

    Safe to cancel at any moment; a build or a fetch that is under way is interrupted and leaves nothing behind.
    """
    builds = {full_source(source, engine.name): build for source, build in source_builds.items()}
    folder = mirror_folder(cache, builds)
    if installs_by_itself(environ):
        return Mirror(folder, None, {})
    wanted = [requirement for requirement in dict.fromkeys(requirements) if not requirement.source.startswith(BUILT_IN)]
    limits = _parse(wanted, builds)
    found = {
        requirement: package
        for requirement in wanted
        if (package := _present(folder, requirement, limits[requirement], engine.name)) is not None
    }
    problems: list[Problem] = []
    others = [one for one in dict.fromkeys(platforms) if one != this_platform()]
    if len(found) < len(wanted) or others:
        async with alone(cache, say):
            shop = _Shop(folder, cache, builds, engine, environ, say)
            for requirement in wanted:
                if requirement in found:
                    continue
                try:
                    found[requirement] = await shop.obtain(requirement, limits[requirement])
                except Failure as failure:
                    problems += failure.problems
            for package in {one.folder: one for one in found.values()}.values():
                for platform in others:
                    try:
                        await shop.obtain(
                            Requirement(package.source, (), package.version), Constraint.parse(), platform
                        )
                    except Failure as failure:
                        problems += failure.problems
    problems += _check_locks(found, cache)
    if problems:
        raise Failure(dict.fromkeys(problems))
    sources = [package.source for package in found.values()]
    return Mirror(folder, cli_config(cache, environ, mirror=folder, sources=sources), found)


def mirror_folder(cache: Path, builds: Mapping[str, SourceBuild]) -> Path:
    """One mirror per user, but what a project builds itself is not for others: they get a mirror of their own."""
    if not builds:
        return cache / "mirror"
    keys = sorted(f"{source} {build_key(build)}" for source, build in builds.items())
    return cache / f"mirror-{hashlib.sha256(chr(10).join(keys).encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class _Shop:
    """Gets what the mirror does not have. One at a time on a machine: the caller holds the lock."""

    mirror: Path
    cache: Path
    builds: Mapping[str, SourceBuild]
    engine: Engine
    environ: Mapping[str, str]
    say: Callable[[str], None]
    answers: dict[str, str | None] = field(default_factory=dict)  # by host: why it is no registry

    async def obtain(self, requirement: Requirement, limit: Constraint, platform: str | None = None) -> Package:
        """For this machine, or another platform."""
        from tfwrap.engine import registry  # HTTP and archives take long to load, and are seldom needed

        # Another tfwrap, or the requirement before this one, may have brought it meanwhile.
        present = _present(self.mirror, requirement, limit, self.engine.name, platform)
        if present is not None:
            return present
        source = full_source(requirement.source, self.engine.name)
        host = source.partition("/")[0]
        if host not in self.answers:
            self.answers[host] = await registry.why_not(host)
        build = self.builds.get(source)
        reason = self.answers[host]
        with workplace(self.cache) as work:
            if reason is None:
                self.say(f"fetching {requirement}{f' for {platform}' if platform else ''} from {host}")
                fetched = await registry.fetch(
                    source, _limits(requirement), engine=self.engine, cache=self.cache,
                    environ=self.environ, work=work, platform=platform,
                )  # fmt: skip
                return put(self.mirror, source, fetched.version, fetched.folder, platform)
            if build is None or not _fits(build.version, requirement, limit):
                raise Failure(_unavailable(requirement, f"{host}: {reason}", build))
            made = await build_provider(
                source, build, cache=self.cache, environ=self.environ, work=work,
                processes=Processes(), say=self.say, platform=platform,
            )  # fmt: skip
            return put(self.mirror, source, build.version, made, platform)


def _parse(wanted: Iterable[Requirement], builds: Mapping[str, SourceBuild]) -> dict[Requirement, Constraint]:
    limits = {}
    problems = []
    for requirement in wanted:
        try:
            limits[requirement] = Constraint.parse(*requirement.constraints)
        except ValueError as error:
            problems.append(Problem("E413", f"provider {short_source(requirement.source)}: {error}"))
    for source, build in builds.items():
        try:
            Version.parse(build.version)
        except ValueError as error:
            problems.append(Problem("E413", f"source build of {short_source(source)}: {error}"))
    if problems:
        raise Failure(dict.fromkeys(problems))
    return limits


def _present(
    mirror: Path, requirement: Requirement, limit: Constraint, engine: str, platform: str | None = None
) -> Package | None:
    have = packages(mirror, full_source(requirement.source, engine), platform)
    if requirement.locked_version:
        return next((one for one in have.values() if one.version == requirement.locked_version), None)
    newest = limit.newest(have)
    return None if newest is None else have[newest]


def _fits(version: str, requirement: Requirement, limit: Constraint) -> bool:
    if requirement.locked_version:
        return version == requirement.locked_version
    return limit.allows(Version.parse(version))


def _limits(requirement: Requirement) -> str:
    return requirement.locked_version or ", ".join(requirement.constraints)


def _check_locks(found: Mapping[Requirement, Package], cache: Path) -> list[Problem]:
    """Terraform refuses a package whose hash is not in the lock file; said here before it starts."""
    memo = Memo(cache / HASHES)
    return [
        Problem(
            "E411",
            f"the lock file does not know this machine's package of {requirement}",
            hint="write its hash into the lock file and commit that: tfwrap providers lock ENV",
        )
        for requirement, package in found.items()
        if requirement.locked_hashes and package_hash(package.folder, memo) not in requirement.locked_hashes
    ]


def _unavailable(requirement: Requirement, reason: str, build: SourceBuild | None) -> Problem:
    other = "there is no source build for it" if build is None else f"its source build is {build.version}"
    name = short_source(requirement.source)
    if build is None:
        hint = f'make the registry reachable, or add [tool.tfwrap.source_builds."{name}"] to the project'
    elif requirement.locked_version:
        hint = "make the registry reachable, or lock what can be built: tfwrap providers lock ENV"
    else:
        hint = "make the registry reachable, or change the constraint or the source build to fit"
    return Problem(
        "E410",
        f"provider {requirement} is not to be had: not in the mirror, no registry ({reason}), and {other}",
        hint=hint,
    )
