"""The changes of one plan as lines, markers in column 0 so that a diff fence colours them too.

A reviewer sees what somebody decided: no provider noise, no sensitive values, a bounded number of lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from tfwrap.plan.model import Action, OutputChange, Plan, ResourceChange
from tfwrap.plan.summary import losses_first, short_address
from tfwrap.plan.values_diff import Difference, Document, differences, output_differences
from tfwrap.report.differences import difference_lines, whole_lines
from tfwrap.report.line import Line, Style
from tfwrap.report.words import amount, printable, value

FOLD = 12  # lines below one resource
ADDRESS_WIDTH = 30

_MARKERS: dict[Action, tuple[str, Style]] = {
    "create": ("+", "good"),
    "update": ("~", "changed"),
    "replace": ("-/+", "bad"),
    "delete": ("-", "bad"),
    "forget": ("~", "changed"),  # only the state changes
    "no-op": ("~", "changed"),  # moved or imported as it is
    "read": ("~", "plain"),
}
_REASONS = {
    "replace_because_tainted": "tainted",
    "replace_by_request": "requested",
    "replace_by_triggers": "by replace_triggered_by",
    "delete_because_no_resource_config": "not in the configuration any more",
    "delete_because_no_module": "its module is not in the configuration any more",
    "delete_because_wrong_repetition": "count or for_each was added or taken away",
    "delete_because_count_index": "beyond the count",
    "delete_because_each_key": "its key is not in for_each any more",
    "delete_because_no_move_target": "moved to where nothing is configured",
}
_PACKED_CHART = re.compile(r"(?P<name>.+?)-(?P<version>v?\d[^/]*)\.tgz$")


def plan_lines(plan: Plan) -> list[Line]:
    """What the plan would do, losses first, then the outputs."""
    return _apart([*(change_lines(change) for change in losses_first(plan.changes)), _folded(output_lines(plan))])


def drift_lines(plan: Plan) -> list[Line]:
    """What happened outside of Terraform."""
    return _apart([change_lines(change) for change in losses_first(plan.drift)])


def _apart(blocks: list[list[Line]]) -> list[Line]:
    """An empty line around every block of several lines; single lines stand together."""
    lines: list[Line] = []
    last = 0
    for block in filter(None, blocks):
        if lines and (len(block) > 1 or last > 1):
            lines.append(Line())
        lines += block
        last = len(block)
    return lines


@dataclass(frozen=True)
class ChangeBlock:
    """One resource: what happens to it, what there is to say beside its address, and the lines below."""

    action: Action
    address: str
    about: str
    details: tuple[Line, ...]


def change_block(change: ResourceChange) -> ChangeBlock:
    """Everything there is to say about a change, nothing folded."""
    found = [] if change.action in ("delete", "forget") else differences(change)
    address = printable(short_address(change.address))
    if change.deposed:
        address += f" (deposed {change.deposed})"
    return ChangeBlock(change.action, address, "  ".join(_about(change, found)), tuple(_details(change, found)))


def change_lines(change: ResourceChange) -> list[Line]:
    block = change_block(change)
    marker, style = _MARKERS[block.action]
    address = block.address.ljust(ADDRESS_WIDTH) if block.about else block.address
    return [Line(f"{marker} {address} {block.about}".rstrip(), style), *_folded(list(block.details))]


def output_lines(plan: Plan) -> list[Line]:
    """The root outputs that the plan changes, nothing folded."""
    return [line for output in plan.changed_outputs for line in _output(output)]


def _about(change: ResourceChange, found: list[Difference]) -> list[str]:
    """What there is to say beside the address."""
    words = [_chart(change)] if change.type == "helm_release" and change.action != "update" else []
    if change.action == "replace" and change.replace_paths:
        forcing = dict.fromkeys(str(path[0]) for path in change.replace_paths if path)
        words.append(f"forced by {', '.join(forcing)}")
    words.append(_REASONS.get(change.reason or "", ""))
    if change.forgets:
        words.append("the object stays, Terraform forgets it")
    if change.moves and change.previous_address:
        words.append(f"moved from {short_address(change.previous_address)}")
    if change.importing is not None:
        words.append(f"imported as {value(change.importing)}")
    words += [_document(document, found) for document in _documents(found)]
    if change.action == "update" and not found:
        words.append("only what the provider computes")
    return [printable(word) for word in words if word]


def _chart(change: ResourceChange) -> str:
    """`chart emissary-crds 8.2.0  in emissary-system`, from the arguments of a helm_release."""
    release = change.after if isinstance(change.after, dict) else change.before
    marks = change.after_sensitive if isinstance(change.after, dict) else change.before_sensitive
    if not isinstance(release, dict) or marks is True:
        return ""
    marks = marks if isinstance(marks, dict) else {}
    chart, version, namespace = (
        str(release.get(name) or "") if not marks.get(name) else "" for name in ("chart", "version", "namespace")
    )
    packed = _PACKED_CHART.match(PurePosixPath(chart).name)
    if packed:
        chart, version = packed["name"], packed["version"]
    elif "/" in chart:
        parts = [part for part in PurePosixPath(chart).parts if part not in ("/", ".", "..", "chart")]
        chart = parts[-1] if parts else ""
    words = " ".join(word for word in ("chart", chart, version) if word) if chart else ""
    return f"{words}  in {namespace}" if namespace else words


def _documents(found: Iterable[Difference]) -> list[Document]:
    return list(dict.fromkeys(difference.document for difference in found if difference.document))


def _document(document: Document, found: list[Difference]) -> str:
    if any(difference.kind == "format" for difference in found if difference.document == document):
        return f"{_document_name(document)}: written differently, says the same"
    paths = {leaf.path for difference in found if difference.document == document for leaf in difference.leaves()}
    return f"{_document_name(document)}: {len(paths)} of {amount(document.paths, 'path')}"


def _document_name(document: Document) -> str:
    """The values of a helm_release are a list of documents, nearly always of one."""
    return "values" if document.path == "values[0]" else document.path


def _details(change: ResourceChange, found: list[Difference]) -> list[Line]:
    if change.action == "create":
        return [] if change.type == "helm_release" else [line for each in found for line in whole_lines(each)]
    # where all that differs stands in one document, its name is said once, beside the address
    alone = len({difference.document for difference in found}) == 1
    return [
        line
        for difference in found
        if difference.kind != "format"
        for leaf in difference.leaves()
        for line in difference_lines(leaf, leaf.inner_path if alone else _full_path(leaf))
    ]


def _full_path(difference: Difference) -> str:
    path = difference.path
    return path.replace("values[0].", "values.", 1) if difference.document else path


def _output(output: OutputChange) -> list[Line]:
    if output.action in ("create", "delete"):
        return [line for found in output_differences(output) for line in difference_lines(found, found.path)]
    return [
        line
        for found in output_differences(output)
        for leaf in found.leaves()
        for line in difference_lines(leaf, leaf.path)
    ]


def _folded(lines: list[Line]) -> list[Line]:
    if len(lines) <= FOLD + 1:
        return lines
    return [*lines[:FOLD], Line(f"  … {len(lines) - FOLD} more", "dim")]
