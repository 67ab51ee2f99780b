"""The few lines that a run prints at its end; the report has everything."""

from collections.abc import Iterator
from statistics import fmean

from synthcraft.cli.text import table
from synthcraft.records import FAMILIES, MetricDescriptor
from synthcraft.results import Run

# The measure that stands for a family here: those that come first and are in the plan.
HEADLINES = ("c2st", "tstr.auroc", "tstr.r2", "dcr_share", "exact_match_rate")


def summarise(run: Run) -> str:
    """The best generator by the headline measure of each family, and how many trials failed."""
    rows = [row for family in FAMILIES if (row := _best(run, family))]
    lines = [table(rows, header=("family", "measure", "best", "mean", "of"))] if rows else []
    return "\n".join([*lines, *_failures(run)])
