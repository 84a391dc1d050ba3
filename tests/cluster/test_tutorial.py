"""The tutorial, followed from an empty folder to a destroyed environment on a real API server."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kit.pages import DOCS, WITH_A_CLUSTER, difference, follow
from kit.project import ProjectKit
from parts import kubernetes
from parts.controlplane import ControlPlane

BIN = Path(sys.executable).parent
_LEAST = 20  # commands; a page of which nothing is run would pass

pytestmark = pytest.mark.xdist_group("cluster-tutorial")


@pytest.mark.parametrize("name", WITH_A_CLUSTER)
def test_a_page_can_be_followed_on_a_cluster(
    on_plane: ProjectKit, plane: ControlPlane, tmp_path: Path, name: str
) -> None:
    programs = ":".join(map(str, (BIN, kubernetes.helm().parent, kubernetes.kubectl().parent)))
    environment = on_plane.environment() | {"PATH": f"{programs}:/usr/bin:/bin", "COLUMNS": "100"}
    assert follow(DOCS / name, tmp_path, environment, whole=True) >= _LEAST
    assert plane.objects("deployment") == {}


@pytest.mark.parametrize(
    ("shown", "printed", "wrong"),
    [
        (["a  b", "c … e"], "a b\n\nc d e\n", None),
        (["…", "c"], "a\nb\nc\n", None),
        (["a", "…"], "a\n", None),
        (["a"], "a\nb\n", "not shown: b"),
        (["a", "c"], "a\nb\nc\n", "shown: c\nprinted there: b"),
        (["…", "c", "d"], "a\nc\n", "shown: d\nprinted there: nothing more"),
        (["a.c"], "abc\n", "shown: a.c\nprinted there: abc"),
    ],
)
def test_what_is_shown_is_all_that_is_printed(shown: list[str], printed: str, wrong: str | None) -> None:
    assert difference(shown, printed) == wrong
