"""How long each unit took, phase by phase, as bars: an SVG for the page, which brings the colours."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from tfwrap.report.words import duration

_PHASES = ("init", "refresh", "plan", "apply", "destroy", "hook")
_ROW, _BAR, _CHARACTER, _WIDE, _AFTER = 22.0, 14.0, 7.3, 620.0, 60.0


def timings_svg(seconds: Mapping[str, Mapping[str, float]]) -> str:
    """One row per unit that took any time; empty without one."""
    rows = {name: _phases(one) for name, one in seconds.items()}
    rows = {name: phases for name, phases in rows.items() if phases}
    if not rows:
        return ""
    left = max(len(name) for name in rows) * _CHARACTER + 12
    scale = _WIDE / max(sum(phases.values()) for phases in rows.values())
    wide, high = left + _WIDE + _AFTER, len(rows) * _ROW + 4
    size = f'width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}"'
    about = 'role="img" aria-label="Seconds of each unit by phase"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {about}>']
    for index, (name, phases) in enumerate(rows.items()):
        top = index * _ROW + 4
        lines.append(f'<text x="{left - 8:.1f}" y="{top + 11:.1f}" text-anchor="end">{escape(name)}</text>')
        x = left
        for phase, took in phases.items():
            width = max(took * scale, 0.5)
            lines.append(
                f'<rect class="phase-{phase}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_BAR:.0f}">'
                f"<title>{escape(name)}: {phase} {duration(took)}</title></rect>"
            )
            x += width
        lines.append(f'<text x="{x + 6:.1f}" y="{top + 11:.1f}">{duration(sum(phases.values()))}</text>')
    return "\n".join([*lines, "</svg>"])


def _phases(seconds: Mapping[str, float]) -> dict[str, float]:
    return {phase: seconds[phase] for phase in _PHASES if seconds.get(phase, 0.0) > 0}
