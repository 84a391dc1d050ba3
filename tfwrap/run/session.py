"""Everything a run works with, fixed before the first unit starts: settings, graph, selection, engine, folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from tfwrap.base.exits import Exit
from tfwrap.base.masking import Masker
from tfwrap.engine.environment import child_environment
from tfwrap.engine.process import Processes
from tfwrap.engine.protocol import Engine
from tfwrap.graph.dag import Dag
from tfwrap.run.modules import module_digest
from tfwrap.run.record import Listener, RunRecord, UnitRecord
from tfwrap.settings.project import Project
from tfwrap.stacks.model import Stack, Unit


@dataclass(frozen=True)
class Options:
    parallelism: int
    on_error: Literal["block", "stop"] = "block"
    refresh: bool = True
    grace: float = 600.0  # seconds an interrupted apply may take to end by itself
    cold: bool = False  # Terraform and its providers are started anew for every command


@dataclass
class Secrets:
    """Values that must not be seen, learned while the run goes on; `mask` hides those known so far."""

    known: set[str] = field(default_factory=set)
    _masker: Masker | None = None

    def learn(self, value: object) -> None:
        if isinstance(value, str):
            if value not in self.known:
                self.known.add(value)
                self._masker = None
        elif isinstance(value, Mapping):
            for item in value.values():
                self.learn(item)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.learn(str(value))
        elif isinstance(value, list | tuple | set | frozenset):
            for item in value:
                self.learn(item)

    def mask(self, text: str) -> str:
        if self._masker is None:
            self._masker = Masker(self.known)
        return self._masker.mask(text)


@dataclass
class Session:
    project: Project
    environment: str
    stack: Stack
    selected: tuple[str, ...]  # in graph order
    engine: Engine
    listener: Listener
    options: Options
    environ: Mapping[str, str]  # the user's own
    run_id: str  # a UTC time, names the folder of the logs
    command: str
    named: bool = False  # units were asked for, not just all there are
    cli_config: Path | None = None
    warm: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)  # unit -> providers that keep running
    cold_init: set[str] = field(default_factory=set)  # units whose init fetches modules, or providers by itself
    secrets: Secrets = field(default_factory=Secrets)
    hooks: Processes = field(default_factory=Processes)  # hooks hear of signals as Terraform does
    warned: set[str] = field(default_factory=set)  # what is said once, also when a command plans and then applies
    stopping: bool = False  # a signal came: no command starts any more
    record: RunRecord = field(init=False)
    _digests: dict[Path, bytes] = field(default_factory=dict)
    _environments: dict[object, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.record = RunRecord(self.command, self.environment, self.project.root)
        self.record.units = [UnitRecord(name) for name in self.selected]
        self.record.exit_code = Exit.FAILED  # until the run came to its end: a report of a crash is no success

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        return {unit.name: unit for unit in self.stack.units}

    @cached_property
    def dag(self) -> Dag:
        return Dag(tuple(self.units), {unit.name: unit.dependencies for unit in self.stack.units})

    def left_out(self, unit: str, *, destroy: bool) -> str | None:
        """Why nothing is done with a selected unit, if so: it is disabled; or it is kept, and nobody named it."""
        if not self.units[unit].enabled:
            return "enabled: false"
        kept = self.units[unit].kept
        return f"kept: {kept}" if destroy and kept is not None and not self.named else None

    @property
    def hcl_cache(self) -> Path:
        """Where parsed modules are kept."""
        return self.own_folder / "cache" / "hcl"

    def module_digest(self, module: Path) -> bytes:
        """Digest of a local module and all it calls, worked out once per run."""
        if module not in self._digests:
            self._digests[module] = module_digest(module, self.hcl_cache)
        return self._digests[module]

    def child_environment(self, extra: Mapping[str, str]) -> Mapping[str, str]:
        """What Terraform may see, but for its data folder: worked out once for all units with the same `extra`."""
        key = (self.cli_config, *sorted(extra.items()))
        if key not in self._environments:
            self._environments[key], _ = child_environment(
                self.environ,
                pass_env=self.project.pass_env,
                data_dir=Path(),
                cli_config=self.cli_config,
                extra=extra,
            )
        return self._environments[key]

    @property
    def own_folder(self) -> Path:
        return self.project.root / ".tfwrap"

    @property
    def bundle_folder(self) -> Path:
        return self.own_folder / "plans" / self.environment

    @property
    def lock(self) -> Path:
        """Held by whoever applies, destroys, or puts a new bundle in place."""
        return self.own_folder / "work" / self.environment / "lock"

    def folder(self, unit: str) -> Path:
        """Where the generated files of the unit stand, and where Terraform runs."""
        return self.project.live / self.environment / unit

    def work(self, unit: str) -> Path:
        """The unit's own working files: Terraform's data folder, the var-file, raw output, the scratch copy."""
        return self.own_folder / "work" / self.environment / unit

    def log(self, unit: str, step: str) -> Path:
        return self.own_folder / "logs" / self.run_id / unit / f"{step}.log"
