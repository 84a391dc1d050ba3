"""Makes the pictures of the documentation from what commands really print: `python docs/pictures/record.py`."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
WIDTH = 100  # so that no line is cut
PICTURES = {"plan-dev": ["plan", "dev"]}


def record(arguments: list[str]) -> str:
    """The command line and what it prints to stdout, in colour."""
    done = subprocess.run(
        [sys.executable, "-m", "tfwrap", *arguments, "--color", "always", "--progress", "quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return f"\x1b[1m$ tfwrap {' '.join(arguments)}\x1b[0m\n{done.stdout}"


def draw(text: str, title: str) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(Text.from_ansi(text), soft_wrap=True)
    # A fixed id, so that the same output gives the same bytes; no fonts from the network.
    drawn = console.export_svg(title=title, theme=DIMMED_MONOKAI, unique_id="tfwrap")
    return re.sub(r"<!--.*?-->|@font-face \{.*?\}", "", drawn, flags=re.DOTALL)


def main() -> None:
    for name, arguments in PICTURES.items():
        (HERE / f"{name}.svg").write_text(draw(record(arguments), f"tfwrap {' '.join(arguments)}"), encoding="utf-8")


if __name__ == "__main__":
    main()
