"""Privacy: what synthetic rows give away of train rows, beyond what fresh real rows would.

Every measure takes (train, holdout, synthetic) and has three roles: main, control and excess. The
control is not biased by sizes: it has the same target set (train) or a known expectation.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from synthcraft.catalogue import NoParams
from synthcraft.metrics.cards.privacy import DcrShareParams
from synthcraft.metrics.context import NotApplicable, Real, Synthetic, hash_rows
from synthcraft.metrics.encode import Floats
from synthcraft.metrics.neighbours import Neighbours, Points, count_ties
from synthcraft.metrics.scores import LEVEL, interval
from synthcraft.records import Measure, Role
from synthcraft.stats import difference_of_shares, wilson


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
        n, n_control = len(synthetic), len(real.holdout)
        ours, theirs = (main * n, n), (prepared * n_control, n_control)
        scale = 1 / (1 - prepared)
        excess = [scale * bound for bound in difference_of_shares(ours, theirs)]
        name = "exact_match_rate"
        yield _share(name, "main", main, wilson(*ours), n)
        yield _share(name, "control", prepared, wilson(*theirs), n_control)
        yield _share(name, "excess", scale * (main - prepared), excess, n)


def _share(metric: str, role: Role, value: float, bounds: Sequence[float], n: int) -> Measure:
    low, high = bounds
    return Measure(metric, value, low, high, LEVEL, n, reference="train", role=role)


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
        """Main, control (its expectation for fresh rows) and excess with an interval.

        Numbers of train and holdout rows are fixed, so each part is resampled on its own, each real
        row together with the synthetic rows it attracts (also the rows that attract none).
        """
        null = len(real.train) / (len(real.train) + len(real.holdout))
        drawn = _attracted(real, synthetic)
        stream = real.stream("dcr_share")
        ours, theirs = (_resampled_sums(rows, self.params.resamples, stream) for rows in drawn)
        with np.errstate(invalid="ignore"):  # a resample may hold no row that attracts any
            low, high = interval(ours / (ours + theirs))
        main = float(drawn[0].sum() / len(synthetic))
        about: dict[str, Any] = {
            "level": None if low is None else LEVEL,
            "reference": "train",
            "n": len(synthetic),
        }
        yield Measure("dcr_share", main, low, high, role="main", **about)
        yield Measure("dcr_share", null, role="control", reference="train", n=len(synthetic))
        low, high = (
            None if share is None else (share - null) / (1 - null) for share in (low, high)
        )
        excess = (main - null) / (1 - null)
        yield Measure("dcr_share", excess, low, high, role="excess", **about)


def _attracted(real: Real, synthetic: Synthetic) -> tuple[Floats, Floats]:
    """How many synthetic rows each train row, and each holdout row, is the nearest real row of.

    Of t train and h holdout rows at the same distance each gets 1/(t + h).
    """
    radius = np.minimum(synthetic.to_train.distance[:, 0], synthetic.to_holdout.distance[:, 0])
    sides = (
        (real.train_points, synthetic.to_train),
        (real.holdout_points, synthetic.to_holdout),
    )
    t, h = (count_ties(synthetic.points, points, found, radius) for points, found in sides)
    train, holdout = (
        _spread(credit / (t + h), points, found, radius)
        for credit, (points, found) in zip((t, h), sides, strict=True)
    )
    return train, holdout


def _spread(credit: Floats, points: Points, found: Neighbours, radius: Floats) -> Floats:
    """The credit of each synthetic row shared out to the tied rows among its k nearest."""
    tied = found.within(radius) * points.counts[found.index]
    shares = credit[:, None] * tied / np.maximum(tied.sum(axis=1, keepdims=True), 1)
    total = np.bincount(found.index.ravel(), shares.ravel(), minlength=len(points.counts))
    return np.repeat(total / points.counts, points.counts)


def _resampled_sums(values: Floats, resamples: int, stream: np.random.Generator) -> Floats:
    n = len(values)
    return np.array([values[stream.integers(n, size=n)].sum() for _ in range(resamples)])
