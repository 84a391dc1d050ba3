"""A process that is Terraform: loads the shared library and runs one command with its own stdout and stderr.

`python -I -S child.py LIBRARY ARGUMENT…`; ends with Terraform's status. Imports nothing of tfwrap and nothing
but what loading takes, since it is started for every command.
"""

from __future__ import annotations

import _thread
import ctypes
import os
import signal
import sys
import time

_RUN = b"run"
_PAUSE = 0.005  # seconds
_MEANT = (1, 2)
_ENDED = b"\0"


def load(library: str) -> ctypes.CDLL:
    """Load Terraform. The environment is read now; later changes do not reach it."""
    loaded = ctypes.CDLL(library)
    loaded.RunCliWithCancel.argtypes = [
        ctypes.c_char_p,
        ctypes.c_int64,
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int64,
        ctypes.c_int64,
    ]
    loaded.CancelCli.argtypes = [ctypes.c_char_p]
    return loaded


def run(terraform: ctypes.CDLL, arguments: list[str], stdout: int, stderr: int) -> int:
    """Run one command to its end; its exit status. Terraform closes both files."""
    argv = (ctypes.c_char_p * len(arguments))(*(os.fsencode(argument) for argument in arguments))
    return int(terraform.RunCliWithCancel(_RUN, len(arguments), argv, stdout, stderr))


def main() -> None:
    # Until Terraform is loaded nothing has happened: SIGINT may simply end the process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    library, *arguments = sys.argv[1:]
    terraform = load(library)
    terraform.CancelCli(_RUN)  # waits until the library is ready; there is nothing to cancel yet

    # The library's own handler drops a SIGINT that comes before the command listens, so this one takes its place.
    # The signal may arrive in any thread: it becomes a byte in a pipe that this one reads.
    news, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, lambda *_: None)
    status: int | None = None

    def work() -> None:
        nonlocal status
        failed = 1
        try:
            failed = run(terraform, arguments, os.dup(1), os.dup(2))
        finally:
            status = failed
            os.write(tell, _ENDED)

    _thread.start_new_thread(work, ())
    interrupts = 0
    while status is None:
        interrupts += os.read(news, 1) != _ENDED
        # Told again until the command listens. Terraform knows two: to stop gracefully, and to stop hard.
        while status is None and interrupts in _MEANT and not terraform.CancelCli(_RUN):
            time.sleep(_PAUSE)
    os._exit(status)  # nothing to clean up: Python has done nothing


if __name__ == "__main__":
    main()
