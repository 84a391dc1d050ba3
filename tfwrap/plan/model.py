"""A plan as data, read from `terraform show -json PLANFILE` (Terraform 1.9 to 1.15, OpenTofu).

Pure: no process, no file. Values stay as they came, sensitive ones too; masking is for whoever prints them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tfwrap.base.problems import Failure, Problem

Action = Literal["create", "update", "replace", "delete", "read", "forget", "no-op"]

FORMAT_MAJOR = "1"  # within a major version Terraform only adds
_INSTANCE_KEY = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
_ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("no-op",): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("delete",): "delete",
    ("forget",): "forget",
    ("create", "forget"): "create",  # lifecycle { destroy = false }: the old object stays, unmanaged
    ("forget", "create"): "create",
}


@dataclass(frozen=True)
class ResourceChange:
    """What would happen to one object. `after` lacks what `after_unknown` marks."""

    address: str
    mode: str  # managed, data or ephemeral
    type: str
    name: str
    actions: tuple[str, ...]
    action: Action
    before: Any
    after: Any
    after_unknown: Any
    before_sensitive: Any
    after_sensitive: Any
    replace_paths: tuple[tuple[str | int, ...], ...] = ()
    reason: str | None = None  # Terraform's action_reason
    previous_address: str | None = None  # moved
    importing: str | None = None  # the id
    deposed: str | None = None
    configured: frozenset[str] | None = None  # attributes that the configuration sets; None: not told

    @property
    def changes(self) -> bool:
        """Whether applying does anything to the object or to its entry in the state. Reading does not."""
        return self.action not in ("no-op", "read") or self.moves or self.importing is not None

    @property
    def moves(self) -> bool:
        return self.previous_address is not None and self.previous_address != self.address

    @property
    def forgets(self) -> bool:
        return "forget" in self.actions


@dataclass(frozen=True)
class OutputChange:
    name: str
    action: Action
    before: Any
    after: Any
    after_unknown: Any
    sensitive: bool


@dataclass(frozen=True)
class PlannedOutput:
    """A root output after the apply: `value` lacks what the mask `unknown` marks (true: all of it)."""

    name: str
    value: Any
    unknown: Any
    sensitive: bool

    @property
    def known(self) -> bool:
        return not any_marked(self.unknown)


@dataclass(frozen=True)
class Counts:
    """`replace` is counted in `add` and `destroy` too, as Terraform does; reads are not counted."""

    add: int = 0
    change: int = 0
    destroy: int = 0
    replace: int = 0
    import_: int = 0
    forget: int = 0
    move: int = 0

    @classmethod
    def of(cls, changes: Iterable[ResourceChange]) -> Counts:
        counted = [change for change in changes if change.mode == "managed"]
        actions = [change.action for change in counted]
        replaced = actions.count("replace")
        return cls(
            add=actions.count("create") + replaced,
            change=actions.count("update"),
            destroy=actions.count("delete") + replaced,
            replace=replaced,
            import_=sum(change.importing is not None for change in counted),
            forget=sum(change.forgets for change in counted),
            move=sum(change.moves for change in counted),
        )

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Plan:
    changes: tuple[ResourceChange, ...] = ()
    drift: tuple[ResourceChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        version = str(data.get("format_version", "missing"))
        if version.partition(".")[0] != FORMAT_MAJOR:
            raise _unreadable(f"the plan has format version {version}; tfwrap reads version {FORMAT_MAJOR}.x")
        configured = dict(_configured((data.get("configuration") or {}).get("root_module") or {}))
        return cls(
            changes=tuple(_resource(entry, configured) for entry in data.get("resource_changes") or ()),
            drift=tuple(_resource(entry, configured) for entry in data.get("resource_drift") or ()),
            outputs=tuple(_output(name, data) for name in sorted(data.get("output_changes") or {})),
        )

    @property
    def counts(self) -> Counts:
        return Counts.of(self.changes)

    @property
    def has_changes(self) -> bool:
        return any(change.changes for change in self.changes) or bool(self.changed_outputs)

    @property
    def changed_outputs(self) -> tuple[OutputChange, ...]:
        return tuple(output for output in self.outputs if output.action != "no-op")

    @property
    def has_drift(self) -> bool:
        return any(change.action != "no-op" for change in self.drift)

    def planned_outputs(self) -> dict[str, PlannedOutput]:
        """Every root output as it will be once this plan is applied.

        One that becomes null is here as a known None, though Terraform then drops it from the state.
        """
        return {
            output.name: PlannedOutput(output.name, output.after, output.after_unknown, output.sensitive)
            for output in self.outputs
        }


def any_marked(mask: Any) -> bool:
    """Whether a mask of Terraform's (true, or true anywhere inside) marks anything."""
    if isinstance(mask, Mapping):
        return any(any_marked(item) for item in mask.values())
    if isinstance(mask, list):
        return any(any_marked(item) for item in mask)
    return mask is True


def _resource(entry: Mapping[str, Any], configured: Mapping[str, frozenset[str]]) -> ResourceChange:
    change = entry["change"]
    actions = tuple(change["actions"])
    return ResourceChange(
        address=entry["address"],
        mode=entry["mode"],
        type=entry["type"],
        name=entry["name"],
        actions=actions,
        action="read" if entry["mode"] == "ephemeral" else _action(actions, entry["address"]),
        before=change.get("before"),
        after=change.get("after"),
        after_unknown=change.get("after_unknown", False),
        before_sensitive=change.get("before_sensitive", False),
        after_sensitive=change.get("after_sensitive", False),
        replace_paths=tuple(tuple(path) for path in change.get("replace_paths") or ()),
        reason=entry.get("action_reason"),
        previous_address=entry.get("previous_address"),
        importing=_import_id(change.get("importing")),
        deposed=entry.get("deposed"),
        configured=configured.get(_INSTANCE_KEY.sub("", entry["address"])),
    )


def _configured(module: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Address without instance keys -> the attributes written in its block."""
    for resource in module.get("resources") or ():
        yield prefix + resource["address"], frozenset(resource.get("expressions") or ())
    for name, call in (module.get("module_calls") or {}).items():
        yield from _configured(call.get("module") or {}, f"{prefix}module.{name}.")


def _output(name: str, data: Mapping[str, Any]) -> OutputChange:
    change = data["output_changes"][name]
    marks = (change.get("before_sensitive", False), change.get("after_sensitive", False))
    return OutputChange(
        name=name,
        action=_action(tuple(change["actions"]), f"output.{name}"),
        before=change.get("before"),
        after=change.get("after"),
        after_unknown=change.get("after_unknown", False),
        sensitive=any(any_marked(mark) for mark in marks),
    )


def _action(actions: tuple[str, ...], address: str) -> Action:
    # An action that tfwrap does not know may destroy something: better no answer than a wrong one.
    if actions not in _ACTIONS:
        raise _unreadable(f"the plan has an action unknown to tfwrap for {address}: {', '.join(actions)}")
    return _ACTIONS[actions]


def _import_id(importing: Mapping[str, Any] | None) -> str | None:
    if importing is None:
        return None
    if importing.get("unknown"):
        return "(known after apply)"
    return str(importing.get("id") or importing.get("identity") or "")


def _unreadable(message: str) -> Failure:
    return Failure(Problem("E330", message, hint="use a tfwrap made for this version of Terraform"))
