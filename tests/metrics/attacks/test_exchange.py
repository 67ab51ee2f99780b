from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from synthcraft.metrics.attacks.exchange import Exchange
from synthcraft.metrics.attacks.risk import Share
from tests.metrics.attacks.conftest import Found, draw

Attack = Callable[..., Found]


def exchange(train: list[int], holdout: list[int], n: int, h: int) -> Exchange:
    """Descriptions that fit the first so many train rows and the first so many holdout rows."""
    pairs = [
        (d, row)
        for d, (a, b) in enumerate(zip(train, holdout, strict=True))
        for row in (*range(a), *range(n, n + b))
    ]
    description, person = np.array(pairs).reshape(-1, 2).T
    return Exchange(description, person, len(train), n, h)


@pytest.mark.parametrize(("n", "h"), [(6, 3), (6, 6), (4, 7), (7, 2)])
def test_the_control_is_the_mean_over_all_exchanges(n: int, h: int) -> None:
    train, holdout = [0, 1, 1, 2, 3, 4], [1, 0, 1, 2, 0, 1]
    kept, used = max(n - h, 0), min(n, h)
    tables = [
        (old, new) for old in combinations(range(n), kept) for new in combinations(range(h), used)
    ]
    wanted = [
        np.mean([sum(i < a for i in old) + sum(i < b for i in new) == 1 for old, new in tables])
        for a, b in zip(train, holdout, strict=True)
    ]
    assert exchange(train, holdout, n, h).unique_after == pytest.approx(wanted)


def test_the_interval_allows_for_descriptions_of_the_same_person() -> None:
    # 100 descriptions of one row each, or 100 of the same row: the second is one observation.
    n, h, d = 400, 400, np.arange(100)
    alone = Exchange(d, d, 100, n, h)
    same = Exchange(d, np.zeros(100, dtype=int), 100, n, h)
    widths = []
    for one in (alone, same):
        main, control = Share(one.unique.mean(), 100), Share(one.unique_after.mean(), 100)
        low, _ = one.bounds(main, control, of=100, stream=np.random.default_rng(0))
        widths.append(1 - low)
    # Standard errors of a sum of 100 independent signs and of 100 equal ones differ tenfold.
    assert widths[1] / widths[0] == pytest.approx(10, rel=0.25)


def test_descriptions_of_nobody_have_an_interval_too() -> None:
    none = Exchange(np.zeros(0, dtype=int), np.zeros(0, dtype=int), 50, 100, 50)
    nothing = Share(0.0, 50)
    low, high = none.bounds(nothing, nothing, of=50, stream=np.random.default_rng(0))
    assert low < 0 < high < 0.1


@pytest.mark.parametrize("metric", ["singling_out", "replicated_uniques"])
def test_a_small_holdout_finds_as_much_of_a_partial_copy_as_a_large_one(
    metric: str, attack: Attack
) -> None:
    # With as many holdout rows as train rows nobody who was seen is left in the control, so that
    # excess needs no correction. Three in ten synthetic rows are copies.
    params = {"predicates": ("multivariate",), "attempts": 20} if metric == "singling_out" else {}
    key = (metric, "multivariate" if params else "", "", "excess")
    small, large = [], []
    for seed in range(30):
        rng = np.random.default_rng([seed, 9])
        train, fresh, *holdouts = (
            replace(draw("mixed", n, rng), quasi_identifiers=("a", "f"), target="e")
            for n in (700, 490, 300, 700)
        )
        copied = pd.concat([train.frame.iloc[:210], fresh.frame], ignore_index=True)
        for holdout, excess in zip(holdouts, (small, large), strict=True):
            excess.append(attack(metric, train, holdout, copied, seed, **params)[key].value)
    # Paired by train and synthetic rows: three standard errors of the mean difference. Without the
    # correction, the small holdout finds half of it: eight below.
    difference = np.array(small) - large
    assert abs(difference.mean()) < 3 * difference.std(ddof=1) / len(difference) ** 0.5
    assert np.mean(large) > 6 * np.std(large, ddof=1) / len(large) ** 0.5


def test_what_a_copy_has_in_excess_is_never_more_than_what_falls() -> None:
    # 100 of 1,000 descriptions fit a train person, each also a holdout person: a control below 0.
    d = np.arange(100)
    pairs = {"description": np.append(d, d), "person": np.append(d, 700 + d)}
    main, control = Exchange(**pairs, descriptions=1000, n_train=700, n_holdout=300).shares(
        1000, of=1000
    )
    assert (main.value, control.value) == (0.1, 0.0)
