"""Plain text for terminals and pipes: tables and wrapped paragraphs."""

import math
import textwrap
from collections.abc import Sequence

WIDTH = 96


def table(rows: Sequence[Sequence[str]], *, header: Sequence[str] = ()) -> str:
    """Columns side by side, two spaces apart; the header is underlined.

    >>> print(table([("a", "first"), ("long", "second")], header=("name", "what")))
    name  what
    ----  ------
    a     first
    long  second
    """
    lines = [*([header] if header else []), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))] if lines else []
    if header:
        lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def paragraph(text: str, *, indent: int = 0) -> str:
    """The text in lines that fit a terminal."""
    space = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=space, subsequent_indent=space)


def rounded_up(epsilon: float) -> str:
    """An ε, rounded up, so that it is never told too small.

    >>> rounded_up(1.0), rounded_up(1.7125), rounded_up(math.inf)
    ('1', '1.72', 'infinite (delta reaches 1)')
    """
    if math.isinf(epsilon):
        return "infinite (delta reaches 1)"
    return f"{math.ceil(epsilon * 100 - 1e-9) / 100:g}"
