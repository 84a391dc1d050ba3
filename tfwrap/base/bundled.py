"""Files that travel with tfwrap: in a wheel under the package, in a checkout at the top of the repository."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled(name: str) -> Path:
    """The folder or file `name` (say `modules/emissary-crds`) as shipped with this tfwrap."""
    packed = _PACKAGE / "_bundled" / name
    return packed if packed.exists() else _PACKAGE.parent / name
