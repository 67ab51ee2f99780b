"""What an attack has won: shares of targets, and the excess over the control attack.

Every attack has four numbers: ``main`` (share of train targets that fall), ``control`` (the same
attack on as many holdout targets: what the synthetic table tells of anybody), the naive baseline
(what guessing would win) and ``excess = (main − control) / (1 − control)``: the share of what the
control leaves that is lost because a person's row was used (Giomi et al. 2023, eq. 4).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from synthcraft.data.describe import SMALLEST
from synthcraft.data.table import Table
from synthcraft.metrics.context import Real
from synthcraft.metrics.encode import Floats, Ints
from synthcraft.metrics.groups import persons_of
from synthcraft.metrics.neighbours import Points, nearest
from synthcraft.metrics.privacy.intervals import Bounded
from synthcraft.metrics.privacy.roles import roles, untold
from synthcraft.records import Measure
from synthcraft.stats import wilson

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Share:
    """Successful attacks among ``n``; a success may count in part (the mean of several secrets)."""

    value: float
    n: int

    @property
    def bounds(self) -> Bounds:
        """Wilson's interval."""
        return wilson(self.value * self.n, self.n)


@dataclass(frozen=True)
class Targets:
    """Row positions of the attacked train rows and of as many holdout rows."""

    train: Ints
    holdout: Ints


def choose_targets(real: Real, most: int) -> Targets:
    """The same rows for every attack of a split, equally many of each part: at most ``most``.

    A row per person, where persons are declared: two rows of one would not be two attempts.
    """
    stream = real.stream("targets of attacks")
    train, holdout = (_row_of_each(table, stream) for table in (real.train, real.holdout))
    n = min(most, len(train), len(holdout))
    return Targets(train[:n], holdout[:n])


def _row_of_each(table: Table, stream: np.random.Generator) -> Ints:
    """A random row of each person, the persons in random order."""
    order = stream.permutation(len(table))
    _, first = np.unique(persons_of(table)[order], return_index=True)
    return np.asarray(order[np.sort(first)])


def share_of_persons(right: Any, table: Table) -> Share:
    """The mean over persons of the share of their rows that are ``right``."""
    person = persons_of(table)
    by_person = np.bincount(person, right) / np.bincount(person)
    return Share(float(by_person.mean()), len(by_person))


def mean_share(shares: Sequence[Share]) -> Share:
    """The mean of several shares of the same attempts.

    >>> mean_share([Share(0.25, 10), Share(0.75, 10)])
    Share(value=0.5, n=10)
    """
    return Share(float(np.mean([share.value for share in shares])), shares[0].n)


def excess_risk(main: float, control: float) -> float:
    """The share of what the control attack leaves that the main attack wins; negative if less.

    >>> excess_risk(0.75, 0.5)
    0.5
    """
    return (main - control) / (1 - control)


def excess_bounds(main: Share, control: Share) -> Bounds:
    """Interval of the excess of two independent attacks, never above 1.

    The excess is 1 − (1 − main) / (1 − control), one minus a ratio of two shares of failures; the
    two Wilson intervals give that of their ratio by MOVER (Donner & Zou 2012, Statistical Methods
    in Medical Research 21:347-359). Shares of failures stay away from their limits, so it has a
    width also for a copy. From −∞ where the control won everywhere: the ratio has no limit.

    >>> low, high = excess_bounds(Share(0.2, 500), Share(0.2, 500))
    >>> round(low, 3), round(high, 3)
    (-0.064, 0.06)
    """
    if control.value == 1:
        return -math.inf, 1.0
    failed, lost = 1 - main.value, 1 - control.value
    (main_low, main_high), (control_low, control_high) = main.bounds, control.bounds
    l1, u1, l2, u2 = 1 - main_high, 1 - main_low, 1 - control_high, 1 - control_low
    product = failed * lost
    c = l1 * (2 * failed - l1)
    root = math.sqrt(max(product**2 - u2 * (2 * lost - u2) * c, 0.0))
    smallest = c / (product + root) if c > 0 else 0.0
    a = l2 * (2 * lost - l2)
    largest = (product + math.sqrt(max(product**2 - a * u1 * (2 * failed - u1), 0.0))) / a
    return 1 - largest, 1 - smallest


def risk_measures(
    metric: str,
    main: Share,
    control: Share,
    *,
    bounds: Bounds | None = None,
    model: str = "",
    column: str = "",
    failed: str = "",
) -> Iterator[Measure]:
    """Main, control and excess of an attack.

    ``bounds`` is the interval of the excess where the two shares are not independent; the control
    is then an expectation, not a count, and has no interval of its own. The excess does not apply
    where the attack ``failed`` (why), or where the control attack wins nearly everywhere: a ratio
    to what is left would be noise.
    """
    if round((1 - control.value) * control.n) < SMALLEST:
        few = f"fewer than {SMALLEST} targets are left to exceed"
        failed = failed or f"the control attack wins nearly everywhere: {few}"
    yield from roles(
        metric,
        Bounded(main.value, *main.bounds),
        Bounded(control.value, *control.bounds) if bounds is None else Bounded(control.value),
        failed or _excess(main, control, bounds),
        n=main.n,
        n_control=control.n,
        model=model,
        column=column,
    )


def _excess(main: Share, control: Share, bounds: Bounds | None) -> Bounded:
    low, high = excess_bounds(main, control) if bounds is None else bounds
    return Bounded(excess_risk(main.value, control.value), low, high)


def attack_measures(
    metric: str,
    main: Share,
    control: Share,
    baseline: float,
    *,
    bounds: Bounds | None = None,
    model: str = "",
    column: str = "",
) -> Iterator[Measure]:
    """Main, control and excess of an attack, and its naive baseline as ``<metric>_baseline``.

    An attack that does significantly worse than guessing has failed: that it finds nothing tells
    nothing, so its excess does not apply.
    """
    beaten = main.bounds[1] < baseline
    failed = "the attack failed: guessing wins more, so it tells nothing" if beaten else ""
    about: dict[str, Any] = {"model": model, "column": column}
    yield from risk_measures(metric, main, control, bounds=bounds, failed=failed, **about)
    yield Measure(f"{metric}_baseline", baseline, n=main.n, reference="train", **about)


def nothing_to_attack(
    metric: str, reason: str, *, model: str = "", column: str = ""
) -> Iterator[Measure]:
    """The excess and the baseline of an attack that could not be tried."""
    excess = untold(metric, reason, model=model, column=column)
    yield excess
    yield replace(excess, metric=f"{metric}_baseline", role="value")


def nearest_rows(queries: Floats, rows: Floats, kinds: Ints, stream: np.random.Generator) -> Ints:
    """Position of a nearest row of each query.

    Rows of one number in ``kinds`` are equal; which of several equal nearest rows is taken is
    drawn for each query. So ties do not depend on how the rows are sorted, and two queries with
    the same ties are two attempts.
    """
    order = np.argsort(kinds, kind="stable")
    _, first, counts = np.unique(kinds[order], return_index=True, return_counts=True)
    found = nearest(queries, Points(rows[order[first]], counts)).index[:, 0]
    return np.asarray(order[first[found] + stream.integers(counts[found])])
