"""Where two texts first differ, in words."""

import csv
import re
from html import unescape
from pathlib import PurePosixPath

from synthcraft.report.words import clean

AROUND = 24  # characters that are shown on each side of a difference


def first_difference(name: str, here: bytes, again: bytes) -> str:
    """Where a file differs from what it should be, and how, by its kind.

    >>> first_difference("a.csv", b"x,y\\n1,2\\n", b"x,y\\n1,3\\n")
    'line 2 (1), column y: “2” here, “3” made again'
    >>> first_difference("a.md", b"one\\n2.5 kg", b"one\\n2.6 kg")
    'line 2: “2.5 kg” here, “2.6 kg” made again'
    """
    place = _common(here, again)
    try:
        mine, other = here.decode(), again.decode()
    except UnicodeDecodeError:
        return f"from byte {place + 1:,} on"
    place = len(here[:place].decode(errors="ignore"))
    line = mine[:place].count("\n") + 1
    kind = PurePosixPath(name).suffix
    if kind == ".csv" and (found := _in_table(mine, other, line)):
        return f"line {line} {found}"
    where = _in_page(mine[:place]) if kind == ".html" else ""
    return f"line {line}{where}: {_shown(mine, place)} here, {_shown(other, place)} made again"


def _common(one: bytes, other: bytes) -> int:
    """How many bytes are the same from the start on."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _in_table(mine: str, other: str, line: int) -> str:
    """The row and column of the first cell that differs, "" where rows are not alike."""
    heads, ours, theirs = (
        next(csv.reader([text.split("\n")[place]]), [])
        for text, place in ((mine, 0), (mine, line - 1), (other, min(line - 1, other.count("\n"))))
    )
    if not len(heads) == len(ours) == len(theirs):
        return ""
    place = next(
        (k for k, pair in enumerate(zip(ours, theirs, strict=True)) if len({*pair}) > 1), 0
    )
    row = ", ".join(cell for cell in ours[:place] if cell)
    told = f" ({clean(_short(row))})" if row else ""
    cells = f"“{clean(_short(ours[place]))}” here, “{clean(_short(theirs[place]))}” made again"
    return f"{told.strip()}, column {clean(heads[place])}: {cells}"


def _in_page(before: str) -> str:
    """The section and table that a page's text so far ends in."""
    heading = _last(r"<h[123][^>]*>(.*?)</h[123]>", before)
    since = before[before.rfind("<h2") :]
    caption = _last(r"<caption>(.*?)</caption>", since) if "<table" in since else ""
    row = _last(r'<th scope="row"[^>]*>(.*?)(?:<small|</th)', since) if caption else ""
    parts = [f"under “{heading}”" * bool(heading), f"table “{_short(caption)}”" * bool(caption)]
    parts.append(f"row “{row}”" * bool(row))
    told = ", ".join(part for part in parts if part)
    return f" ({told})" if told else ""


def _last(pattern: str, text: str) -> str:
    found = re.findall(pattern, text, re.DOTALL)
    return clean(unescape(re.sub(r"<[^>]+>", "", found[-1]))).strip() if found else ""


def _shown(text: str, place: int) -> str:
    """The text around a place, within its line."""
    start = max(text.rfind("\n", 0, place) + 1, place - AROUND)
    end = text.find("\n", place)
    end = min(len(text) if end < 0 else end, place + AROUND)
    return f"“{clean(text[start:end])}”" if start < end else "nothing"


def _short(text: str) -> str:
    return text if len(text) <= 3 * AROUND else f"{text[: 3 * AROUND]}…"
