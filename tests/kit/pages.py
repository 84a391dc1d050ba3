"""A page of the documentation as a reader follows it: files are written, commands run, what they print is compared."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
# Followed on a real API server (tests/cluster), with all of their output compared.
WITH_A_CLUSTER = ("tutorial.md",)
_STATUS = re.compile(r"\s*# exit (\d+)$")
_ANYTHING = "…"


@dataclass
class Step:
    """A command line, the status it should end with, and lines that it should print."""

    line: str
    status: int
    lines: list[str] = field(default_factory=list)


def pages() -> list[Path]:
    """Those that show a console."""
    return sorted(path for path in DOCS.rglob("*.md") if "```console" in path.read_text(encoding="utf-8"))


def follow(page: Path, folder: Path, environment: Mapping[str, str], *, whole: bool = False) -> int:
    """How many commands were run. `whole`: each printed just what is shown, else that among more."""
    run = 0
    for step in steps(page.read_text(encoding="utf-8")):
        if isinstance(step, tuple):
            path = folder / step[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step[1], encoding="utf-8")
            continue
        done = subprocess.run(
            ["bash", "-c", step.line],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        run += 1
        assert done.returncode == step.status, f"{step.line}\n{done.stdout}{done.stderr}"
        # As a whole only the result counts: the talk beside it tells times.
        printed = (done.stdout or done.stderr) if whole else done.stdout + done.stderr
        wrong = difference(step.lines, printed) if whole else missing(step.lines, printed)
        assert wrong is None, f"{step.line}\n{wrong}\nprinted:\n{done.stdout}{done.stderr}"
    return run


def steps(text: str) -> Iterator[Step | tuple[str, str]]:
    """What a reader would do: write files and run commands."""
    for kind, title, body in FENCE.findall(text):
        if title:
            yield title, body
        elif kind == "console":
            step: Step | None = None
            for line in body.splitlines():
                if line.startswith("$ "):
                    if step:
                        yield step
                    status = _STATUS.search(line)
                    step = Step(_STATUS.sub("", line[2:]), int(status[1]) if status else 0)
                elif step and line.strip():
                    step.lines.append(line)
            if step:
                yield step


def missing(shown: list[str], printed: str) -> str | None:
    """What is shown and was not printed."""
    for line in shown:
        if not any(re.match(_pattern(line), one) for one in printed.splitlines()):
            return f"should print: {line}"
    return None


def difference(shown: list[str], printed: str) -> str | None:
    """What is wrong first, when all that was printed should be shown; a line of `…` stands for any lines."""
    waiting = [line for line in printed.splitlines() if line.strip()]
    skipping = False
    for line in shown:
        if line.strip() == _ANYTHING:
            skipping = True
            continue
        while skipping and waiting and not re.match(_pattern(line), waiting[0]):
            waiting.pop(0)
        skipping = False
        if not waiting or not re.match(_pattern(line), waiting[0]):
            return f"shown: {line}\nprinted there: {waiting[0] if waiting else 'nothing more'}"
        waiting.pop(0)
    return f"not shown: {waiting[0]}" if waiting and not skipping else None


def _pattern(line: str) -> str:
    """A line as it is documented: runs of spaces do not matter, `…` stands for anything."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in line.split(_ANYTHING)]
    return r"\s*" + r".*".join(rf"{part}\s*" if part else "" for part in parts) + "$"
