"""Runs programs for as long as whoever started them lives: `python leash.py '[["etcd", …], …]'` with a pipe as stdin.

The pipe closes when the starter ends, however it ends, also by SIGKILL; then every program is ended, by its pid.
When one of them ends by itself, so do the others.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys

_LOOK = 0.2  # seconds between two looks at the programs
_PATIENCE = 5.0  # seconds to end in good order


def main() -> None:
    programs = [subprocess.Popen(argv, stdin=subprocess.DEVNULL) for argv in json.loads(sys.argv[1])]
    try:
        while all(program.poll() is None for program in programs):
            readable, _, _ = select.select([0], [], [], _LOOK)
            if readable and not os.read(0, 1024):
                return
    finally:
        for program in reversed(programs):
            program.terminate()
            try:
                program.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


if __name__ == "__main__":
    main()
