"""The providers that a module's blocks use, by local name, as Terraform finds them. Knows no source addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tfwrap.hcl.nodes import Traversal
from tfwrap.hcl.syntax import Parsed

_RESOURCES = ("resource", "data", "ephemeral")
_BUILT_IN = "terraform"  # terraform_data and terraform_remote_state come with every Terraform


def used_providers(blocks: Iterable[Parsed]) -> Iterator[str]:
    """One name for each use: of a resource, of a data source also inside of a check, of a configuration."""
    for block in blocks:
        if block.type == "provider" and len(block.labels) == 1:
            yield block.labels[0]
        elif block.type in _RESOURCES and block.labels:
            name = _chosen(block) or block.labels[0].partition("_")[0]
            if name != _BUILT_IN:
                yield name
        elif block.type == "check":
            yield from used_providers(block.blocks)


def _chosen(block: Parsed) -> str | None:
    """`provider = google.west` in a resource names another one than its type does, or another configuration."""
    match block.attributes.get("provider"):
        case Traversal(path) | str(path):
            return path.partition(".")[0]
    return None
