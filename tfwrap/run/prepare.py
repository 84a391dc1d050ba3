"""Before the first unit: values that must be in the environment, and providers that must be in the mirror."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfwrap.base.problems import Failure, Location, Problem
from tfwrap.engine.cache import cache_folder
from tfwrap.engine.environment import child_environment
from tfwrap.engine.lock import Locked, read_lock
from tfwrap.engine.mirror import full_source
from tfwrap.engine.providers import Mirror, Requirement, ensure
from tfwrap.hcl.read import read_module
from tfwrap.run.initialised import LOCK_FILE
from tfwrap.run.modules import module_folders
from tfwrap.run.session import Session
from tfwrap.run.warm import keep_warm
from tfwrap.stacks.model import LocalModule, Unit


async def prepare(session: Session) -> None:
    """Raise everything that is missing at once; afterwards the session knows its CLI configuration."""
    _check_environment(session)
    _say_dropped(session)
    wanted = requirements_by_unit(session)
    mirror = await provide(session, [one for requirements in wanted.values() for one in requirements])
    session.cli_config = mirror.cli_config
    session.warm.update(keep_warm(session, wanted, mirror))


async def provide(session: Session, wanted: list[Requirement], platforms: Sequence[str] = ()) -> Mirror:
    """The mirror with everything that is wanted; found, fetched or built. Also for `platforms` beside this one."""
    return await ensure(
        wanted,
        cache=cache_folder(session.environ),
        source_builds=session.project.source_builds,
        engine=session.engine,
        environ=session.environ,
        say=session.listener.note,
        platforms=platforms,
    )


def requirements(session: Session) -> list[Requirement]:
    """What the selected units ask for: one entry per unit and provider, with what its lock file pins."""
    return [requirement for wanted in requirements_by_unit(session).values() for requirement in wanted]


def requirements_by_unit(session: Session) -> dict[str, list[Requirement]]:
    chosen = (session.units[name] for name in session.selected)
    return {unit.name: list(_of_unit(session, unit)) for unit in chosen if unit.enabled}


def _of_unit(session: Session, unit: Unit) -> Iterator[Requirement]:
    constraints: dict[str, list[str]] = {}
    for source, version in _declared(session, unit):
        limits = constraints.setdefault(full_source(source, session.engine.name), [])
        if version and version not in limits:
            limits.append(version)
    locked = read_lock(session.folder(unit.name) / LOCK_FILE)
    for source, limits in constraints.items():
        pinned = locked.get(source, Locked("", "", ()))
        yield Requirement(source, tuple(limits), pinned.version or None, pinned.hashes)


def _declared(session: Session, unit: Unit) -> Iterator[tuple[str, str | None]]:
    for wanted in unit.required_providers:
        yield wanted.source, wanted.version
    if isinstance(unit.module, LocalModule):
        for folder in module_folders(unit.module.path, session.hcl_cache):
            module = read_module(folder, session.hcl_cache)
            for required in module.required_providers:
                yield required.source or required.local_name, required.version
            for name in module.implied_providers:
                yield name, None


def _check_environment(session: Session) -> None:
    missing: dict[str, Location] = {}
    for name in session.selected:
        for value in session.units[name].environment_values:
            if session.units[name].enabled and value.name not in session.environ:
                missing.setdefault(value.name, value.location)
    if missing:
        raise Failure(
            Problem(
                "E511", f"the environment variable {name} is not set", place, f"export {name}, then run tfwrap again"
            )
            for name, place in missing.items()
        )


def _say_dropped(session: Session) -> None:
    _, dropped = child_environment(
        session.environ,
        pass_env=session.project.pass_env,
        data_dir=session.own_folder,
        cli_config=None,
        extra={},
    )
    said = [name for name in dropped if name.startswith("TF_") and name != "TF_CLI_CONFIG_FILE"]
    if said and not session.warned:
        session.warned.add("dropped")
        session.listener.note(f"not passed on to Terraform: {', '.join(said)} (pass_env lets variables through)")
