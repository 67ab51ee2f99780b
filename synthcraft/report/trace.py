"""Numbers of a report's page beside results.csv, read by neither's writer.

A second way to the same numbers: the page is read as any browser would, the table as any program
would, and the means are formed here. What made the report takes no part.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from statistics import fmean

QUANTITY = ("run", "model", "column", "group", "reference", "role", "augmentation")
STAGES = ("report", "reference", "control")
NUMBER = re.compile(r"-?\d[\d,]*(\.\d+)?(e-?\d+)?")
Means = Mapping[tuple[str, str], list[float]]


@dataclass(frozen=True)
class Traced:
    """How many numbers head a cell of the page's tables, and how many of them were traced.

    A number can be traced where its row and column name a generator and a measure, unless the table
    says that it holds no means (``data-means``): it is found where it is, to the digits shown, a
    mean over splits of that measure's rows. ``unlike`` tells
    those that are not: generator, measure and number.
    """

    numbers: int
    found: int
    unlike: tuple[str, ...]


@dataclass
class _Cell:
    text: str = ""
    measure: str = ""
    small: bool = False


@dataclass
class _Page(HTMLParser):
    """The tables of a page: rows of cells, without their smaller lines."""

    tables: list[list[list[_Cell]]] = field(default_factory=list)
    cell: _Cell | None = None
    means: bool = True  # whether the table says that it holds means of rows

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
            self.means = dict(attrs).get("data-means") != "no"
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.cell = _Cell()
            self.tables[-1][-1].append(self.cell)
        elif self.cell and tag == "small":
            self.cell.small = True
        elif self.cell and self.means and tag in ("button", "a"):  # "a": pages of earlier versions
            known = dict(attrs)
            target = known.get("popovertarget") or known.get("href") or ""
            self.cell.measure = re.sub("^(about-|#metric-)", "", target)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data: str) -> None:
        if self.cell and not self.cell.small:
            self.cell.text += data


def trace(page: str, table: str) -> Traced:
    """The numbers of a page (HTML) that are means of rows of results.csv (CSV text).

    >>> rows = ("label,stage,metric,split,value", "arf,report,m,0,0.25", "arf,report,m,1,0.5")
    >>> table = "\\n".join(rows)
    >>> head = '<th>Generator<th><button popovertarget="about-m">M</button>'
    >>> row = f"<table><tr>{head}<tr><th>arf<td>{{}}</table>"
    >>> trace(row.format("0.375"), table), trace(row.format("0.376"), table).unlike
    (Traced(numbers=1, found=1, unlike=()), ('arf, m: 0.376',))
    """
    means, parsed = _means(table), _Page()
    parsed.feed(page)
    numbers, found, unlike = 0, 0, []
    for label, measure, text in _shown(parsed):
        numbers += 1
        if (label, measure) not in means:
            continue
        if any(_shows(text, mean) for mean in means[label, measure]):
            found += 1
        else:
            unlike.append(f"{label}, {measure}: {text}")
    return Traced(numbers, found, tuple(unlike))


def _shown(page: _Page) -> Iterator[tuple[str, str, str]]:
    """Each cell that starts with a number: whose row or column, which measure's, and the number."""
    for table in page.tables:
        heads = table[0] if table else []
        for row in table[1:]:
            for head, cell in zip(heads[1:], row[1:], strict=False):
                text = cell.text.strip().replace("−", "-")
                if not NUMBER.fullmatch(text):
                    continue
                named, other = (head, row[0]) if head.measure else (row[0], head)
                label = other.text.strip().split(" (ε")[0]
                yield label, named.measure, text.replace(",", "")


def _means(table: str) -> Means:
    """Means over splits by generator and measure: one for each quantity that has the name."""
    values: dict[tuple[str, ...], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in csv.DictReader(io.StringIO(table)):
        if row["value"] and row["stage"] in STAGES:
            quantity = (row["label"], row["metric"], *(row.get(key) or "" for key in QUANTITY))
            values[quantity][row["split"]].append(float(row["value"]))
    means = defaultdict(list)
    for (label, metric, *_), by_split in values.items():
        means[label, metric].append(fmean(fmean(found) for found in by_split.values()))
    return means


def _shows(text: str, mean: float) -> bool:
    """Whether a number is the mean to the digits that it shows; the table has nine.

    >>> _shows("0.1", 0.149), _shows("0.1", 0.151), _shows("1.2e-5", 0.0000122)
    (True, False, True)
    """
    shown = Decimal(text)
    exponent = shown.as_tuple().exponent
    half = 0.5 * 10.0 ** (exponent if isinstance(exponent, int) else 0)
    return abs(float(shown) - mean) <= half + 1e-8 * abs(mean)
