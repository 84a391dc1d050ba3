"""Which units may be planned and applied by workers with running providers, and by which providers.

A running provider holds one configuration, and Terraform does not hold it against the lock file: so a unit that
may configure one twice, or whose lock file does not vouch for one, gets processes of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tfwrap.engine.mirror import BUILT_IN, Package, this_platform
from tfwrap.engine.pool import supported
from tfwrap.engine.providers import Mirror, Requirement
from tfwrap.hcl.nodes import Block
from tfwrap.hcl.read import read_module
from tfwrap.run.modules import module_folders
from tfwrap.run.session import Session
from tfwrap.stacks.model import LocalModule, Unit

Warm = tuple[tuple[str, str], ...]  # source, program


def keep_warm(session: Session, wanted: Mapping[str, Sequence[Requirement]], mirror: Mirror) -> dict[str, Warm]:
    """By unit; one that is not there runs cold. Units share providers, so that they can share workers."""
    if session.options.cold or not supported():
        return {}
    single: dict[Path, bool] = {}
    own: dict[str, Warm] = {}
    for name, requirements in wanted.items():
        needed = [one for one in requirements if not one.source.startswith(BUILT_IN)]
        if all(_vouched(one, mirror) for one in needed) and _configures_once(session, session.units[name], single):
            packages = [mirror.packages[one] for one in needed]
            own[name] = tuple(sorted({(package.source, str(package.executable)) for package in packages}))
    shared = tuple(sorted({provider for providers in own.values() for provider in providers}))
    if len({source for source, _ in shared}) < len(shared):
        return own  # two versions of one provider
    return dict.fromkeys(own, shared)


def link_providers(data: Path, warm: Warm) -> None:
    """What Terraform's own init leaves out for running providers, so that the folder serves cold, too."""
    for source, program in warm:
        package = Path(program).parent
        link = data.joinpath("providers", *source.split("/"), package.parent.name, this_platform())
        if not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(package)


def _vouched(requirement: Requirement, mirror: Mirror) -> bool:
    """The lock file has the package's hash: `ensure` refuses one that does not match."""
    package: Package | None = mirror.packages.get(requirement)
    return package is not None and requirement.locked_version == package.version and bool(requirement.locked_hashes)


def _configures_once(session: Session, unit: Unit, single: dict[Path, bool]) -> bool:
    """No aliases, no second block, none below the root, and no module whose text is not at hand."""
    if not isinstance(unit.module, LocalModule):
        return False
    configurations = [block for block in unit.provider_blocks if block.type == "provider"]
    if len({block.labels for block in configurations}) < len(configurations) or any(map(_has_alias, configurations)):
        return False
    path = unit.module.path
    if path not in single:
        single[path] = all(
            not module.provider_configurations
            and all(call.source is not None and call.source.startswith(("./", "../")) for call in module.calls)
            for module in (read_module(folder, session.hcl_cache) for folder in module_folders(path, session.hcl_cache))
        )
    return single[path]


def _has_alias(block: Block) -> bool:
    return any(getattr(item, "name", None) == "alias" for item in block.body.items)
