"""The command `tfwrap`, and `python -m tfwrap`: workers first, then everything else."""

from __future__ import annotations

import os
import sys

_RUNS = ("plan", "apply", "destroy", "drift")  # what has workers


def main() -> None:
    _open_standard_streams()
    if len(sys.argv) > 2 and sys.argv[1] in _RUNS:  # noqa: PLR2004 (and an environment)
        from tfwrap.engine import early

        early.start_for(sys.argv[2:], os.environ)
    from tfwrap.cli.main import main

    main()


def _open_standard_streams() -> None:
    """A closed one (`>&-`) leads nowhere. Left closed, its number would go to the next file that is opened."""
    for number, (name, mode) in enumerate({"stdin": "r", "stdout": "w", "stderr": "w"}.items()):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    main()
