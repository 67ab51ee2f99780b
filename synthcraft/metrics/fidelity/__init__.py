"""Fidelity: how alike synthetic and holdout rows are, compared at one common size.

The yardstick is the holdout, not train: against train rows, a table of marginals beats fresh real
rows. Every value is a mean over draws at the common size; ``n`` is that size.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from synthcraft.catalogue import NoParams
from synthcraft.data.describe import SMALLEST
from synthcraft.metrics.cards.fidelity import C2stParams, ContingencyParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, hash_rows
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.models import classifier
from synthcraft.records import Measure


def fidelity(
    metric: str, value: float | np.floating[Any], synthetic: Synthetic, *, column: str = ""
) -> Measure:
    """A measure against the holdout at the common size."""
    n = synthetic.n_common
    return Measure(metric, float(value), n=n, column=column, reference="holdout")


class Marginals:
    """Columns one by one: ``ks_complement``, ``tv_complement``, ``missingness`` and its pattern."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing: sorting is cheap."""

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """Per column, and as the mean over columns."""
        table = real.train
        yield from _by_column("ks_complement", table.numeric, ks_complement, real, synthetic)
        yield from _by_column("tv_complement", table.categorical, _tv_of_levels, real, synthetic)
        hidden = [name for name in table.names if _few_missing(real, name)]
        shown = [name for name in table.names if name not in hidden]
        yield from _by_column("missingness", shown, _missing_difference, real, synthetic)
        yield from (_untold(name) for name in hidden)
        # A pattern's share would tell a small count just as a column's rate does.
        frames = synthetic.frame[shown], real.holdout.frame[shown]
        patterns = [missing_patterns(frame) for frame in frames]
        distances = [tv(patterns[0][d.synthetic], patterns[1][d.holdout]) for d in synthetic.draws]
        yield fidelity("missingness_pattern", np.mean(distances), synthetic)


def _by_column(
    metric: str,
    names: Iterable[str],
    compare: Callable[[pd.Series, pd.Series], float],
    real: Real,
    synthetic: Synthetic,
) -> Iterator[Measure]:
    values = {}
    for name in names:
        ours, theirs = synthetic.frame[name], real.holdout.frame[name]
        compared = [
            compare(ours.iloc[d.synthetic], theirs.iloc[d.holdout]) for d in synthetic.draws
        ]
        values[name] = np.mean(compared)
        yield fidelity(metric, values[name], synthetic, column=name)
    if values:
        yield fidelity(metric, np.mean(list(values.values())), synthetic)


def ks_complement(a: pd.Series, b: pd.Series) -> float:
    """1 − Kolmogorov–Smirnov statistic of the observed values, ties handled.

    A side without observed values has nothing in common with one that has some.

    >>> ks_complement(pd.Series([1.0, 2.0]), pd.Series([2.0, 3.0]))
    0.5
    """
    x, y = np.sort(a.dropna().to_numpy()), np.sort(b.dropna().to_numpy())
    if not len(x) or not len(y):
        return float(len(x) == len(y))
    grid = np.concatenate([x, y])
    below_x = np.searchsorted(x, grid, side="right") / len(x)
    below_y = np.searchsorted(y, grid, side="right") / len(y)
    return float(1 - np.abs(below_x - below_y).max())


def _tv_of_levels(a: pd.Series, b: pd.Series) -> float:
    levels = a.cat.categories.union(b.cat.categories)
    # Codes start at -1 for missing, which is a level of its own.
    x, y = (values.cat.set_categories(levels).cat.codes.to_numpy() for values in (a, b))
    return 1 - tv(x, y)


def _few_missing(real: Real, name: str) -> bool:
    absent = sum(int(part.frame[name].isna().sum()) for part in (real.train, real.holdout))
    present = len(real.train) + len(real.holdout) - absent
    return 0 < absent < SMALLEST or 0 < present < SMALLEST


def _untold(column: str) -> Measure:
    """No rate of missing values: it would tell a number of rows under 10."""
    return Measure(
        "missingness",
        column=column,
        reference="holdout",
        status="not_applicable",
        reason=f"fewer than {SMALLEST} missing values, or fewer than {SMALLEST} others",
    )


def _missing_difference(a: pd.Series, b: pd.Series) -> float:
    return float(abs(a.isna().mean() - b.isna().mean()))


def tv(a: Any, b: Any) -> float:
    """Total variation between the shares of the values in two samples; 0: the same, 1: disjoint.

    >>> tv([0, 0, 1, 1], [1, 1, 1, 2])
    0.5
    """
    values, codes = np.unique(np.concatenate([a, b]), return_inverse=True)
    p = np.bincount(codes[: len(a)], minlength=len(values)) / len(a)
    q = np.bincount(codes[len(a) :], minlength=len(values)) / len(b)
    return float(np.abs(p - q).sum() / 2)


def missing_patterns(frame: pd.DataFrame) -> Any:
    """A code per row that is equal where the same columns are missing."""
    return hash_rows(frame.isna())


class Correlation:
    """``correlation_similarity`` over all pairs of numeric columns."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing: ranks depend on the draw."""
        if len(real.train.numeric) < 2:
            raise NotApplicable("needs two numeric columns")

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """One value over all pairs."""
        names = list(real.train.numeric)
        ours = synthetic.frame[names].to_numpy()
        theirs = real.holdout.frame[names].to_numpy()
        compared = [
            _similarity(rank_correlation(ours[d.synthetic]), rank_correlation(theirs[d.holdout]))
            for d in synthetic.draws
        ]
        yield fidelity("correlation_similarity", np.mean(compared), synthetic)


def _similarity(ours: Floats, theirs: Floats) -> float:
    pairs = np.triu_indices(len(ours), 1)
    rho, yardstick = ours[pairs], theirs[pairs]
    known = ~np.isnan(yardstick)
    if not known.any():
        raise NotApplicable("no pair of numeric columns varies in the holdout")
    return float(1 - np.abs(np.nan_to_num(rho[known]) - yardstick[known]).mean() / 2)


def rank_correlation(values: Floats) -> Floats:
    """Matrix of Spearman correlations; NaN where a column is constant.

    Ranks are taken within each column's observed values, correlations over rows observed in both.

    >>> rank_correlation(np.array([[1.0, 9.0], [2.0, 7.0], [4.0, 3.0], [np.nan, 5.0]])).round(2)[0]
    array([ 1.  , -0.98])
    """
    seen = ~np.isnan(values)
    ranks = np.where(seen, rankdata(values, axis=0, nan_policy="omit"), 0.0)
    middle = ranks.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    x = np.where(seen, ranks - middle, 0.0)
    both = seen.astype(float)
    n = both.T @ both
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = x.T @ both / n  # of column i over the rows where j is observed too
        covariance = x.T @ x / n - mean * mean.T
        variance = (x * x).T @ both / n - mean**2
        variance[variance < 1e-9] = np.nan
        return np.asarray(covariance / np.sqrt(variance * variance.T))


@dataclass(frozen=True, eq=False)
class Cells:
    """How values fall into cells: bin edges of numeric columns, levels of the others."""

    names: tuple[str, ...]
    edges: dict[str, Floats]
    levels: dict[str, tuple[str, ...]]

    def widths(self) -> list[int]:
        """Number of cells of each column; the last two are unseen and missing."""
        return [
            len(self.edges[name]) + 2 if name in self.edges else len(self.levels[name]) + 2
            for name in self.names
        ]

    def indicators(self, frame: pd.DataFrame) -> Floats:
        """One-hot matrix of all cells, side by side."""
        widths = self.widths()
        out = np.zeros((len(frame), sum(widths)), dtype=np.float32)
        rows, start = np.arange(len(frame)), 0
        for name, width in zip(self.names, widths, strict=True):
            out[rows, start + self._cell(frame[name], width)] = 1
            start += width
        return out

    def _cell(self, values: pd.Series, width: int) -> Ints:
        if values.name in self.edges:
            cell = np.searchsorted(self.edges[str(values.name)], values.to_numpy(), side="right")
        else:
            levels = pd.Index(self.levels[str(values.name)], dtype=object)
            known = levels.get_indexer(values.cat.categories.astype(object))
            cell = np.where(known < 0, width - 2, known)[values.cat.codes.to_numpy()]
        return np.where(values.isna(), width - 1, cell)


class Contingency:
    """``contingency_similarity`` over pairs of columns."""

    def __init__(self, *, params: ContingencyParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Cells:
        """Bin edges and levels from the train rows."""
        names = np.array(real.train.names, dtype=object)
        if len(names) < 2:
            raise NotApplicable("needs two columns")
        if len(names) > self.params.columns:
            chosen = real.stream("contingency").choice(
                len(names), self.params.columns, replace=False
            )
            names = names[np.sort(chosen)]
        inner = np.linspace(0, 1, self.params.bins + 1)[1:-1]
        numeric = set(real.train.numeric)
        frame = real.train.frame
        return Cells(
            tuple(names),
            {n: np.unique(frame[n].dropna().quantile(inner)) for n in names if n in numeric},
            {n: tuple(frame[n].cat.categories) for n in names if n not in numeric},
        )

    def measure(self, real: Real, prepared: Cells, synthetic: Synthetic) -> Iterator[Measure]:
        """One value over all pairs."""
        ours = prepared.indicators(synthetic.frame)
        theirs = prepared.indicators(real.holdout.frame)
        starts = np.cumsum([0, *prepared.widths()[:-1]])
        compared = [
            _mean_pair_tv(ours[d.synthetic], theirs[d.holdout], starts) for d in synthetic.draws
        ]
        yield fidelity("contingency_similarity", 1 - np.mean(compared), synthetic)


def _mean_pair_tv(a: Floats, b: Floats, starts: Ints) -> float:
    # One matrix product holds the joint tables of all pairs as blocks.
    difference = np.abs(a.T @ a / len(a) - b.T @ b / len(b))
    blocks = np.add.reduceat(np.add.reduceat(difference, starts, axis=0), starts, axis=1)
    return float(blocks[np.triu_indices(len(starts), 1)].mean() / 2)


class C2st:
    """``c2st`` and ``c2st_auc``: a cross-fitted classifier of synthetic against holdout rows."""

    def __init__(self, *, params: C2stParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing but the encoder."""
        _ = real.encoder  # touched, so that it is computed once

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """The score and the AUC it comes from."""
        encoder = real.encoder
        ours, theirs = encoder.codes(synthetic.frame), encoder.codes(real.holdout.frame)
        stream = synthetic.stream("c2st")
        aucs = [
            self._auc(ours[d.synthetic], theirs[d.holdout], encoder.categorical, stream)
            for d in synthetic.draws[: self.params.draws]
        ]
        auc = float(np.mean(aucs))
        yield fidelity("c2st", 1 - 2 * max(auc - 0.5, 0), synthetic)
        yield fidelity("c2st_auc", auc, synthetic)

    def _auc(
        self, ours: Floats, theirs: Floats, categorical: Iterable[bool], stream: np.random.Generator
    ) -> float:
        rows = np.concatenate([ours, theirs])
        made = np.repeat([1, 0], [len(ours), len(theirs)])
        # Identical rows share a fold: a copy in the training folds would give its twin away.
        fold = _folds(hash_rows(pd.DataFrame(rows).rename(columns=str)), self.params.folds, stream)
        aucs = []
        for k in np.unique(fold):
            test, fit = fold == k, fold != k
            if min(len(np.unique(made[test])), len(np.unique(made[fit]))) < 2:
                continue
            seed = int(stream.integers(2**31))
            model = classifier("boosting", self.params.iterations, categorical, seed)
            chance = model.fit(rows[fit], made[fit]).predict_proba(rows[test])[:, 1]
            aucs.append(roc_auc_score(made[test], chance))
        if not aucs:
            raise NotApplicable("too few distinct rows to fill the folds")
        return float(np.mean(aucs))


def _folds(identity: Any, number: int, stream: np.random.Generator) -> Ints:
    distinct, codes = np.unique(identity, return_inverse=True)
    return (stream.permutation(len(distinct)) % number)[codes]
