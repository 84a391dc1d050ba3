"""The table and the picture, and the short table of the project's README, from results.json alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TITLES = {
    "helm-3": "3 helm units",
    "helm-30": "30 helm units",
    "built-in-100": "100 built-in units",
    "built-in-1000": "1,000 built-in units",
}
_COLUMNS = (
    "work", "plan", "tfwrap", "tfwrap --cold", "terraform, one after another", "Terragrunt at its best", "bare engine",
    "against Terragrunt", "against terraform", "of bare", "memory",
)  # fmt: skip
_BEGIN, _END = "<!-- by python bench -->", "<!-- end -->"
_ROWS = ("tfwrap", "terraform", "terragrunt")
_COLORS = {"tfwrap": "#2f6feb", "terraform": "#8b949e", "terragrunt": "#c9b037"}
_WIDTH, _LEFT, _BAR, _GAP, _TOP = 760, 190, 18, 30, 46


def draw(results: Mapping[str, Any], folder: Path, readme: Path) -> None:
    work = {name: results["work"][name] for name in _TITLES if name in results["work"]}
    (folder / "results.md").write_text(table(work, results.get("machine", "")), encoding="utf-8")
    (folder / "results.svg").write_text(picture(work), encoding="utf-8")
    before, _, rest = readme.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    readme.write_text(f"{before}{_BEGIN}\n{short_table(work)}{_END}{after}", encoding="utf-8")


def table(work: Mapping[str, Any], machine: str) -> str:
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        "|---" * len(_COLUMNS) + "|",
    ]
    for name, ways in work.items():
        for plan in ("first", "second"):
            own = ways["tfwrap"][plan]
            best = _best(ways, plan)
            cells = [
                _TITLES[name],
                plan,
                *(_seconds(_of(ways, way, plan)) for way in ("tfwrap", "tfwrap --cold", "terraform")),
                _seconds(best),
                _seconds(_of(ways, "bare", plan)),
                _ratio(best, own),
                _ratio(_of(ways, "terraform", plan), own),
                _ratio(own, _of(ways, "bare", plan)),
                f"{ways['tfwrap']['memory'] / (1 << 20):.0f} MiB",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Medians; {machine}."]) + "\n"


def short_table(work: Mapping[str, Any]) -> str:
    """Second plans, for who only wants to know whether it is worth while."""
    lines = ["| a plan of | tfwrap | Terragrunt at its best | Terraform, one after another |", "|---|---|---|---|"]
    for name, ways in work.items():
        own, best, plain = _of(ways, "tfwrap", "second"), _best(ways, "second"), _of(ways, "terraform", "second")
        others = [f"{_seconds(one)} ({_ratio(one, own)})" for one in (best, plain)]
        lines.append(f"| {_TITLES[name]} | {_seconds(own)} | {' | '.join(others)} |")
    return "\n".join(lines) + "\n"


def picture(work: Mapping[str, Any]) -> str:
    """Bars of second plans, each work on a scale of its own."""
    parts: list[str] = []
    y = _TOP
    for name, ways in work.items():
        values = {way: _best(ways, "second") if way == "terragrunt" else _of(ways, way, "second") for way in _ROWS}
        known = {way: value for way, value in values.items() if value is not None}
        longest = max(known.values())
        parts.append(f'<text x="16" y="{y + 14}" class="t">{_TITLES[name]}</text>')
        for way, value in known.items():
            width = max(2.0, (_WIDTH - _LEFT - 170) * value / longest)
            parts.append(
                f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="3" fill="{_COLORS[way]}"/>'
                f'<text x="{_LEFT + width + 8:.1f}" y="{y + 14}">{way} {_seconds(value)}</text>'
            )
            y += _BAR + 5
        y += _GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" font-family="system-ui, sans-serif" '
        'font-size="13"><style>text{fill:#57606a}.t{font-weight:600}@media(prefers-color-scheme:dark)'
        "{text{fill:#c9d1d9}}</style>"
        '<text x="16" y="24" class="t">Second plan, median; shorter is better</text>' + "".join(parts) + "</svg>\n"
    )


def _of(ways: Mapping[str, Any], way: str, plan: str) -> float | None:
    found: float | None = ways[way][plan] if way in ways else None
    return found


def _best(ways: Mapping[str, Any], plan: str) -> float | None:
    return min((ways[way][plan] for way in ways if way.startswith("terragrunt")), default=None)


def _seconds(value: float | None) -> str:
    return "·" if value is None else f"{value:.2f} s"


def _ratio(value: float | None, by: float | None) -> str:
    return "·" if value is None or by is None else f"{value / by:.1f}x"
