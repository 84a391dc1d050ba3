"""Starts a worker's process, with next to nothing imported: it may be the first thing that a command does."""

from __future__ import annotations

import _thread
import json
import os
import signal
import socket
import sys

from tfwrap.engine.reattach import NAME, with_reattach

TYPE_CHECKING = False  # `typing` takes as long to load as all the rest
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WORKER = os.path.join(os.path.dirname(__file__), "worker.py")  # noqa: PTH118, PTH120 (so does pathlib)
_LONGEST_SOCKET = 60  # characters of the folder, so that a provider's socket fits into the 107 of an address
_NO_PID = 0
# It knows its own number, and becomes the command that is given: Python alone, since more takes longer to load.
_WITH_PID = f"""\
import posix, sys
posix.environ[b"{NAME}"] = posix.environ[b"{NAME}"].replace(b'"Pid": {_NO_PID}', b'"Pid": %d' % posix.getpid())
posix.execve(sys.argv[1], sys.argv[1:], posix.environ)
"""
PATIENCE = 60.0  # seconds; what does not react for so long hangs
DATA_DIR = "TF_DATA_DIR"


class Process:
    """A worker at the other end of `channel`, with a folder of its own."""

    def __init__(self, pid: int, channel: socket.socket, folder: str) -> None:
        self.pid = pid
        self.channel = channel
        self.folder = folder
        self._status: int | None = None
        self._waiting = _thread.allocate_lock()

    def wait(self) -> int:
        """Its exit status, negative for a signal."""
        with self._waiting:
            if self._status is None:
                self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            return self._status


def launch(
    environment: Mapping[str, str],
    *,
    library: str | None,
    program: Sequence[str],
    providers: Mapping[str, tuple[str, int]],
    patience: float,
) -> Process:
    """`providers` are source -> (program, protocol); `environment` is all that the worker sees. OSError if it fails."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        folder = _own_folder()
        data = f"{folder}/data"
        setup = {
            "library": library,
            "program": program,
            "folder": folder,
            "data": data,
            "providers": providers,
            "patience": patience,
        }
        number = 3 if theirs.fileno() != 3 else 4  # noqa: PLR2004 (the first that is free in a new process)
        command = [sys.executable, "-I", "-S", _WORKER, str(number), json.dumps(setup)]
        variables = {**environment, DATA_DIR: data} if library else dict(environment)
        if library and providers:  # which reads its environment only once
            spoken = {source: protocol for source, (_, protocol) in providers.items()}
            variables = with_reattach(variables, spoken, folder, _NO_PID)
            command = [sys.executable, "-I", "-S", "-c", _WITH_PID, *command]
        try:
            pid = os.posix_spawn(
                sys.executable,
                command,
                variables,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), number),
                ],
                setsid=True,
                setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # which Python ignores
            )
        except (OSError, ValueError):  # no worker, so nobody who would remove its folder
            ours.close()
            os.rmdir(folder)  # noqa: PTH106
            raise
    return Process(pid, ours, folder)


def _own_folder() -> str:
    """0700, and short enough for sockets in it."""
    base = os.environ.get("TMPDIR", "/tmp")  # noqa: S108
    if len(base) >= _LONGEST_SOCKET or not os.access(base, os.W_OK):
        base = "/tmp"  # noqa: S108
    folder = f"{base}/tfwrap-{os.urandom(6).hex()}"
    os.mkdir(folder, 0o700)  # noqa: PTH102
    return folder
