"""Which units may be planned and applied by workers with running providers, and by which providers.

A running provider holds one configuration, and Terraform does not hold it against the lock file: so a unit that
may configure one twice, or whose lock file does not vouch for one, gets processes of its own. Whatever cannot be read
beforehand counts as if it did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfwrap.engine.cli_config import overrides_providers
from tfwrap.engine.lock import read_lock
from tfwrap.engine.mirror import full_source, this_platform
from tfwrap.engine.pool import supported
from tfwrap.engine.providers import Mirror, Requirement
from tfwrap.hcl.nodes import Block
from tfwrap.hcl.read import read_module
from tfwrap.run.initialised import LOCK_FILE, Initialised
from tfwrap.run.modules import installed_folders, is_local, module_folders
from tfwrap.run.session import Session
from tfwrap.run.warm_providers import Installed, Warm, mirrored, needed
from tfwrap.stacks.model import LocalModule, Unit

_ROOT = ("versions.tf", "providers.tf", "main.tf", "variables.tf", "outputs.tf")  # what every unit may have
_IMPLIED = "hashicorp"  # whose providers need not be declared
# A provider block at the start of a line or after a comment, in either syntax. What only looks like one runs cold.
_CONFIGURATION = re.compile(
    r'(?:^[\ufeff \t]*|\*/[ \t]*)provider(?:[ \t]*["/]|[ \t]+\w)|"provider"\s*:',
    re.MULTILINE,
)


def keep_warm(session: Session, wanted: Mapping[str, Sequence[Requirement]], mirror: Mirror) -> dict[str, Warm]:
    """By unit; one that is not there runs cold. Units share providers, so that they can share workers."""
    if session.options.cold or not supported():
        return {}
    if mirror.cli_config is None:  # the user's configuration says how providers are installed
        if overrides_providers(session.environ):
            return {}
        session.cold_init.update(name for name, requirements in wanted.items() if needed(requirements))
    judge, installed = _Judge(session), Installed(session)
    own: dict[str, Warm] = {}
    for name, requirements in wanted.items():
        unit = session.units[name]
        if not judge.configures_once(unit):
            continue
        providers = installed.of(unit) if name in session.cold_init else mirrored(requirements, mirror)
        if providers is not None:
            own[name] = providers
    shared = tuple(sorted({provider for providers in own.values() for provider in providers}))
    if len({source for source, _ in shared}) < len(shared):
        return own  # two versions of one provider
    return {name: providers if judge.might_use(name, shared, providers) else shared for name, providers in own.items()}


def link_providers(data: Path, warm: Warm) -> None:
    """What Terraform's own init leaves out for running providers, so that the folder serves cold, too."""
    for source, program in warm:
        package = Path(program).parent
        link = data.joinpath("providers", *source.split("/"), package.parent.name, this_platform())
        if not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(package)


@dataclass(frozen=True)
class _Tree:
    """A module and all it calls, as far as it matters here."""

    folders: frozenset[Path]
    plain: bool  # no provider configuration below the root, and no file that has a say without being read
    sources: frozenset[str] = frozenset()  # of declared providers

    def speaks_of(self, names: Iterable[str]) -> bool:
        texts = [text for folder in self.folders for text in _texts(folder)]
        return any(name in text for name in names for text in texts)


class _Judge:
    """What the modules of the units say, each read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._local: dict[Path, _Tree | None] = {}
        self._trees: dict[str, _Tree | None] = {}

    def configures_once(self, unit: Unit) -> bool:
        """No aliases, no second block, none below the root, and no text that is not at hand."""
        configurations = [block for block in unit.provider_blocks if block.type == "provider"]
        if len({block.labels for block in configurations}) < len(configurations):
            return False
        if any(map(_has_alias, configurations)) or self._has_foreign_files(unit):
            return False
        tree = self._tree(unit)
        return tree is not None and tree.plain

    def might_use(self, name: str, shared: Warm, own: Warm) -> bool:
        """Whether the unit may use one of `shared` that is not its own: its lock file would not be heard."""
        others = {source for source, _ in shared} - {source for source, _ in own}
        tree = self._trees[name]
        if not others or tree is None:
            return False
        locked = read_lock(self._session.folder(name) / LOCK_FILE)
        implied = [source.rpartition("/")[2] for source in others if source.split("/")[-2] == _IMPLIED]
        return not others.isdisjoint({*locked, *tree.sources}) or tree.speaks_of(implied)

    def _has_foreign_files(self, unit: Unit) -> bool:
        """Beside the generated files a person may have put some of their own."""
        known = {*_ROOT, *unit.files}
        return any(_is_code(file.name) and file.name not in known for file in self._session.folder(unit.name).iterdir())

    def _tree(self, unit: Unit) -> _Tree | None:
        """None if there is a module whose text is not at hand: init has not fetched it yet."""
        tree = self._of_local(unit.module.path) if isinstance(unit.module, LocalModule) else None
        self._trees[unit.name] = tree or self._of_fetched(unit)
        return self._trees[unit.name]

    def _of_local(self, path: Path) -> _Tree | None:
        """None if it calls modules from elsewhere."""
        if path not in self._local:
            folders = module_folders(path, self._session.hcl_cache)
            modules = [read_module(folder, self._session.hcl_cache) for folder in folders]
            plain = not any(module.provider_configurations for module in modules)
            declared = (one.source for module in modules for one in module.required_providers if one.source)
            self._local[path] = (
                _Tree(
                    frozenset(folders),
                    plain and not any(map(_has_unread_files, folders)),
                    frozenset(full_source(source, self._session.engine.name) for source in declared),
                )
                if all(is_local(call) for module in modules for call in module.calls)
                else None
            )
        return self._local[path]

    def _of_fetched(self, unit: Unit) -> _Tree | None:
        """Read as text: other people's modules are large, and which providers they use stands in the lock file."""
        # Terraform notes where it has put modules, so its init must see the folder that lasts.
        self._session.cold_init.add(unit.name)
        folder, data = self._session.folder(unit.name), self._session.work(unit.name) / "data"
        if not Initialised(self._session, unit, folder, data).current():
            return None
        folders = installed_folders(folder, data)
        plain = not any(_CONFIGURATION.search(text) for one in folders for text in _texts(one))
        return _Tree(frozenset(folders), plain and not any(map(_has_unread_files, folders)))


def _has_alias(block: Block) -> bool:
    return any(getattr(item, "name", None) == "alias" for item in block.body.items)


def _texts(folder: Path) -> Iterator[str]:
    return (file.read_text(errors="replace") for file in folder.iterdir() if file.name.endswith((".tf", ".tf.json")))


def _is_code(name: str) -> bool:
    return name.endswith((".tf", ".tf.json", ".tofu", ".tofu.json"))


def _has_unread_files(folder: Path) -> bool:
    """Files that have a say, but are not read (hcl/read.py): overrides, and OpenTofu's own."""
    names = [file.name for file in folder.iterdir() if _is_code(file.name)]
    return any(".tofu" in name or name.removesuffix(".json").removesuffix(".tf").endswith("override") for name in names)
