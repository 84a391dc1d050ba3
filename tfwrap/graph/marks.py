"""What a saved plan says of a unit, as a drawing shows it: a word, a colour for light and one for dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["changed", "loses", "waits", "failed"]
Kinds = Mapping[str, Kind]  # by unit; one that is not there has nothing to show


@dataclass(frozen=True)
class Colour:
    fill: str
    stroke: str
    dark_fill: str
    dark_stroke: str


_RED = Colour("#ffebe9", "#cf222e", "#25171c", "#f85149")
COLOURS: Mapping[Kind, Colour] = {
    "changed": Colour("#dafbe1", "#1a7f37", "#12261e", "#3fb950"),
    "loses": _RED,
    "waits": Colour("#fff8c5", "#9a6700", "#272115", "#d29922"),
    "failed": _RED,
}
WORDS: Mapping[Kind, str] = {
    "changed": "would change",
    "loses": "would lose resources",
    "waits": "waits for others",
    "failed": "failed",
}
INK = "#1f2328"  # of text on any of the light colours
