"""Fresh real rows as if synthetic: no measure may find anything, whatever the sizes and ties."""

from collections import defaultdict

import numpy as np
import pytest

from tests.metrics.privacy.tables import draw, measured


def excesses(kind: str, sizes: tuple[int, int, int], replicates: int) -> dict[str, list]:
    """Excess and interval of each measure over independent tables."""
    found = defaultdict(list)
    for seed in range(replicates):
        rng = np.random.default_rng([seed, *sizes])
        train, holdout, fresh = (draw(kind, n, rng) for n in sizes)
        for (metric, role), m in measured(train, holdout, fresh.frame, seed=seed).items():
            if role == "excess" and m.status == "ok":
                found[metric].append(m)
    return found


def check_zero(found: dict[str, list], replicates: int) -> None:
    for metric, measures in found.items():
        values = [m.value for m in measures]
        if len(values) < replicates / 2:  # not informative on most of the tables
            continue
        # Mean of independent replicates, four standard errors.
        margin = 4 * np.std(values, ddof=1) / np.sqrt(len(values)) + 1e-12
        assert abs(np.mean(values)) < margin, (metric, np.mean(values), margin)


@pytest.mark.parametrize("kind", ["binary", "numeric", "mixed"])
@pytest.mark.parametrize("n_synthetic", [60, 300])
def test_no_excess_on_average(kind: str, n_synthetic: int) -> None:
    # Unequal parts (140 and 60) and unequal synthetic size; ties galore in the binary table. Halved
    # ties would give it an excess of about -0.57 (METRICS.md), a size-biased control about 0.3.
    found = excesses(kind, (140, 60, n_synthetic), 60)
    check_zero(found, 60)
    assert np.std([m.value for m in found["dcr_share"]]) < 0.3  # the check can tell


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["binary", "numeric", "mixed"])
@pytest.mark.parametrize("sizes", [(2000, 300, 2000), (300, 2000, 500)])
def test_no_excess_at_very_unequal_sizes(kind: str, sizes: tuple[int, int, int]) -> None:
    check_zero(excesses(kind, sizes, 40), 40)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["binary", "numeric", "mixed"])
def test_intervals_cover_zero(kind: str) -> None:
    found = excesses(kind, (140, 60, 300), 200)
    for metric, measures in found.items():
        if len(measures) == 200:
            covered = np.mean([m.low <= 1e-12 and m.high >= -1e-12 for m in measures])
            # Accepted are 0.92 and more; of 200 replicates 2 standard errors are 0.04.
            assert covered > 0.88, (metric, covered)


def test_each_role_says_its_rows_and_reference() -> None:
    rng = np.random.default_rng(0)
    train, holdout, fresh = (draw("mixed", n, rng) for n in (140, 60, 100))
    found = measured(train, holdout, fresh.frame)
    for metric, role in found:
        if role == "excess" and found[metric, role].status == "ok":
            assert found[metric, "main"].low is not None
            assert {"main", "control"} <= {r for m, r in found if m == metric}
            assert found[metric, "excess"].low <= found[metric, "excess"].value
            assert found[metric, "excess"].high >= found[metric, "excess"].value
    assert found["dcr_median", "control"].n == 60
    assert found["dcr_median", "main"].n == 100
    assert found["mia_distance", "main"].n == 60
    assert {m.reference for m in found.values() if m.status == "ok"} == {"train"}
    assert found["dcr_share", "control"].value == pytest.approx(140 / 200)


def test_a_copy_is_the_extreme() -> None:
    rng = np.random.default_rng(1)
    train, holdout = draw("mixed", 300, rng), draw("mixed", 200, rng)
    found = {
        metric: m
        for (metric, role), m in measured(train, holdout, train.frame).items()
        if role == "main"
    }
    ends = {"exact_match_rate": 1, "dcr_q05": 0, "dcr_median": 0, "nndr": 0, "authenticity": 0}
    ends |= {"identifiability": 1, "mia_distance": 1, "record_risk_q50": 1, "record_risk_q90": 1}
    for metric, end in ends.items():
        assert found[metric].value == pytest.approx(end, abs=0.01), metric
    assert found["dcr_share"].value == pytest.approx(1, abs=0.01)
    # A member's score is that of a copy, a non-member's depends on two noisy distances.
    assert found["mia_domias"].value > 0.98
    # Also at an end there is an interval: 200 rows cannot show that nobody is safe.
    assert 0.95 < found["mia_distance"].low < 1
