"""What the module of a unit takes.

Terragrunt hands inputs over as environment variables, so that Terraform passes over those that a module does not
declare: here they are left out, since tfwrap takes them for mistakes.
"""

from __future__ import annotations

from pathlib import Path

from tfwrap.base.problems import SettingsFailure
from tfwrap.cli.terragrunt.unit import ImportedUnit
from tfwrap.hcl.read import Module, read_module


class Declared:
    """Each local module is read once, however many units call it. One that cannot be read is not judged here."""

    def __init__(self) -> None:
        self._known: dict[Path, Module | None] = {}

    def keep(self, unit: ImportedUnit) -> None:
        """Take out of the unit what its module does not declare, and say so."""
        module = self._read(Path(unit.module)) if unit.module and unit.module.startswith("/") else None
        if module is None:
            return
        unknown = [name for name in (*unit.inputs, *unit.missing) if name not in module.variables]
        for name in unknown:
            unit.inputs.pop(name, None)
            unit.missing.pop(name, None)
        if unknown:
            unit.notes.append(f"inputs {', '.join(sorted(unknown))}: its module does not declare them")

    def _read(self, folder: Path) -> Module | None:
        if folder not in self._known:
            try:
                self._known[folder] = read_module(folder) if folder.is_dir() else None
            except SettingsFailure:  # `validate` shows where it is broken
                self._known[folder] = None
        return self._known[folder]
