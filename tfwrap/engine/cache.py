"""Where tfwrap keeps what holds for a whole machine: providers, built programs, answers that take long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tfwrap.base.files import write_atomic


def cache_folder(environ: Mapping[str, str]) -> Path:
    """TFWRAP_CACHE, else the user's cache folder. It need not exist."""
    chosen = environ.get("TFWRAP_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("tfwrap")


class Memo:
    """Answers kept in a file, each with the facts it depends on: other facts, and the question is asked again.

    When two tfwraps write at once, one answer is lost and found again later.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def recall(self, question: str, facts: str) -> Any:
        """The answer, or None."""
        entry = self._read().get(question)
        return entry.get("answer") if isinstance(entry, dict) and entry.get("facts") == facts else None

    def keep(self, question: str, facts: str, answer: Any) -> None:
        # A cache that cannot be written costs a moment each time and is no reason to fail.
        with suppress(OSError):
            entries = {**self._read(), question: {"facts": facts, "answer": answer}}
            write_atomic(self._file, json.dumps(entries, indent=1) + "\n", lasting=False)

    def _read(self) -> dict[str, Any]:
        try:
            entries = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}
