"""SynthCraft: declarative, reproducible benchmarks of synthetic healthcare data."""

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthcraft.notebook import LoadedRun

__version__ = "0.1.0"


def load_run(path: "str | PathLike[str]") -> "LoadedRun":
    """A run, or a report with its run, for a notebook: tables as DataFrames, figures to draw.

    ``.results`` is the tidy long table, ``.summary`` the means over splits with their intervals,
    ``.tables`` what the report prints, ``.figures`` matplotlib objects by name, ``.spec`` the
    experiment. A run that was interrupted can be loaded, too: ``.complete`` is False then,
    ``.state`` says how far it came, and what has not run yet is a row with the status "missing".

    Raises
    ------
    RunError
        When the directory holds no run, its journal is damaged, or it was interrupted before it
        had a plan.
    SpecError
        When its spec.yaml cannot be read.

    >>> from synthcraft.shipped import home
    >>> run = load_run(home() / "reports" / "quickstart")
    >>> run.state
    'complete: 27 trials'
    >>> auroc = run.summary.query("metric == 'tstr.auroc' and model == 'logistic' and group == ''")
    >>> print(auroc.set_index("label")["mean"].round(2)["arf"])
    0.74
    >>> run.figures["tradeoff"]
    <Figure size 820x492 with 1 Axes>
    """
    from synthcraft.notebook import open_run  # numpy and more: not with the package

    return open_run(path)
