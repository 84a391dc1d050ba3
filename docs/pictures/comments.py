"""Makes the pictures of Atlantis' comments: `python docs/pictures/comments.py`, in half a minute.

The real Atlantis plans the Emissary units of this repository against a real API server, as the tests do; what it posts
is drawn as a pull request shows it.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
WIDTH = 100
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FOLD = re.compile(r"<details(?: open)?><summary>(.*?)</summary>")
_COLORS = {"+": "green", "-": "red", "!": "dark_orange3", "@": "magenta", "#": "bright_black"}


def draw(comment: str, title: str) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    for part in parts(comment):
        console.print(part)
    drawn = console.export_svg(title=title, theme=DIMMED_MONOKAI, unique_id="tfwrap")
    return re.sub(r"<!--.*?-->|@font-face \{.*?\}", "", drawn, flags=re.DOTALL)


def parts(comment: str) -> Iterator[RenderableType]:
    """Markdown and, in between, the blocks with the colours that a diff has on GitHub, GitLab and Gitea."""
    end = 0
    for block in _FENCE.finditer(comment):
        yield prose(comment[end : block.start()])
        lines = [Text(line, _COLORS.get(line[:1], "")) for line in block[2].splitlines()]
        yield Padding(Panel(Text("\n").join(lines), border_style="bright_black"), (0, 0, 1, 0))
        end = block.end()
    yield prose(comment[end:])


def prose(text: str) -> Markdown:
    return Markdown(_FOLD.sub(r"▸ \1", text).replace("</details>", ""))


def record() -> dict[str, str]:
    """{picture: comment}: the plan of an installation, and that of a change after it was applied."""
    sys.path.insert(0, str(HERE.parents[1] / "tests"))
    from kit.atlantis_emissary import ENV, emissary_atlantis
    from parts.atlantis import atlantis
    from parts.controlplane import control_plane

    with tempfile.TemporaryDirectory() as name, control_plane(Path(name) / "plane") as plane:
        folder = Path(name)
        templates = {"ATLANTIS_MARKDOWN_TEMPLATE_OVERRIDES_DIR": str(HERE.parents[1] / "templates/atlantis")}
        server = emissary_atlantis(atlantis(), folder, plane.kubeconfig(), templates)
        try:
            text = (server.workplace.root / ENV).read_text()
            pull = server.open({ENV: text.replace("max: 3", "max: 5")})
            planned = pull.comments[0]
            applied = server.comment(pull, "atlantis apply", "atlantis/apply")
            server.push(pull, {ENV: text.replace("max: 3", "max: 6").replace("prefix: /,", "prefix: /shop,")})
            return {"comment-install": planned, "comment-apply": applied, "comment-change": pull.comments[-1]}
        finally:
            server.close()


def main() -> None:
    for name, comment in record().items():
        (HERE / f"{name}.svg").write_text(draw(comment, "Atlantis commented"), encoding="utf-8")


if __name__ == "__main__":
    main()
