"""Terraform's `-json` lines as the text of a log file, and the one line of a diagnostic that says most."""

from __future__ import annotations

import json

from tfwrap.engine.events import Diagnostic, Event
from tfwrap.engine.protocol import Completed


def log_text(line: str, event: Event | None) -> str:
    """What a person would have seen: the message of a JSON line, a diagnostic whole, any other line as it is."""
    if isinstance(event, Diagnostic):
        return diagnostic_text(event)
    if line.startswith("{"):
        try:
            return str(json.loads(line)["@message"])
        except (ValueError, KeyError, TypeError):
            return line
    return line


def diagnostic_text(diagnostic: Diagnostic) -> str:
    place = diagnostic.position
    where = f"  on {place.file} line {place.line}" if place else ""
    parts = [
        f"{diagnostic.severity.capitalize()}: {diagnostic.summary}",
        f"{where}{f', in {diagnostic.context}' if diagnostic.context and where else ''}",
        f"{place.line if place else ''}: {diagnostic.snippet}" if diagnostic.snippet else "",
        diagnostic.detail,
    ]
    return "\n".join(part for part in parts if part)


def headline(diagnostic: Diagnostic) -> str:
    """Summary, and the first sentence of the detail where there is one."""
    detail = diagnostic.detail.strip().partition("\n\n")[0].replace("\n", " ")
    first = detail.partition(". ")[0].removesuffix(".") if detail else ""
    return f"{diagnostic.summary}: {first}" if first else diagnostic.summary


def ending(completed: Completed) -> str:
    """How a child ended that should have ended well."""
    if completed.timed_out:
        return "took too long and was stopped"
    if completed.status < 0:
        return f"was killed by signal {-completed.status}"
    return f"ended with status {completed.status}"
