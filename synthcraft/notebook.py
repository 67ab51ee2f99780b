"""A run for a notebook: its results as DataFrames, its figures as matplotlib objects."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthcraft.errors import Problem, RunError
from synthcraft.report.document import (
    Block,
    Bullets,
    Cell,
    Document,
    Figure,
    Head,
    Panel,
    Paragraph,
    Table,
    flat,
)
from synthcraft.report.plots import Drawn
from synthcraft.report.printed import as_csv
from synthcraft.report.render import undrawable
from synthcraft.report.summary import Contender, Quantity, Summary
from synthcraft.report.words import clean, counted, title
from synthcraft.report.write import compose
from synthcraft.results import Run, load_run, tidy
from synthcraft.spec.types import Spec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Drawing

SHOWN = ("answer", "compared", "leaderboard", "found", "failed", "overview")
"""The sections of a report that a notebook shows of a run."""


class Figures(Mapping[str, "Drawing"]):
    """The figures of a report by name, each drawn anew when it is asked for.

    What a caller changes in one stays theirs.

    Raises
    ------
    RunError
        When a figure is asked for and matplotlib cannot be loaded.
    """

    def __init__(self, panels: Mapping[str, Panel]) -> None:
        self._panels = dict(panels)

    def __getitem__(self, name: str) -> "Drawing":
        panel = self._panels[name]
        if why := undrawable():
            raise RunError([Problem(f"figures[{name!r}]", why, "Install matplotlib.")])
        from synthcraft.report.figures import drawing

        return drawing(panel.plot, width=panel.width)

    def __iter__(self) -> Iterator[str]:
        return iter(self._panels)

    def __len__(self) -> int:
        return len(self._panels)

    def __repr__(self) -> str:
        return f"Figures({', '.join(self._panels)})"

    def alt(self, name: str) -> str:
        """What a figure shows, in words."""
        return clean(self._panels[name].alt)


@dataclass(frozen=True)
class LoadedRun:
    """A run directory as it was when it was loaded, complete or not.

    ``run`` holds the facts (spec, plan, records); what is made of them is made when it is asked
    for, and kept. A notebook shows it as a short overview.
    """

    directory: Path
    run: Run

    @property
    def spec(self) -> Spec:
        """The experiment, with every default filled in."""
        return self.run.spec

    @property
    def complete(self) -> bool:
        """Whether the plan was carried out to its end; failed trials do not keep it from that."""
        return self.run.complete

    @property
    def state(self) -> str:
        """How far the run has come, in words."""
        ended = len(self.run.records)
        if self.complete:
            return f"complete: {counted(ended, 'trial')}"
        planned = ended + len(self.run.missing)
        return f"not complete: {ended:,} of {counted(planned, 'trial')}; the rest is not run yet"

    @cached_property
    def results(self) -> "pd.DataFrame":
        """One row per measured value, failed, skipped or missing trial, as in ``results.csv``."""
        return tidy(self.run)

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """One row per arm, reference or control and measure, with numbers as the report has them.

        ``mean`` over splits with ``error`` and the interval ``low`` to ``high`` of confidence
        ``level`` (corrected t, Nadeau & Bengio 2003; ``within``: the measure's own within a split);
        ``calibrated`` is 0 at the measure's floor and 1 at its ceiling. ``splits`` of ``planned``
        have a value. Numbers are missing where there is no value, and ``why`` says why.
        """
        import pandas as pd

        frame = pd.DataFrame(list(_rows(self._summary)), columns=list(COLUMNS))
        return frame.astype({**dict.fromkeys(COUNTS, "Int64"), **dict.fromkeys(NUMBERS, "float64")})

    @cached_property
    def tables(self) -> dict[str, "pd.DataFrame"]:
        """The tables that the report writes for print, by name; every cell is text as shown."""
        import pandas as pd

        told = {block.id: block for block in self._blocks if isinstance(block, Table) and block.id}
        return {
            name: pd.read_csv(io.StringIO(as_csv(table)), dtype=str, keep_default_na=False)
            for name, table in told.items()
        }

    @cached_property
    def figures(self) -> Figures:
        """The report's figures by name, as matplotlib objects."""
        found = [panel for block in self._blocks for panel in _panels(block)]
        return Figures({panel.id: panel for panel in found})

    @cached_property
    def _summary(self) -> Summary:
        return Summary(self.run)

    @cached_property
    def _document(self) -> Document:
        return compose([self.run])

    @property
    def _blocks(self) -> Iterator[Block]:
        return (b for section in self._document.sections for b in flat(section.blocks))

    def __repr__(self) -> str:
        return f"<run {self.run.id} ({self.state}) in {self.directory}>"

    def _repr_html_(self) -> str:
        """What came out, and the key results; nothing in it is loaded from elsewhere."""
        return "".join(_overview(self._document, self))


def open_run(path: "str | PathLike[str]") -> LoadedRun:
    """The run in a directory; see ``synthcraft.load_run``."""
    directory = Path(path)
    return LoadedRun(directory, load_run(directory))


# The summary ---------------------------------------------------------------------------------

COLUMNS = (
    *("label", "plugin", "epsilon", "guarantee", "kind", "metric", "family", "model", "column"),
    *("group", "role", "augmentation", "title", "direction", "mean", "error", "low", "high"),
    *("level", "within", "calibrated", "splits", "planned", "values", "asked", "why"),
)
COUNTS = ("splits", "planned", "values", "asked")
NUMBERS = ("epsilon", "mean", "error", "low", "high", "level", "calibrated")


def _rows(summary: Summary) -> Iterator[dict[str, Any]]:
    for contender in (*summary.contenders, *summary.controls):
        measured = summary.measures.get(contender.arm.id, {})
        for quantity in (*summary.quantities, *summary.augmented):
            if quantity in measured:
                yield _row(summary, contender, quantity)


def _row(summary: Summary, contender: Contender, quantity: Quantity) -> dict[str, Any]:
    arm, score = contender.arm, summary.score(contender.arm.id, quantity)
    metric = summary.descriptors.get(quantity.metric)
    estimate = {} if score.estimate is None else asdict(score.estimate)
    kind = "reference" if contender.reference else "generator"
    return {
        **dict.fromkeys(COLUMNS),
        **asdict(quantity),
        "label": arm.id,
        "plugin": arm.plugin,
        "epsilon": arm.epsilon,
        "guarantee": contender.promise,
        "kind": "control" if contender in summary.controls else kind,
        "family": metric.family if metric else "",
        "direction": metric.direction if metric else "",
        "title": title(quantity),
        **estimate,
        "within": score.within,
        "calibrated": score.calibrated,
        "planned": score.planned,
        "values": score.counted,
        "asked": score.asked,
        "why": "" if estimate else score.why,
    }


def _panels(block: Block) -> tuple[Panel, ...]:
    """The panels that we draw ourselves."""
    panels = block.panels if isinstance(block, Figure) else ()
    return tuple(panel for panel in panels if not isinstance(panel.plot, Drawn))


# As HTML -------------------------------------------------------------------------------------


def _overview(document: Document, loaded: LoadedRun) -> Iterator[str]:
    yield '<div style="max-width: 60em">'
    yield f"<h3>{_text(document.title)}</h3>"
    if document.subtitle:
        yield f"<p><em>{_text(document.subtitle)}</em></p>"
    yield f"<p>Run {_text(loaded.run.id)}, {_text(loaded.state)}.</p>"
    for section in document.sections:
        if section.id in SHOWN:
            yield f"<h4>{_text(section.title)}</h4>"
            yield from map(_html, section.blocks)
    names = {"figures": loaded.figures, "tables": loaded.tables}
    for attribute, known in names.items():
        if known:
            listing = ", ".join(f"<code>{_text(name)}</code>" for name in known)
            yield f"<details><summary>.{attribute}: {len(known)}</summary>{listing}</details>"
    yield "</div>"


def _html(block: Block) -> str:
    """Paragraphs, lists and tables; a notebook's overview has no other block."""
    if isinstance(block, Paragraph):
        text = _text(block.text)
        return f"<p><strong>{text}</strong></p>" if block.tone == "alert" else f"<p>{text}</p>"
    if isinstance(block, Bullets):
        leads = ((f"<strong>{_text(i.lead)}.</strong> " if i.lead else "", i) for i in block.items)
        return f"<ul>{''.join(f'<li>{lead}{_text(i.text)}</li>' for lead, i in leads)}</ul>"
    return _table(block) if isinstance(block, Table) else ""


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{_cell(head)}</th>' for head in table.heads)
    rows = []
    for group in table.groups:
        if group.title:
            rows.append(f'<tr><th colspan="{len(table.heads)}">{_text(group.title)}</th></tr>')
        for first, *rest in group.rows:
            cells = "".join(f"<td>{_cell(cell)}</td>" for cell in rest)
            rows.append(f'<tr><th scope="row">{_cell(first)}</th>{cells}</tr>')
    caption = f"<caption>{_text(table.caption)}</caption>"
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(part: Cell | Head) -> str:
    small = "".join(f"<br><small>{_text(line)}</small>" for line in part.details)
    best = isinstance(part, Cell) and part.tone == "best"
    return f"{'<strong>' * best}{_text(part.text)}{'</strong>' * best}{small}"


def _text(text: str) -> str:
    return escape(clean(text))
