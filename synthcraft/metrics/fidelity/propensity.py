"""Propensity: how well a logistic regression tells synthetic from real rows."""

from collections.abc import Iterator

import numpy as np

from synthcraft.catalogue import NoParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.encode import Floats
from synthcraft.metrics.fidelity.base import fidelity
from synthcraft.records import Measure

STEPS = 30  # of Newton's method; separable rows are told apart for sure long before
FRESH = 2.0  # what fresh real rows have


class Propensity:
    """``pmse_ratio`` and ``pmse_excess``."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing but the encoded holdout rows."""
        _ = real.holdout_rows  # touched, so that they are computed once

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """The ratio and what it exceeds that of fresh rows by."""
        ratios = [
            pmse_ratio(real.holdout_rows[draw.holdout], synthetic.points[draw.synthetic])
            for draw in synthetic.draws
        ]
        ratio = float(np.mean(ratios))
        yield fidelity("pmse_ratio", ratio, synthetic)
        yield fidelity("pmse_excess", max(ratio - FRESH, 0.0), synthetic)


def pmse_ratio(real: Floats, synthetic: Floats) -> float:
    """Mean squared propensity error over its null expectation (Snoke et al. 2018).

    With N rows, a share c of them synthetic, and k parameters of an unpenalised logistic regression
    on main effects: pMSE = mean (p̂ − c)², null = (k − 1)(1 − c)² c / N. Rows synthesised from the
    fitted model itself have 1; fresh real rows have 1 / (1 − c), 2 at equal sizes.
    """
    design = _basis(np.concatenate([real, synthetic]).astype(float))
    total, parameters = design.shape
    if 2 * parameters > total:
        raise NotApplicable(f"{parameters} parameters are too many for {total} rows")
    made = np.repeat([0.0, 1.0], [len(real), len(synthetic)])
    share = len(synthetic) / total
    chance = _logistic(design, made)
    null = (parameters - 1) * (1 - share) ** 2 * share / total
    return float(np.mean((chance - share) ** 2) / null)


def _basis(rows: Floats) -> Floats:
    """An orthonormal basis of the intercept and the columns: its width is the parameters' number.

    The coordinates of a categorical column add up to a constant.
    """
    centred = rows - rows.mean(axis=0)
    reach = np.abs(centred).max(axis=0)
    varying = reach > 1e-9
    centred = centred[:, varying] / reach[varying]
    if not varying.any():
        raise NotApplicable("all rows are the same")
    if varying.sum() > len(rows):
        raise NotApplicable(f"{varying.sum()} columns are too many for {len(rows)} rows")
    values, vectors = np.linalg.eigh(centred.T @ centred)
    kept = values > values.max() * 1e-9
    intercept = np.full((len(rows), 1), len(rows) ** -0.5)
    return np.hstack([intercept, centred @ (vectors[:, kept] / np.sqrt(values[kept]))])


def _logistic(design: Floats, made: Floats) -> Floats:
    """Fitted probabilities by Newton's method."""
    chance = np.full(len(made), made.mean())
    linear = np.log(chance / (1 - chance))
    for _ in range(STEPS):
        weight = np.maximum(chance * (1 - chance), 1e-9)
        bent = design.T @ (design * weight[:, None])
        step = design @ np.linalg.lstsq(bent, design.T @ (made - chance), rcond=None)[0]
        # A step that overshoots would leave probabilities at 0 and 1 for good.
        linear = np.clip(linear + np.clip(step, -5, 5), -30, 30)
        chance = 1 / (1 + np.exp(-linear))
        if np.abs(step).max() < 1e-6:
            break
    return chance
