"""Plausibility: how many rows are impossible by what the spec declares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from synthcraft.catalogue import NoParams
from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Column, Table
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.judge import Verdicts, judge
from synthcraft.records import Measure
from synthcraft.spec.rules import parse_rule
from synthcraft.stats import LEVEL, difference_of_shares, wilson

FEW = f"fewer than {SMALLEST} rows break it, or keep it: a number that is not told"


@dataclass(frozen=True)
class Broken:
    """Real rows that break a rule: holdout rows (of those judged), and train and holdout together.

    ``units`` is what the judged holdout rows count as: rows of one person are no independent
    witnesses.
    """

    holdout: int
    judged: int
    units: int
    together: int


class Plausibility:
    """``rule_violations`` of synthetic rows, of real ones, their difference; ``range_violations``.

    Real rows are the holdout's, or train rows where there is no holdout (``reference``).

    ``column`` is the rule's name, or the column whose declared range is left; without one, any of
    them. A share that would tell of 1 to 9 real rows is not given: neither the holdout's, nor that
    of synthetic rows where real rows break the rule too (a reference generator's rows are real).
    """

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> dict[str, Broken]:
        """Real rows that break each rule."""
        if not real.train.rules and not _declared(real.train):
            raise NotApplicable("no rule, range or level is declared")
        train, holdout = _judged(real.train), _judged(real.holdout)
        return {name: _broken(real, holdout[name], train[name]) for name in holdout}

    def measure(
        self, real: Real, prepared: Mapping[str, Broken], synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Each rule and all together; then each declared column and all together."""
        for name, verdicts in _judged(synthetic.table).items():
            yield from _of_rule(name, verdicts, prepared[name], real)
        yield from _ranges(synthetic.table)


def _judged(table: Table) -> dict[str, Verdicts]:
    """The verdicts by rule, and under "" whether any is broken."""
    found = {name: judge(parse_rule(text), table.frame) for name, text in table.rules.items()}
    if not found:
        return {}
    broken = np.logical_or.reduce([one.broken for one in found.values()])
    judged = np.logical_or.reduce([one.judged for one in found.values()])
    return {**found, "": Verdicts(judged & ~broken, broken)}


def _broken(real: Real, holdout: Verdicts, train: Verdicts) -> Broken:
    judged, people = holdout.judged, real.holdout.groups
    units = judged.sum() if people is None else len(np.unique(people[judged]))
    broken = int(holdout.broken.sum())
    # Without a holdout, train rows stand for it.
    others = int(train.broken.sum()) if real.has_holdout else 0
    return Broken(broken, int(judged.sum()), int(units), broken + others)


def _of_rule(name: str, verdicts: Verdicts, real: Broken, side: Real) -> Iterator[Measure]:
    broken, n = int(verdicts.broken.sum()), int(verdicts.judged.sum())
    reference = "holdout" if side.has_holdout else "train"
    ours = _share("rule_violations", name, broken, n, n)
    if real.together and _few(broken, n):
        ours = ours.absent(FEW)
    yield ours
    theirs = _share("rule_violations_real", name, real.holdout, real.judged, real.units)
    if _few(real.holdout, real.judged):
        theirs = theirs.absent(FEW)
    # The rows that were not judged are a number of rows too.
    hidden = 0 < len(side.holdout) - real.judged < SMALLEST
    yield replace(theirs, reference=reference, n=None if hidden else theirs.n)
    excess = Measure("rule_violations_excess", column=name, reference=reference)
    absent = [side for side in (ours, theirs) if side.status != "ok"]
    if absent:
        yield excess.absent(absent[0].reason)
        return
    share = real.holdout / real.judged
    low, high = difference_of_shares((broken, n), (share * real.units, real.units))
    yield replace(excess, value=broken / n - share, low=low, high=high, level=LEVEL, n=n)


def _few(broken: int, judged: int) -> bool:
    """Whether a share tells a number of rows under 10."""
    return 0 < broken < SMALLEST or 0 < judged - broken < SMALLEST


def _share(metric: str, column: str, broken: int, rows: int, units: int) -> Measure:
    named = Measure(metric, column=column)
    if not rows:
        return named.absent("no row could be judged")
    low, high = wilson(broken / rows * units, units)
    return replace(named, value=broken / rows, low=low, high=high, level=LEVEL, n=rows)


def _declared(table: Table) -> list[Column]:
    return [c for c in table.columns if {"low", "high", "levels"} & set(c.declared)]


def _ranges(table: Table) -> Iterator[Measure]:
    columns = _declared(table)
    if not columns:
        return
    outside = np.stack([_outside(table.frame[column.name], column) for column in columns])
    present = np.stack([table.frame[column.name].notna().to_numpy() for column in columns])
    for column, out, here in zip(columns, outside, present, strict=True):
        n = int(here.sum())
        yield _share("range_violations", column.name, int(out.sum()), n, n)
    n = int(present.any(axis=0).sum())
    yield _share("range_violations", "", int(outside.any(axis=0).sum()), n, n)


def _outside(values: "pd.Series[Any]", column: Column) -> Any:
    if not column.numeric:
        known = values.isin(column.levels) | values.isna()
        return (~known).to_numpy() if "levels" in column.declared else np.zeros(len(values), bool)
    low = column.low if "low" in column.declared and column.low is not None else -np.inf
    high = column.high if "high" in column.declared and column.high is not None else np.inf
    return ((values < low) | (values > high)).to_numpy()
