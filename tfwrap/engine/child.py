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


def load(library: str) -> ctypes.CDLL:
    """Load Terraform. The environment is read now; later changes do not reach it."""
    loaded = ctypes.CDLL(library)
    loaded.RunCli.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
    loaded.RunCli.restype = ctypes.c_int
    return loaded


def run(terraform: ctypes.CDLL, arguments: list[str], stdout: int, stderr: int) -> int:
    """Run one command to its end; its exit status. Terraform closes both files."""
    argv = (ctypes.c_char_p * len(arguments))(*(os.fsencode(argument) for argument in arguments))
    return int(terraform.RunCli(len(arguments), argv, stdout, stderr))


def main() -> None:
    # Terraform catches SIGINT and stops gracefully. What comes before it does so is neither to kill it, which
    # could leave a lock, nor to be lost: it is sent again until Terraform is there to take it. Python's handlers
    # run in the main thread only, so Terraform runs in another one.
    signal.signal(signal.SIGINT, _again)
    library, *arguments = sys.argv[1:]
    terraform = load(library)
    ended = _thread.allocate_lock()
    ended.acquire()
    status = 1

    def work() -> None:
        nonlocal status
        status = run(terraform, arguments, os.dup(1), os.dup(2))
        ended.release()

    _thread.start_new_thread(work, ())
    ended.acquire()
    os._exit(status)  # nothing to clean up: Python has done nothing


def _again(number: int, frame: object) -> None:
    del frame
    time.sleep(0.02)
    os.kill(os.getpid(), number)


if __name__ == "__main__":
    main()
