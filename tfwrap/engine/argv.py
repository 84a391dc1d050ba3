"""Argument lists for Terraform's commands, without the program: pure functions, one per command.

Built by python-terraform's `generate_cmd_string`, of which nothing else is used: it runs nothing here, and
only the types below ever reach it. Never starts a process, never reads a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

Arguments = tuple[str, ...]
Option = str | int | bool | Sequence[str] | Mapping[str, str] | None

LOCK_TIMEOUT = 300.0  # seconds


def init(
    *,
    backend: bool = True,
    backend_config: Mapping[str, str] | None = None,
    reconfigure: bool = False,
    upgrade: bool = False,
    lockfile: Literal["readonly"] | None = None,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Arguments:
    return _build(
        "init",
        input=False,
        no_color=_FLAG,
        backend=None if backend else False,
        backend_config=backend_config,
        reconfigure=_flag(reconfigure),
        upgrade=_flag(upgrade),
        lockfile=lockfile,
        lock_timeout=_seconds(lock_timeout),
    )


def plan(
    *,
    out: Path | None = None,
    var_files: Sequence[Path] = (),
    destroy: bool = False,
    refresh_only: bool = False,
    refresh: bool = True,
    targets: Sequence[str] = (),
    parallelism: int | None = None,
    detailed_exitcode: bool = True,
    json: bool = True,
    lock: bool = True,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Arguments:
    """A plan; exit status 2 means changes. `lock=False` is for scratch plans that nobody applies."""
    return _build(
        "plan",
        input=False,
        no_color=_FLAG,
        json=_flag(json),
        detailed_exitcode=_flag(detailed_exitcode),
        destroy=_flag(destroy),
        refresh_only=_flag(refresh_only),
        refresh=None if refresh else False,
        lock=None if lock else False,
        lock_timeout=_seconds(lock_timeout) if lock else None,
        parallelism=parallelism,
        target=list(targets),
        var_file=_paths(var_files),
        out=_path(out),
    )


def apply(
    plan_file: Path | None,
    *,
    var_files: Sequence[Path] = (),
    parallelism: int | None = None,
    json: bool = True,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Arguments:
    """Apply a saved plan; without one, whatever Terraform finds to do now, unasked."""
    return _build(
        "apply",
        *([] if plan_file is None else [str(plan_file)]),
        input=False,
        no_color=_FLAG,
        auto_approve=_flag(plan_file is None),
        json=_flag(json),
        lock_timeout=_seconds(lock_timeout),
        parallelism=parallelism,
        var_file=_paths(var_files),
    )


def show(path: Path | None = None, *, json: bool = True) -> Arguments:
    """A saved plan or state file, or the current state."""
    return _build("show", *([] if path is None else [str(path)]), no_color=_FLAG, json=_flag(json))


def output(name: str | None = None, *, json: bool = True) -> Arguments:
    return _build("output", *([] if name is None else [name]), no_color=_FLAG, json=_flag(json))


def version() -> Arguments:
    """Plain text: its first line says Terraform or OpenTofu, which the JSON does not."""
    return _build("version")


def state_pull() -> Arguments:
    return _build("state pull", no_color=_FLAG)


def state_push(path: Path, *, lock_timeout: float = LOCK_TIMEOUT) -> Arguments:
    return _build("state push", str(path), no_color=_FLAG, lock_timeout=_seconds(lock_timeout))


def state_list(addresses: Sequence[str] = ()) -> Arguments:
    return _build("state list", *addresses, no_color=_FLAG)


def state_mv(source: str, target: str, *, lock_timeout: float = LOCK_TIMEOUT) -> Arguments:
    return _build("state mv", source, target, no_color=_FLAG, lock_timeout=_seconds(lock_timeout))


def state_rm(addresses: Sequence[str], *, lock_timeout: float = LOCK_TIMEOUT) -> Arguments:
    return _build("state rm", *addresses, no_color=_FLAG, lock_timeout=_seconds(lock_timeout))


def import_(
    address: str, identity: str, *, var_files: Sequence[Path] = (), lock_timeout: float = LOCK_TIMEOUT
) -> Arguments:
    return _build(
        "import",
        address,
        identity,
        input=False,
        no_color=_FLAG,
        lock_timeout=_seconds(lock_timeout),
        var_file=_paths(var_files),
    )


def get() -> Arguments:
    """Fetch the modules alone: no backend, no provider."""
    return _build("get", no_color=_FLAG)


def force_unlock(lock_id: str) -> Arguments:
    return _build("force-unlock", lock_id, no_color=_FLAG, force=_FLAG)


def providers_lock(
    sources: Sequence[str] = (), *, fs_mirror: Path | None = None, platforms: Sequence[str] = ()
) -> Arguments:
    """Write `.terraform.lock.hcl`; with `fs_mirror` from that folder alone, no network."""
    return _build("providers lock", *sources, no_color=_FLAG, fs_mirror=_path(fs_mirror), platform=list(platforms))


def providers_mirror(target: Path, *, platforms: Sequence[str] = ()) -> Arguments:
    return _build("providers mirror", str(target), no_color=_FLAG, platform=list(platforms))


class _Flag:
    """An option without a value."""


_FLAG = _Flag()


def _flag(wanted: bool) -> _Flag | None:
    return _FLAG if wanted else None


def _seconds(duration: float) -> str:
    """As Go writes it: 300s, 1.5s."""
    return f"{duration:.3f}".rstrip("0").rstrip(".") + "s"


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _paths(paths: Sequence[Path]) -> list[str]:
    return [str(path) for path in paths]


def _build(command: str, /, *positional: str, **options: Option | _Flag) -> Arguments:
    from python_terraform import IsFlagged, Terraform

    # Its constructor reads a state file below `working_dir`: there is none in /dev/null. A mapping may only
    # be a backend's configuration: any other one it would write to a temporary file and forget.
    generate = Terraform(working_dir=os.devnull).generate_cmd_string
    known = {
        name: IsFlagged if isinstance(value, _Flag) else dict(value) if isinstance(value, Mapping) else value
        for name, value in options.items()
    }
    assert not any(isinstance(value, dict) for name, value in known.items() if name != "backend_config")  # noqa: S101
    return tuple(generate(command, *positional, **known)[1:])
