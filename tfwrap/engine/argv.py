"""Argument lists for Terraform's commands, without the program: pure functions, one per command.

Built by python-terraform's `generate_cmd_string`, of which nothing else is used: it runs nothing here, and
only the types below ever reach it. Never starts a process, never reads a file.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

Arguments = tuple[str, ...]
Option = str | int | bool | Sequence[str] | None

LOCK_TIMEOUT = 300.0  # seconds


def init(
    *,
    reconfigure: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Arguments:
    return _build(
        "init",
        input=False,
        no_color=_FLAG,
        reconfigure=_flag(reconfigure),
        lock_timeout=_seconds(lock_timeout),
    )


def plan(
    *,
    out: Path | None = None,
    var_files: Sequence[Path] = (),
    destroy: bool = False,
    refresh_only: bool = False,
    refresh: bool = True,
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
        var_file=_paths(var_files),
        out=_path(out),
    )


def apply(
    plan_file: Path,
    *,
    var_files: Sequence[Path] = (),
    lock_timeout: float = LOCK_TIMEOUT,
) -> Arguments:
    """Apply a saved plan, never anything else."""
    return _build(
        "apply",
        str(plan_file),
        input=False,
        no_color=_FLAG,
        json=_FLAG,
        lock_timeout=_seconds(lock_timeout),
        var_file=_paths(var_files),
    )


def show(plan_file: Path) -> Arguments:
    return _build("show", str(plan_file), no_color=_FLAG, json=_FLAG)


def version() -> Arguments:
    """Plain text: its first line says Terraform or OpenTofu, which the JSON does not."""
    return _build("version")


def state_pull() -> Arguments:
    return _build("state pull", no_color=_FLAG)


def state_push(path: Path, *, lock_timeout: float = LOCK_TIMEOUT) -> Arguments:
    return _build("state push", str(path), no_color=_FLAG, lock_timeout=_seconds(lock_timeout))


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


def providers_lock(*, fs_mirror: Path | None = None, platforms: Sequence[str] = ()) -> Arguments:
    """Write `.terraform.lock.hcl`; with `fs_mirror` from that folder alone, no network."""
    return _build("providers lock", no_color=_FLAG, fs_mirror=_path(fs_mirror), platform=list(platforms))


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

    # Its constructor reads a state file below `working_dir`: there is none in /dev/null.
    generate = Terraform(working_dir=os.devnull).generate_cmd_string
    known = {name: IsFlagged if isinstance(value, _Flag) else value for name, value in options.items()}
    return tuple(generate(command, *positional, **known)[1:])
