"""The backend of one unit: what its generated block says, and which state that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfwrap.hcl.nodes import Value


@dataclass(frozen=True)
class Backend:
    """The `backend` block of one unit. `address` names the state among those of all environments."""

    type: str
    arguments: Mapping[str, Value]
    address: str
    local_path: Path | None = None  # absolute; the generated `path` is relative to the unit's folder
    environment: Mapping[str, str] = field(default_factory=dict)  # Terraform's variable <- the user's variable
