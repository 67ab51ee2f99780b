"""Rank correlations of numeric columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from synthcraft.metrics.cards.fidelity import CorrelationParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity, of_samples, paired, some_columns
from synthcraft.records import Measure


@dataclass(frozen=True, eq=False)
class Correlations:
    """The columns that are paired, and the holdout samples' correlations."""

    columns: tuple[str, ...]
    samples: tuple[Floats, ...]


class Correlation:
    """``correlation_similarity`` over pairs of numeric columns."""

    def __init__(self, *, params: CorrelationParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Correlations:
        """Correlations of the holdout."""
        most = self.params.columns
        names = some_columns(real, real.train.numeric, most=most, purpose="correlation")
        if len(names) < 2:
            raise NotApplicable("needs two numeric columns")
        return Correlations(names, of_samples(real, lambda rows: _of_holdout(real, names, rows)))

    def measure(
        self, real: Real, prepared: Correlations, synthetic: Synthetic
    ) -> Iterator[Measure]:
        """One value over all pairs."""
        names = prepared.columns
        ours = synthetic.frame[list(names)].to_numpy()
        compared = [
            _similarity(rank_correlation(ours[draw.synthetic]), theirs)
            for draw, theirs in paired(
                synthetic, prepared.samples, lambda rows: _of_holdout(real, names, rows)
            )
        ]
        yield fidelity("correlation_similarity", np.mean(compared), synthetic)


def _of_holdout(real: Real, names: Sequence[str], rows: Ints) -> Floats:
    return rank_correlation(real.holdout.frame[list(names)].to_numpy()[rows])


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
    return Ranks.of(values).correlations(slice(None), slice(None))


@dataclass(frozen=True, eq=False)
class Ranks:
    """Centred ranks within each column's observed values, 0 where missing: (rows × columns).

    ``seen`` is 1 where a value is observed and 0 elsewhere; a single column of ones where all are.
    """

    x: Floats
    seen: Floats

    @classmethod
    def of(cls, values: Floats, dtype: type[np.floating[Any]] = np.float64) -> "Ranks":
        """The ranks of a matrix (rows × columns; missing: NaN), at this precision."""
        seen = ~np.isnan(values)
        x = np.zeros(values.shape, dtype=dtype)
        for column, known in enumerate(seen.T):
            ranks = rankdata(values[known, column])
            x[known, column] = ranks - (len(ranks) + 1) / 2
        return cls(x, (seen[:, :1] if seen.all() else seen).astype(dtype))

    def correlations(self, rows: slice, columns: slice) -> Floats:
        """This block of the matrix of correlations; NaN where a column is constant."""
        first, second = self.x[:, rows], self.x[:, columns]
        in_first, in_second = self._seen(rows), self._seen(columns)
        with np.errstate(invalid="ignore", divide="ignore"):
            n = in_first.T @ in_second
            mean = first.T @ in_second / n  # over the rows where the other is observed too
            other = in_first.T @ second / n
            covariance = first.T @ second / n - mean * other
            variance = (first * first).T @ in_second / n - mean**2
            spread = in_first.T @ (second * second) / n - other**2
            variance[variance < 1e-9] = np.nan
            spread[spread < 1e-9] = np.nan
            return np.asarray(covariance / np.sqrt(variance * spread))

    def _seen(self, columns: slice) -> Floats:
        return self.seen if self.seen.shape[1] == 1 else self.seen[:, columns]
