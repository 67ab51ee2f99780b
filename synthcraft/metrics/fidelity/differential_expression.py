"""Differential expression: whether two groups differ in the same genes as they do in real rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.errors import DataError, Problem, nearest
from synthcraft.metrics.cards.omics import DifferentialExpressionParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import failed, fidelity, not_applicable, of_samples, paired
from synthcraft.metrics.genes import genes, unfit
from synthcraft.records import Measure
from synthcraft.stats import benjamini_hochberg
from synthcraft.stats.moderated import moderated, welch

_PATH = "metrics.differential_expression.params"
_TESTS = {"moderated": moderated, "welch": welch}
_FEWEST = 3  # genes
_NAMES = (
    *("effects", "overlap", "direction", "false_discoveries"),
    *("significant", "significant_real"),
)


@dataclass(frozen=True)
class Contrast:
    """Two levels of a column; differences are those of the first to the second."""

    column: str
    levels: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Genes:
    """Each gene's t (NaN: none), and its sign where significant, 0 elsewhere."""

    t: Floats
    called: Floats


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is compared, and what the holdout samples show."""

    contrast: Contrast
    names: tuple[str, ...]
    samples: tuple[Genes, ...]


class DifferentialExpression:
    """``de.*`` of two levels of a column."""

    def __init__(self, *, params: DifferentialExpressionParams) -> None:
        self.params = params

    def check(self, table: Table) -> None:
        """Nothing, or a DataError with all that the table does not have."""
        problems = [*unfit(_PATH, table, self.params), *self._misfits(table)]
        if problems:
            raise DataError(problems)

    def _misfits(self, table: Table) -> Iterator[Problem]:
        name, levels = self.params.group, self.params.levels or ()
        if name is not None and name not in table.names:
            yield Problem(f"{_PATH}.group", f"no column {name!r}", nearest(name, table.categorical))
            return
        column = table.column(name or table.target)
        if column.numeric and (name is not None or levels):
            hint = nearest(column.name, table.categorical)
            yield Problem(f"{_PATH}.group", f"{column.name!r} is a number, not a group", hint)
            return
        for level in levels:
            if level not in column.levels:
                hint = nearest(level, column.levels)
                yield Problem(f"{_PATH}.levels", f"{column.name!r} has no level {level!r}", hint)

    def prepare(self, real: Real) -> Prepared:
        """What the holdout samples show."""
        contrast = self._contrast(real.train)
        names = genes(real.train, self.params)
        if len(names) < _FEWEST:
            raise NotApplicable(f"needs {_FEWEST} columns of numbers without a role")

        return Prepared(
            contrast,
            names,
            of_samples(real, lambda rows: self._of_holdout(real, contrast, names, rows)),
        )

    def measure(self, real: Real, prepared: Prepared, synthetic: Synthetic) -> Iterator[Measure]:
        """Means over the draws in which they are defined."""
        contrast, names = prepared.contrast, prepared.names
        found = []
        for draw, theirs in paired(
            synthetic,
            prepared.samples,
            lambda rows: self._of_holdout(real, contrast, names, rows),
        ):
            groups = _groups(synthetic.table.take(draw.synthetic), contrast, names)
            if min(len(group) for group in groups) < 2:
                reason = f"fewer than two synthetic rows of a level of {contrast.column!r}"
                yield from (failed(f"de.{name}", reason) for name in _NAMES)
                return
            found.append(compared(self._tested(groups), theirs))
        for name in found[0]:
            values = [value for one in found if not np.isnan(value := one[name])]
            if values:
                yield fidelity(f"de.{name}", np.mean(values), synthetic)
            else:
                yield not_applicable(f"de.{name}", "no gene is significant in the holdout rows")

    def _contrast(self, table: Table) -> Contrast:
        if problems := list(self._misfits(table)):
            raise DataError(problems)
        column = table.column(self.params.group or table.target)
        if self.params.group is None and table.task != "classification":
            raise NotApplicable("the target is no group: declare one (params: group, levels)")
        levels = self.params.levels or _positive_first(column.levels, table, column.name)
        if len(levels) != 2:
            raise NotApplicable(f"{column.name!r} has {len(levels)} levels: declare two (levels)")
        return Contrast(column.name, (levels[0], levels[1]))

    def _of_holdout(
        self, real: Real, contrast: Contrast, names: tuple[str, ...], rows: Ints
    ) -> Genes:
        groups = _groups(real.holdout.take(rows), contrast, names)
        if min(len(group) for group in groups) < SMALLEST:
            reason = f"fewer than {SMALLEST} holdout rows of a level of {contrast.column!r}"
            raise NotApplicable(reason)
        return self._tested(groups)

    def _tested(self, groups: tuple[Floats, Floats]) -> Genes:
        found = _TESTS[self.params.test](*groups)
        known = np.flatnonzero(~np.isnan(found.p))
        p = found.p
        adjusted = benjamini_hochberg({gene: float(p[gene]) for gene in known})
        called = np.zeros(len(p))
        for gene, value in adjusted.items():
            called[gene] = np.sign(found.t[gene]) if value <= self.params.fdr else 0
        return Genes(found.t, called)


def _positive_first(levels: Sequence[str], table: Table, column: str) -> Sequence[str]:
    if column != table.target:
        return levels
    return sorted(levels, key=lambda level: level != table.positive)


def _groups(table: Table, contrast: Contrast, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """The genes' values in the rows of either level."""
    level = table.frame[contrast.column].astype(object).to_numpy()
    values = table.frame[list(names)].to_numpy()
    first, second = contrast.levels
    return values[level == first], values[level == second]


def compared(ours: Genes, theirs: Genes) -> dict[str, float]:
    """How the synthetic genes agree with the real ones; NaN where nothing is found in real rows.

    >>> real = Genes(np.array([5.0, -4.0, 1.0, 0.0]), np.array([1, -1, 0, 0]))
    >>> half = Genes(np.array([4.0, -1.0, 3.0, 0.5]), np.array([1, 0, 1, 0]))
    >>> found = compared(half, real)
    >>> found["effects"], round(found["overlap"], 2), found["false_discoveries"]
    (1.0, 0.33, 0.5)
    """
    known = ~np.isnan(theirs.t)
    t, yardstick = np.nan_to_num(ours.t[known]), theirs.t[known]
    mine, real = ours.called[known], theirs.called[known]
    agreed = int(((mine == real) & (real != 0)).sum())
    found, claimed = int((real != 0).sum()), int((mine != 0).sum())
    either = int(((mine != 0) | (real != 0)).sum())
    same = int((np.sign(t) == real)[real != 0].sum())
    return {
        "effects": _spearman(t, yardstick),
        "overlap": agreed / either if found else np.nan,
        "direction": same / found if found else np.nan,
        "false_discoveries": (1 - agreed / claimed if claimed else 0.0) if found else np.nan,
        "significant": claimed / len(real) if len(real) else np.nan,
        "significant_real": found / len(real) if len(real) else np.nan,
    }


def _spearman(first: Floats, second: Floats) -> float:
    """Rank correlation; 0 where one does not vary."""
    ranks = [rankdata(values) for values in (first, second)]
    if any(np.ptp(one) == 0 for one in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])
