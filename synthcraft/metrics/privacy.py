"""Privacy: what synthetic rows give away of train rows, beyond what fresh real rows would.

Every measure takes (train, holdout, synthetic) and has three roles: main, control and excess. The
control is not biased by sizes: it has the same target set (train) or a known expectation.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from synthcraft.catalogue import NoParams
from synthcraft.metrics.cards import DcrShareParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, hash_rows
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.neighbours import Neighbours, count_ties
from synthcraft.records import Measure, Role

LEVEL = 0.95


def _roles(
    metric: str, main: float, control: float, excess: float, *, n: int, n_control: int
) -> Iterator[Measure]:
    rows: tuple[tuple[Role, float, int], ...] = (
        ("main", main, n),
        ("control", control, n_control),
        ("excess", excess, n),
    )
    for role, value, size in rows:
        yield Measure(metric, float(value), n=size, reference="train", role=role)


class ExactMatch:
    """``exact_match_rate``: synthetic rows identical to a train row, holdout rows as control."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> float:
        """The share of holdout rows identical to a train row."""
        return _share_in(hash_rows(real.holdout.frame), real.train_hashes)

    def measure(self, real: Real, prepared: float, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess."""
        if prepared == 1:
            raise NotApplicable(
                "every holdout row is identical to a train row: a copy tells nothing"
            )
        main = _share_in(hash_rows(synthetic.frame), real.train_hashes)
        excess = (main - prepared) / (1 - prepared)
        sizes = {"n": len(synthetic), "n_control": len(real.holdout)}
        yield from _roles("exact_match_rate", main, prepared, excess, **sizes)


def _share_in(hashes: Any, known: Any) -> float:
    return float(np.isin(hashes, known).mean())


class Dcr:
    """``dcr_q05`` and ``dcr_median``: distance to the closest train row."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> dict[str, float]:
        """The holdout rows' distances to train rows."""
        return _distance_quantiles(real.holdout_to_train)

    def measure(
        self, real: Real, prepared: dict[str, float], synthetic: Synthetic
    ) -> Iterator[Measure]:
        """Main, control and excess of each quantile."""
        sizes = {"n": len(synthetic), "n_control": len(real.holdout)}
        for name, main in _distance_quantiles(synthetic.to_train).items():
            yield from _roles(name, main, prepared[name], prepared[name] - main, **sizes)


def _distance_quantiles(found: Neighbours) -> dict[str, float]:
    q05, median = np.quantile(found.distance[:, 0], [0.05, 0.5])
    return {"dcr_q05": float(q05), "dcr_median": float(median)}


class Nndr:
    """``nndr``: ratio of the distances to the closest and second closest distinct train row."""

    def __init__(self, *, params: NoParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> float:
        """The holdout rows' median ratio."""
        if len(real.train_points.distinct) < 2:
            raise NotApplicable("needs two distinct train rows")
        return _median_ratio(real.holdout_to_train)

    def measure(self, real: Real, prepared: float, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control and excess."""
        main = _median_ratio(synthetic.to_train)
        sizes = {"n": len(synthetic), "n_control": len(real.holdout)}
        yield from _roles("nndr", main, prepared, prepared - main, **sizes)


def _median_ratio(found: Neighbours) -> float:
    return float(np.median(found.distance[:, 0] / found.distance[:, 1]))


class DcrShare:
    """``dcr_share``: share of synthetic rows nearer to train than to holdout rows."""

    def __init__(self, *, params: DcrShareParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing but the encoded real rows."""
        _ = real.train_points, real.holdout_points

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control (its expectation for fresh rows) and excess with an interval."""
        null = len(real.train) / (len(real.train) + len(real.holdout))
        credit, nearest_row = _credit(real, synthetic)
        shares = _clustered_means(
            credit, nearest_row, self.params.resamples, real.stream("dcr_share")
        )
        low, high = np.quantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        main = float(credit.mean())
        about: dict[str, Any] = {"reference": "train", "n": len(credit)}
        yield Measure("dcr_share", main, float(low), float(high), LEVEL, role="main", **about)
        yield Measure("dcr_share", null, role="control", **about)
        excess, low, high = ((share - null) / (1 - null) for share in (main, low, high))
        yield Measure("dcr_share", excess, float(low), float(high), LEVEL, role="excess", **about)


def _credit(real: Real, synthetic: Synthetic) -> tuple[Floats, Ints]:
    """Each synthetic row's credit t/(t + h) and the number of the real row it is nearest to."""
    to_train, to_holdout = synthetic.to_train, synthetic.to_holdout
    d_train, d_holdout = to_train.distance[:, 0], to_holdout.distance[:, 0]
    radius = np.minimum(d_train, d_holdout)
    t = count_ties(synthetic.points, real.train_points, to_train, radius)
    h = count_ties(synthetic.points, real.holdout_points, to_holdout, radius)
    nearest_row = np.where(
        d_train <= d_holdout,
        to_train.index[:, 0],
        len(real.train_points.distinct) + to_holdout.index[:, 0],
    )
    return t / (t + h), nearest_row


def _clustered_means(
    values: Floats, cluster: Ints, resamples: int, stream: np.random.Generator
) -> Floats:
    """Means of the values over bootstrap samples of whole clusters."""
    _, codes = np.unique(cluster, return_inverse=True)
    sums, sizes = np.bincount(codes, values), np.bincount(codes)
    m = len(sums)
    drawn = np.stack(
        [np.bincount(stream.integers(m, size=m), minlength=m) for _ in range(resamples)]
    )
    return np.asarray((drawn @ sums) / (drawn @ sizes))
