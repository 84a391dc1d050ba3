"""Short lines for people, from events and from Terraform's plain text. Pure; masking is done by others."""

from __future__ import annotations

import re

from tfwrap.engine.events import Diagnostic, Event, PlannedChange, Step

_DOING = {
    "create": "creating",
    "read": "reading",
    "update": "updating",
    "delete": "destroying",
    "replace": "replacing",
    "import": "importing",
    "forget": "forgetting",
    "open": "opening",
    "renew": "renewing",
    "close": "closing",
}
_DONE = {
    "create": "created",
    "read": "read",
    "update": "updated",
    "delete": "destroyed",
    "replace": "replaced",
    "import": "imported",
    "forget": "forgotten",
    "open": "opened",
    "renew": "renewed",
    "close": "closed",
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_BOX = re.compile(r"^[\s│╷╵|]*")
_PLACE = re.compile(r"\s*(on .+ line \d+|\d+: )")
# Said above the error that matters.
_PREAMBLE = (
    "Terraform encountered problems during initiali",
    "OpenTofu encountered problems during initiali",
)


def message(event: Event) -> str | None:
    """A line such as `helm_release.this: reading`, or None for what a board need not show."""
    if isinstance(event, Step):
        return f"{short(event.address)}: {_doing(event)}"
    if isinstance(event, PlannedChange) and event.action != "noop":
        return f"{short(event.address)}: to {event.action}"
    if isinstance(event, Diagnostic):
        return f"{event.severity}: {event.summary}"
    return None


def short(address: str) -> str:
    """Without `module.this.`, which every generated unit's address begins with."""
    return address.removeprefix("module.this.")


def first_error(text: str) -> str | None:
    """The first error of Terraform's plain text, its summary and the first sentence of what is below it."""
    lines = [_BOX.sub("", _COLOUR.sub("", line)).rstrip() for line in text.splitlines()]
    starts = [number for number, line in enumerate(lines) if line.startswith("Error: ")]
    paragraphs = [_paragraphs(lines[start:]) for start in starts]
    for summary, *details in paragraphs:
        told = summary.removeprefix("Error: ")
        if told.startswith(_PREAMBLE):
            continue
        detail = next((detail for detail in details if not _PLACE.match(detail)), None)
        return f"{told}: {detail}" if detail else told
    if paragraphs:
        return paragraphs[0][0].removeprefix("Error: ")
    return next((line for line in lines if line), None)


def _paragraphs(lines: list[str]) -> list[str]:
    """Paragraphs of one error, each on one line: Terraform wraps its text."""
    found: list[list[str]] = [[]]
    for number, line in enumerate(lines):
        if number and line.startswith(("Error: ", "Warning: ")):
            break
        if line:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [" ".join(paragraph) for paragraph in found if paragraph]


def _doing(step: Step) -> str:
    if step.what == "refresh":
        return "reading" if step.stage == "start" else "read"
    if step.what == "provision":
        return "provisioning failed" if step.stage == "errored" else f"provisioning ({step.action})"
    if step.stage == "errored":
        return f"{_DOING.get(step.action, step.action)} failed"
    if step.stage == "complete":
        return _DONE.get(step.action, step.action)
    doing = _DOING.get(step.action, step.action)
    return f"{doing} ({step.seconds:.0f} s)" if step.stage == "progress" and step.seconds else doing
