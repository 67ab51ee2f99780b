"""Colours, dashes and shapes of pictures, and their names on the page."""

from typing import Any

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#b5538c", "#a97800", "#2a9fd6")  # Okabe-Ito, darkened
DASHES: tuple[Any, ...] = (
    *("solid", (0, (5, 1.5)), (0, (1.5, 1.2))),
    *((0, (6, 1.5, 1.5, 1.5)), (0, (3, 2)), (0, (8, 2, 1, 2, 1, 2))),
)
MARKERS = ("o", "s", "^", "D", "v", "P")
INK, MUTED, LINE, REAL, PAPER = "#1c2329", "#5b6670", "#d5dbe0", "#c3ccd4", "#fefefd"
ROLES = {
    INK: "ink",
    MUTED: "muted",
    LINE: "line",
    REAL: "real",
    PAPER: "paper",
    **{colour: f"series-{place}" for place, colour in enumerate(PALETTE)},
}


def themed(svg: str) -> str:
    """The SVG with the page's own colours, so that it follows light and dark."""
    for colour, role in ROLES.items():
        svg = svg.replace(f": {colour}", f": var(--{role})")
    return svg
