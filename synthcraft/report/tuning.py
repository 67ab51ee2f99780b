"""The page on a tuned selector: what was found, and what it is worth on tables not tuned on."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from synthcraft.report import render
from synthcraft.report.document import (
    Cell,
    Code,
    Document,
    Figure,
    Head,
    Panel,
    Paragraph,
    Rows,
    Section,
    Table,
)
from synthcraft.report.figures import saved, settings
from synthcraft.report.inference import p_text
from synthcraft.report.plots import Drawn, Forest, Line, Mark
from synthcraft.report.words import counted, listed
from synthcraft.report.write import write_files
from synthcraft.select.tune import BUDGETS, SIGNIFICANT, Held, Search, Tuning
from synthcraft.select.uses import USES

if TYPE_CHECKING:
    from optuna import Study

FEW = 6  # tables: with fewer, no pattern of signs is rare enough
LEAST = 4  # trials that Optuna's importances need to say anything


def build(tuning: Tuning, study: "Study", *, folder: Path, command: str) -> Path:
    """Write the page (HTML and Markdown, with pictures) and return the path of its index.html.

    Raises
    ------
    RunError
        When the folder cannot be written.
    """
    document = compose(tuning, study, command=command)
    drawn = render.pictures(document)
    files = {
        "index.html": render.html(document, drawn),
        "report.md": render.markdown(document),
        **{f"figures/{name}.svg": svg for name, svg in drawn.items()},
    }
    write_files(folder, files)
    return folder / "index.html"


def compose(tuning: Tuning, study: "Study", *, command: str) -> Document:
    """The page as a document."""
    return Document(
        title=f"Tuning of {tuning.design.policy}",
        subtitle="Do tuned parameters choose better on tables that they were not tuned on?",
        sections=(
            Section("verdict", "Verdict", (Paragraph(verdict(tuning)), _values(tuning))),
            Section("tables", "Table by table", (*_gains(tuning),)),
            Section("searches", "Searches", (_searches(tuning), *_plots(study))),
            Section("how", "How it was judged", (*_how(tuning), Code(command))),
        ),
    )


def verdict(tuning: Tuning) -> str:
    """Whether the tuned values are better than the defaults, and what that rests on.

    It is so when the sign-flip test and the bootstrap-t interval both say so.
    """
    gains = tuning.gains
    shown = (
        f"on tables that they were not tuned on, {gain_text(tuning)}, p {p_text(tuning.p)} by sign "
        f"flips over {counted(len(gains), 'table')}"
    )
    if tuning.significant:
        return f"The tuned values are better: {shown}."
    few = (
        f" With fewer than {FEW} tables the test cannot reach {SIGNIFICANT}."
        if len(gains) < FEW
        else ""
    )
    return f"The tuned values are not shown to be better, and the defaults stay: {shown}.{few}"


def gain_text(tuning: Tuning) -> str:
    """The mean gain with its interval."""
    low, high = tuning.interval
    gain = f"they lose {loss(tuning.gain)} less than the defaults in the mean"
    if loss(tuning.gain) == loss(0):
        gain = "they lose as much as the defaults in the mean"
    elif tuning.gain < 0:
        gain = f"they lose {loss(-tuning.gain)} more than the defaults in the mean"
    if low is None or high is None:
        return gain
    return f"{gain} (95 % interval of the gain: {loss(low)} to {loss(high)})"


def loss(value: float) -> str:
    """A loss or a gain, with four decimals.

    >>> loss(0.01234), loss(-0.00001)
    ('0.0123', '0.0000')
    """
    return f"{round(value, 4) + 0.0:.4f}".replace("-", "−")


def _values(tuning: Tuning) -> Table:
    rows = [
        (Cell(name), Cell(f"{tuning.design.defaults[name]:g}"), Cell(f"{found:g}"),
         *(Cell(f"{fold.values[name]:g}") for fold in tuning.folds))
        for name, found in tuning.found.values.items()
    ]  # fmt: skip
    heads = ("parameter", "default", "tuned", *(f"fold {f + 1}" for f in range(len(tuning.folds))))
    caption = "Tuned on all tables, and without each fold."
    return Table(caption, tuple(map(Head, heads)), (Rows(tuple(rows)),))


def _gains(tuning: Tuning) -> Iterator[Table | Figure]:
    low, high = tuning.interval
    rows = [
        (Cell(one.dataset), Cell(str(one.fold)), Cell(loss(one.default)), Cell(loss(one.tuned)),
         Cell(loss(one.gain)))
        for one in tuning.held
    ]  # fmt: skip
    between = () if low is None or high is None else (f"{loss(low)} to {loss(high)}",)
    mean = (
        Cell("mean"),
        Cell(""),
        Cell(loss(sum(one.default for one in tuning.held) / len(rows))),
        Cell(loss(sum(one.tuned for one in tuning.held) / len(rows))),
        Cell(loss(tuning.gain), between),
    )
    heads = ("table", "fold", "default loses", "tuned without its fold loses", "gain")
    yield Table(
        "What is lost on each table, as a share of the worths’ scale from 0 to 1.",
        tuple(map(Head, heads)),
        (Rows((*rows, mean)),),
    )
    marks = tuple(Mark(one.dataset, one.gain, None, None, 0) for one in tuning.held)
    line = Line("mean", tuning.gain, low, high)
    alt = "; ".join(f"{one.dataset} {loss(one.gain)}" for one in tuning.held)
    plot = Forest("gain: above 0, tuning helped", marks, line)
    yield Figure(
        "The gain on each table, and their mean with its 95 % interval.",
        (Panel("gains", f"Gains by table: {alt}.", plot),),
    )


def _searches(tuning: Tuning) -> Table:
    rows = [
        _search(f"without fold {place}", search, [one for one in tuning.held if one.fold == place])
        for place, search in enumerate(tuning.folds, start=1)
    ]
    caption = (
        "What the values of each search gain on the tables that it tuned on, and on those it has "
        f"not seen. Optimism, the mean difference: {loss(tuning.optimism)}."
    )
    heads = ("search", "least loss", "default loses", "gain on its own tables", "on those held out")
    every = (*rows, _search("all tables", tuning.found, ()))
    return Table(caption, tuple(map(Head, heads)), (Rows(every),))


def _search(name: str, search: Search, held: Sequence[Held]) -> tuple[Cell, ...]:
    came = loss(sum(one.gain for one in held) / len(held)) if held else "not known"
    numbers = (search.loss, search.default, search.gain)
    return (Cell(name), *(Cell(loss(value)) for value in numbers), Cell(came))


def _plots(study: "Study") -> Iterator[Figure]:
    """Optuna's own plots of the search on all tables."""
    from optuna.visualization import matplotlib as plots

    drawn: dict[str, tuple[str, Any]] = {
        "history": (
            "Optuna’s history of the search on all tables.",
            plots.plot_optimization_history,
        )
    }
    if len(study.trials) >= LEAST:
        drawn["importances"] = (
            "Optuna’s importances (PED-ANOVA) of what was tuned, in this search only.",
            plots.plot_param_importances,
        )
    for name, (caption, draw) in drawn.items():
        plot = Drawn(_svg(draw, study, name))
        yield Figure(caption, (Panel(name, caption, plot),))


def _svg(draw: Any, study: "Study", name: str) -> str:
    import warnings

    from matplotlib import pyplot

    with mpl.rc_context(settings(name)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna calls these plots experimental
        figure = draw(study, target_name="loss").figure
        try:
            return saved(figure, name)
        finally:
            pyplot.close(figure)


def _how(tuning: Tuning) -> Iterator[Paragraph]:
    design = tuning.design
    shares = listed([f"{100 * share:.0f} %" for share in BUDGETS])
    fixed = {name: getattr(design.params, name) for name in sorted(design.fixed)}
    yield Paragraph(
        "A loss is the regret of what is recommended at the end of an episode: by how much the "
        "best arm is better, judged on recorded splits that no policy has seen; with a price of "
        f"seconds, what was spent is added. Episodes: budgets of {shares} of a full sweep’s "
        f"seconds, the uses {listed([use.name for use in USES])}, "
        f"{counted(design.divisions, 'division')} of the splits into halves that are swapped. All "
        "trials get the same episodes and seeds."
    )
    yield Paragraph(
        "What is believed before the first pull is learned without the table that is played on. "
        f"The tables were dealt into {counted(len(tuning.folds), 'fold')}; for each, a search of "
        f"{counted(tuning.found.trials, 'trial')} tuned on the others. Only what these found is "
        "judged, on tables that they have not seen: the least loss of a search is too good to be "
        "true. The tables share their arms and settings; for other generators, larger tables or "
        "other machines nothing is shown."
    )
    if fixed:
        yield Paragraph(f"Not tuned, but set: {listed([f'{k} = {v}' for k, v in fixed.items()])}.")
