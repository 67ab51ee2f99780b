"""Two groups of rows compared in many quantities at once: t tests, each alone or moderated."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, polygamma
from scipy.stats import t as student

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Difference:
    """How far apart two groups are in each quantity: t statistics and their degrees of freedom.

    NaN where there is none: fewer than two values of a group, or values that do not vary.
    """

    t: Floats
    freedom: Floats

    @property
    def p(self) -> Floats:
        """Two-sided p values, in [0, 1]; NaN where there is no t."""
        return np.asarray(2 * student.sf(np.abs(self.t), self.freedom))


@dataclass(frozen=True, eq=False)
class _Moments:
    """Number of values, mean and sum of squared deviations of each column."""

    n: Floats
    mean: Floats
    squares: Floats

    @classmethod
    def of(cls, rows: Floats) -> "_Moments":
        seen = ~np.isnan(rows)
        n = seen.sum(axis=0).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(seen, rows, 0.0).sum(axis=0) / n
        deviations = np.where(seen, rows - mean, 0.0)
        return cls(np.where(n < 2, np.nan, n), mean, (deviations * deviations).sum(axis=0))


def welch(first: Floats, second: Floats) -> Difference:
    """Welch's t tests, column by column: the groups' variances may differ.

    ``first`` and ``second`` are (rows × quantities), missing values NaN and passed over; t is above
    0 where the first group's mean is the higher one (Welch 1947, Biometrika 34:28-35).

    >>> found = welch(np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [4.0], [6.0]]))
    >>> found.t.round(3), found.freedom.round(3)
    (array([-1.549]), array([2.941]))
    """
    a, b = _Moments.of(first), _Moments.of(second)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = [m.squares / (m.n - 1) / m.n for m in (a, b)]
        both = np.where(sum(errors) > 0, sum(errors), np.nan)
        spread = sum(e * e / (m.n - 1) for e, m in zip(errors, (a, b), strict=True))
        return Difference((a.mean - b.mean) / np.sqrt(both), both**2 / spread)


def moderated(first: Floats, second: Floats) -> Difference:
    """t tests whose variances are drawn towards what all columns share (empirical Bayes).

    With the pooled variance s² on d degrees of freedom, t = difference / (s̃ √(1/n₁ + 1/n₂)) where
    s̃² = (d₀ s₀² + d s²) / (d₀ + d), on d₀ + d degrees of freedom, at most the sum of all d
    (Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3(1):3; limma).
    Arguments and sign as in ``welch``.

    >>> first, second = (np.random.default_rng(k).normal(size=(3, 200)) for k in (0, 1))
    >>> float(np.mean(moderated(first, second).p < 0.05))
    0.035
    """
    a, b = _Moments.of(first), _Moments.of(second)
    own = a.n + b.n - 2
    variance = (a.squares + b.squares) / own
    varies = variance > 0
    if not varies.any():
        nothing = np.full(variance.shape, np.nan)
        return Difference(nothing, nothing)
    prior, known = prior_variance(variance[varies], own[varies])
    freedom = np.minimum(own + known, own[varies].sum())
    drawn = prior if np.isinf(known) else (known * prior + own * variance) / (known + own)
    with np.errstate(invalid="ignore"):
        t = (a.mean - b.mean) / np.sqrt(drawn * (1 / a.n + 1 / b.n))
    return Difference(np.where(varies, t, np.nan), np.where(varies, freedom, np.nan))


def prior_variance(variance: Floats, freedom: Floats) -> tuple[float, float]:
    """The variance s₀² that quantities share, and on how many degrees of freedom d₀ it is known.

    From the moments of log s² (Smyth 2004, section 6.2); d₀ is infinite where the variances scatter
    no more than chance has it, 0 for a single one. Variances are above 0.

    >>> prior_variance(np.array([2.0, 2.0, 2.0]), np.array([4.0, 4.0, 4.0]))
    (2.0, inf)
    """
    if len(variance) < 2:
        return float(variance.mean()), 0.0
    half = freedom / 2
    centred = np.log(variance) - digamma(half) + np.log(half)
    excess = float(centred.var(ddof=1) - polygamma(1, half).mean())
    if excess <= 0:
        return float(variance.mean()), np.inf
    known = 2 * inverse_trigamma(excess)
    return float(np.exp(centred.mean() + digamma(known / 2) - np.log(known / 2))), known


def inverse_trigamma(value: float) -> float:
    """The y > 0 at which the trigamma function has this value (Smyth 2004, appendix).

    >>> round(inverse_trigamma(float(polygamma(1, 3.5))), 6)
    3.5
    """
    if value > 1e7:
        return float(value**-0.5)
    if value < 1e-6:
        return 1 / value
    y = 0.5 + 1 / value
    for _ in range(50):  # Newton's method on 1 / trigamma: convex, it comes from one side
        found = float(polygamma(1, y))
        step = found * (1 - found / value) / float(polygamma(2, y))
        y += step
        if -step / y < 1e-10:
            break
    return y
