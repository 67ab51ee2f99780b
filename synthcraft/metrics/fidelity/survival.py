"""Survival curves: Kaplan–Meier estimates of synthetic against holdout rows.

Norcliffe et al. 2023 (SurvivalGAN, AISTATS). The end of follow-up is the mean of the ten longest
times: a single longest time would be one person's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthcraft.catalogue import NoParams
from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.metrics.context import NotApplicable, Real, Synthetic
from synthcraft.metrics.cox import survivor
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.fidelity.base import fidelity, of_samples, paired
from synthcraft.metrics.fidelity.followed import real_curve, synthetic_curve
from synthcraft.records import Measure


@dataclass(frozen=True, eq=False)
class Curve:
    """A Kaplan–Meier estimate: ``survival[i]`` from ``times[i]`` on, 1 before; end of follow-up."""

    times: Floats
    survival: Floats
    end: float


@dataclass(frozen=True, eq=False)
class Followed:
    """The real side: the holdout samples' curves, and what a figure shows of all real rows."""

    curves: tuple[Curve, ...]
    shown: dict[str, Any]


class KaplanMeier:
    """``km_divergence``, ``optimism`` and ``short_sightedness``."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> Followed:
        """The holdout samples' curves, and that of all real rows for the figure."""
        curves = of_samples(real, lambda rows: _curve(real.holdout, rows))
        return Followed(curves, real_curve(real.train, real.holdout))

    def measure(self, real: Real, prepared: Followed, synthetic: Synthetic) -> Iterator[Measure]:
        """Means over the draws."""
        found = [
            compared(theirs, _curve(synthetic.table, draw.synthetic))
            for draw, theirs in paired(
                synthetic, prepared.curves, lambda rows: _curve(real.holdout, rows)
            )
        ]
        names = ("km_divergence", "optimism", "short_sightedness")
        for name, value in zip(names, np.mean(found, axis=0), strict=True):
            yield fidelity(name, value, synthetic)

    def picture(self, prepared: Followed, synthetic: Synthetic) -> dict[str, Any]:
        """``survival``: Kaplan–Meier estimates of all real and of synthetic rows at a few times."""
        if not prepared.shown:
            return {}
        made = synthetic_curve(synthetic.table, prepared.shown["times"])
        return {"survival": {**prepared.shown, "synthetic": made}}


def _curve(table: Table, rows: Ints) -> Curve:
    part = table.take(rows)
    time = part.frame[str(part.time)].to_numpy(dtype=float)
    event = (part.frame[part.target].astype(object) == part.positive).to_numpy()
    known = ~np.isnan(time) & part.frame[part.target].notna().to_numpy()
    if known.sum() < SMALLEST:
        raise NotApplicable(f"fewer than {SMALLEST} rows have a time and an event status")
    # A negative time, which a synthetic row may have, counts as 0.
    return kaplan_meier(np.maximum(time[known], 0), event[known])


def kaplan_meier(time: Floats, event: Floats) -> Curve:
    """The Kaplan–Meier curve of times with event (1) or censoring (0) at their end.

    >>> kaplan_meier(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 0, 1, 1])).survival.tolist()
    [0.75, 0.75, 0.375, 0.0]
    """
    times, survival = survivor(time, event, np.zeros(len(time)))
    return Curve(times, survival, float(np.sort(time)[-SMALLEST:].mean()))


def compared(real: Curve, synthetic: Curve) -> tuple[float, float, float]:
    """KM divergence, optimism and short-sightedness of a synthetic curve.

    With T the end of the real follow-up: (1/T) ∫₀ᵀ |S_syn − S_real| dt, the same without the
    absolute value, and (T − T_syn) / T. A curve stays where it is after its last time.

    >>> real, same = (kaplan_meier(np.full(10, 4.0), np.ones(10)) for _ in range(2))
    >>> compared(real, same)
    (0.0, 0.0, 0.0)
    >>> compared(real, kaplan_meier(np.full(10, 1.0), np.ones(10)))  # all die at 1 instead of 4
    (0.75, -0.75, 0.75)
    """
    if real.end <= 0:
        raise NotApplicable("no real row is followed beyond time 0")
    grid = np.unique(np.concatenate([[0.0, real.end], real.times, synthetic.times]))
    grid = grid[(grid >= 0) & (grid <= real.end)]
    gap = (_at(synthetic, grid) - _at(real, grid))[:-1]
    widths = np.diff(grid) / real.end
    return (
        float(np.abs(gap) @ widths),
        float(gap @ widths),
        (real.end - synthetic.end) / real.end,
    )


def _at(curve: Curve, times: Floats) -> Floats:
    place = np.searchsorted(curve.times, times, side="right")
    return np.append(1.0, curve.survival)[place]
