"""A process that is Terraform: loads the shared library and runs one command with its own stdout and stderr.

`python -I -S child.py LIBRARY ARGUMENT…`; ends with Terraform's status. Imports nothing of tfwrap and nothing
but what loading takes, since it is started for every command.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys


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
    # Terraform catches SIGINT and stops gracefully, but only while the process itself has a handler for it:
    # with the default one the process would die, leaving its lock and an empty state file.
    signal.signal(signal.SIGINT, lambda *_: None)
    library, *arguments = sys.argv[1:]
    status = run(load(library), arguments, os.dup(1), os.dup(2))
    os._exit(status)  # nothing to clean up: Python has done nothing


if __name__ == "__main__":
    main()
