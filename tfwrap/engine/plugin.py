"""Providers that a worker keeps running, spoken to by Terraform as it speaks to its own (go-plugin's handshake).

Loaded by worker.py under `python -I -S`: imports nothing of tfwrap. Linux only, since a provider must see the
folder of the unit that is at work as its own: it shares its working folder with the worker (CLONE_FS).
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time

TYPE_CHECKING = False  # `typing` takes as long to load as all the rest
if TYPE_CHECKING:
    from tfwrap.engine import reattach
else:
    import reattach

# What makes a provider serve instead of telling a person that it is a plugin; the values are Terraform's own.
_HANDSHAKE = {
    "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    "PLUGIN_PROTOCOL_VERSIONS": "5,6",
}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE_FS = 0x200
_PR_SET_PDEATHSIG = 1
_FIELDS = 5  # 1|5|unix|/…/plugin123|grpc
_LOOK_AGAIN = 0.003  # seconds
# HTTP/2: the client's first words, its (empty) settings, and a ping that every server must answer.
_PING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5) + b"\x00\x00\x08\x06" + bytes(13)
_PONG = b"\x00\x00\x08\x06\x01"


class PluginFault(Exception):
    """A provider that does not serve as one."""


class Plugin:
    """One provider's process."""

    def __init__(self, source: str, program: str, folder: str) -> None:
        self.source = source
        self.protocol = 0
        self._link = reattach.link(source, folder)
        self._said = self._link + ".out"
        own = {name: value for name, value in os.environ.items() if name != reattach.NAME}
        self._process: int | None = _spawn(program, {**own, **_HANDSHAKE, "TMPDIR": folder}, self._said)

    @property
    def pid(self) -> int | None:
        return self._process

    def greet(self, deadline: float) -> None:
        """Wait for the handshake. PluginFault if there is none, or not in time."""
        while True:
            with open(self._said, "rb") as file:  # noqa: PTH123 (pathlib takes long to load)
                line, end, _ = file.read().partition(b"\n")
            if end:
                break
            if not self.alive():
                raise PluginFault(f"{self.source} ended before it served")
            if time.monotonic() > deadline:
                raise PluginFault(f"{self.source} did not begin to serve in time")
            time.sleep(_LOOK_AGAIN)
        fields = line.decode(errors="replace").strip().split("|")
        if len(fields) < _FIELDS or (fields[2], fields[4]) != ("unix", "grpc") or not fields[1].isdigit():
            raise PluginFault(f"{self.source} does not speak as a provider")
        self.protocol = int(fields[1])
        os.symlink(fields[3], self._link + ".new")  # noqa: PTH211
        os.replace(self._link + ".new", self._link)  # noqa: PTH105

    def alive(self) -> bool:
        if self._process is not None and os.waitpid(self._process, os.WNOHANG)[0]:
            self._process = None
        return self._process is not None

    def answers(self, patience: float) -> bool:
        """Whether its gRPC server still reacts; what it is busy with does not matter."""
        heard = b""
        try:
            with socket.socket(socket.AF_UNIX) as channel:
                channel.settimeout(patience)
                channel.connect(self._link)
                channel.sendall(_PING)
                while _PONG not in heard:
                    part = channel.recv(4096)
                    if not part:
                        return False
                    heard += part
        except OSError:
            return False
        return True

    def end(self) -> None:
        if self.alive() and self._process is not None:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            self._process = None


def _spawn(program: str, environment: dict[str, str], said: str) -> int:
    """Start a program that shares this process's working folder and ends with it.

    Must be called while there is one thread. The interpreter's lock is kept, so nothing happens between.
    """
    libc = ctypes.PyDLL(None, use_errno=True)
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    parent = os.getpid()
    process = int(libc.syscall(_CLONE[os.uname().machine], _CLONE_FS | signal.SIGCHLD, 0, 0, 0, 0))
    if process == 0:
        try:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() == parent:
                quiet = os.open(os.devnull, os.O_RDWR)
                os.dup2(quiet, 0)
                os.dup2(out, 1)
                os.dup2(quiet, 2)
                os.execve(program, [program], environment)  # noqa: S606
        finally:
            os._exit(127)
    os.close(out)
    if process < 0:
        raise OSError(ctypes.get_errno(), f"{program} cannot be started")
    return process
