"""Builds the work, lets every way plan it in turn, and writes medians and ratios. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
from pathlib import Path
from typing import Any

from draw import draw
from measure import Measured, measure
from ways import Way, ways
from work import WORK, build

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--work", action="append", choices=list(WORK), help="only this (repeatable)")
    parser.add_argument("--way", action="append", help="only this way (repeatable)")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--draw", action="store_true", help="only the table and the picture, from results.json")
    options = parser.parse_args()
    results = HERE / "results.json"
    known: dict[str, Any] = json.loads(results.read_text()) if results.is_file() else {"work": {}}
    if not options.draw:
        for name in options.work or WORK:
            known["work"].setdefault(name, {}).update(run(name, options.times, options.way))
            busy = os.getloadavg()[2]  # what else the machine had to do can be guessed from it
            known["machine"] = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, load {busy:.0f}"
            results.write_text(json.dumps(known, indent=1) + "\n")
    draw(known, HERE, HERE.parent / "README.md")


def run(name: str, times: int, only: list[str] | None) -> dict[str, Any]:
    """Every way in turn, round after round, so that a busy moment of the machine hits them all."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        project = build(name, Path(folder).resolve())
        chosen = [way for way in ways(project) if only is None or way.name in only]
        first: dict[str, list[float]] = {way.name: [] for way in chosen}
        second: dict[str, list[float]] = {way.name: [] for way in chosen}
        for round_ in range(times):
            for way in chosen:
                way.forget()
                first[way.name].append(_timed(way, name, f"first {round_ + 1}"))
                second[way.name].append(_timed(way, name, f"second {round_ + 1}"))
        memory = {way.name: measure(way.command, way.folder, way.environment, memory=True).memory for way in chosen}
    return {
        way.name: {
            "first": statistics.median(first[way.name]),
            "second": statistics.median(second[way.name]),
            "runs": second[way.name],
            "memory": memory[way.name],
        }
        for way in chosen
    }


def _timed(way: Way, name: str, what: str) -> float:
    done: Measured = measure(way.command, way.folder, way.environment)
    print(f"{name:14} {way.name:20} {what:10} {done.seconds:8.2f} s", flush=True)
    return done.seconds


if __name__ == "__main__":
    main()
