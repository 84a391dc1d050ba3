"""Changes to the nodes of a unit for a scratch copy, which is planned for showing only (semantics.md).

Two things differ from the unit's own folder: variables whose values are not known yet become locals that
Terraform plans as `(known after apply)`, and paths start somewhere else. Nodes in, nodes out; never text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tfwrap.hcl.nodes import Attribute, Blank, Block, Body, Call, Comment, Heredoc, Template, Traversal, Value

Parts = tuple[str | Traversal | Call, ...]

_MODULE_PATH = Traversal("path.module")


@dataclass(frozen=True)
class Move:
    """`unknown` variables become locals; `${path.module}/../x` meant from `home` is written for `folder`."""

    unknown: Collection[str]
    home: Path
    folder: Path

    def body(self, body: Body) -> Body:
        return Body(tuple(self._item(item) for item in body.items))

    def value(self, value: Value) -> Value:
        if isinstance(value, Traversal):
            return self._traversal(value)
        if isinstance(value, Call):
            return self._call(value)
        if isinstance(value, Template | Heredoc):
            return replace(value, parts=self._parts(value.parts))
        if isinstance(value, Mapping):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [self.value(one) for one in value]
        return value

    def _item(self, item: Attribute | Block | Comment | Blank) -> Attribute | Block | Comment | Blank:
        if isinstance(item, Attribute):
            return replace(item, value=self.value(item.value))
        if isinstance(item, Block):
            return replace(item, body=self.body(item.body))
        return item

    def _call(self, call: Call) -> Call:
        return replace(call, arguments=tuple(self.value(argument) for argument in call.arguments))

    def _traversal(self, traversal: Traversal) -> Traversal:
        """`var.x.id` to `local.x.id`; also inside an index: `local.y[var.x]`."""
        return Traversal(
            re.sub(
                r"(?<![\w.-])var\.([\w-]+)",
                lambda found: f"local.{found[1]}" if found[1] in self.unknown else found[0],
                traversal.path,
            )
        )

    def _parts(self, parts: Parts) -> Parts:
        moved: list[str | Traversal | Call] = []
        for part in parts:
            if isinstance(part, str):
                moved.append(self._path(part) if moved and moved[-1] == _MODULE_PATH else part)
            else:
                moved.append(self._traversal(part) if isinstance(part, Traversal) else self._call(part))
        return tuple(moved)

    def _path(self, text: str) -> str:
        """What follows `${path.module}`; inside the unit's folder nothing moves, the copy has those files too."""
        if not text.startswith("/../"):
            return text
        slash = "/" if text.endswith("/") else ""
        return "/" + relative(Path(os.path.normpath(f"{self.home}{text}")), self.folder) + slash


def relative(path: Path, folder: Path) -> str:
    """`path` from `folder`, with `/` on every system."""
    return Path(os.path.relpath(path, folder)).as_posix()
