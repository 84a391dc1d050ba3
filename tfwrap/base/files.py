"""Files are written whole or not at all: temporary file in the same folder, fsync, rename."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomic(path: Path, content: str | bytes, mode: int = 0o644, *, lasting: bool = True) -> None:
    """Replace `path` by `content`; a reader, or a kill at any moment, sees the old file or the new one.

    `lasting=False` for what is of no use after a crash of the machine, or is checked by its hash: no fsync.
    """
    data = content.encode() if isinstance(content, str) else content
    prefix = f".{path.name}."
    try:
        handle, temporary = tempfile.mkstemp(prefix=prefix, dir=path.parent)
    except (FileNotFoundError, NotADirectoryError):  # mkdir names the folder, not the temporary file
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=prefix, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), mode)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
