"""Are synthetic rows nearer to train rows than to rows the generator never saw?"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from synthcraft.metrics.cards.privacy import DcrShareParams
from synthcraft.metrics.context import Real, Synthetic
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.groups import persons_of
from synthcraft.metrics.neighbours import Neighbours, Points, count_ties
from synthcraft.metrics.privacy.intervals import Bounded
from synthcraft.metrics.privacy.roles import roles
from synthcraft.metrics.scores import interval
from synthcraft.records import Measure
from synthcraft.stats import wilson


class DcrShare:
    """``dcr_share``: share of synthetic rows nearer to train than to holdout rows."""

    def __init__(self, *, params: DcrShareParams) -> None:
        self.params = params

    def prepare(self, real: Real) -> None:
        """Nothing but the encoded real rows."""
        _ = real.train_points, real.holdout_points

    def measure(self, real: Real, _: None, synthetic: Synthetic) -> Iterator[Measure]:
        """Main, control (its expectation for fresh rows) and excess; and the test's p value.

        Numbers of train and holdout rows are fixed, so each part is resampled on its own, each real
        row together with the synthetic rows it attracts (also the rows that attract none), and with
        the other rows of its person.
        """
        n, rows = len(synthetic), (len(real.train), len(real.holdout))
        null = rows[0] / sum(rows)
        train, holdout = (
            _by_person(credit, persons_of(table))
            for credit, table in zip(
                _attracted(real, synthetic), (real.train, real.holdout), strict=True
            )
        )
        stream = synthetic.stream("dcr_share")
        ours, theirs = (
            _resampled_sums(credit, self.params.resamples, stream) for credit, _ in (train, holdout)
        )
        with np.errstate(invalid="ignore"):  # a resample may hold no row that attracts any
            bounds = interval(ours / (ours + theirs))
        value = float(train[0].sum() / n)
        if not train[0].any() or not holdout[0].any():  # resamples of one side agree, be it one row
            attracting = _effective(np.concatenate([train[0], holdout[0]]))
            bounds = wilson(value * attracting, attracting)
        main = Bounded(value, *bounds)
        excess = main.scaled(null, 1)
        yield from roles("dcr_share", main, Bounded(null), excess, n=n, n_control=n)
        p = permutation_p(train, holdout, self.params.permutations, stream)
        yield Measure("dcr_share_p", p, n=n, reference="train")


def permutation_p(
    train: tuple[Floats, Floats],
    holdout: tuple[Floats, Floats],
    permutations: int,
    stream: np.random.Generator,
) -> float:
    """How often train rows chosen at random would attract as many synthetic rows as train does.

    Each side gives the synthetic rows that its persons attract, and their numbers of rows. Who is
    a train person is drawn anew among all real ones; one-sided, in (0, 1].

    >>> ones = np.ones(20)
    >>> permutation_p((ones * 2, ones), (ones * 0, ones), 99, np.random.default_rng(0))
    0.01
    """
    credit, rows = (np.concatenate(both) for both in zip(train, holdout, strict=True))
    # Beyond one's due: of more rows one attracts more.
    beyond = credit - rows * credit.sum() / rows.sum()
    values, counts = _distinct(beyond)
    seen = beyond[: len(train[0])].sum()
    drawn = stream.multivariate_hypergeometric(
        counts, len(train[0]), size=permutations, method="marginals"
    )
    return float((1 + (drawn @ values >= seen - 1e-6).sum()) / (permutations + 1))


def _by_person(credit: Floats, persons: Ints) -> tuple[Floats, Floats]:
    """Credit and number of rows of each person."""
    return np.bincount(persons, credit).astype(float), np.bincount(persons).astype(float)


def _effective(credit: Floats) -> float:
    """How many real rows with equal credit would say as much as these do (Kish 1965)."""
    return float(credit.sum() ** 2 / (credit**2).sum())


def _distinct(values: Floats) -> tuple[Floats, Any]:
    """Distinct values and how many there are of each: draws by kind instead of one by one."""
    return np.unique(np.round(values, 9), return_counts=True)


def _resampled_sums(values: Floats, resamples: int, stream: np.random.Generator) -> Floats:
    kinds, counts = _distinct(values)
    return np.asarray(stream.multinomial(len(values), counts / len(values), resamples) @ kinds)


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
