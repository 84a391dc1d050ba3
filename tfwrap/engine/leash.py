"""Becomes another program that ends with whoever started it, also by SIGKILL: `python -I -S leash.py PARENT PROGRAM …`.

The kernel does that on Linux; elsewhere the program simply runs. It keeps this process's id, so that signals and the
exit status are its own. Imports nothing of tfwrap: it is started for every such program.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

REFUSED = 126  # the program cannot be started, as a shell says it
_PR_SET_PDEATHSIG = 1


def leashed(program: str, *arguments: str) -> tuple[str, ...]:
    """The command line for the same, as a child of this process; the thread that starts it has to live as long."""
    return (sys.executable, "-I", "-S", __file__, str(os.getpid()), program, *arguments)


def main() -> None:
    parent, program, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):  # it ended before the kernel was told
        return
    try:
        os.execv(program, [program, *arguments])  # noqa: S606
    except OSError as error:
        print(f"{program} cannot be started: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
