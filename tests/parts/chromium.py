"""A real Chromium for tests of pages, and axe, which looks for what keeps people from using them."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parts.debian import program
from parts.store import keep, run
from parts.wheels import npm

if TYPE_CHECKING:
    from playwright.sync_api import Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_AXE = "axe-core@4.14.1"
# As root there is no sandbox; without the others it asks for hosts of its maker at every start.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> Path:
    return program("chromium", *_NAMES)


def axe() -> str:
    """The script that checks a page."""
    folder = keep("axe-core-4.14.1", _unpack_axe)
    return (folder / "axe.min.js").read_text(encoding="utf-8")


def violations(tab: Page) -> list[tuple[str, str]]:
    """What axe finds wrong with the page in the tab, with the place."""
    tab.evaluate(axe())
    found: dict[str, Any] = tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [(one["id"], node["html"][:160]) for one in found["violations"] for node in one["nodes"]]


def _unpack_axe(folder: Path) -> None:
    run([*npm(), "pack", _AXE, "--ignore-scripts", "--silent", "--pack-destination", folder], folder)
    (package,) = folder.glob("*.tgz")
    with tarfile.open(package) as archive:
        script = archive.extractfile("package/axe.min.js")
        if script is None:
            raise RuntimeError("axe-core has no axe.min.js")
        (folder / "axe.min.js").write_bytes(script.read())
    package.unlink()
