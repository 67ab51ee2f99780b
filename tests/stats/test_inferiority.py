import pytest
from scipy import stats as reference

from synthcraft.stats import non_inferior, over_splits


def loss(*values):
    return over_splits({k: [v] for k, v in enumerate(values)}, ratio=0.4)


def test_it_is_shown_exactly_when_one_sided_p_is_under_a_fortieth():
    estimate = loss(0.010, 0.020, 0.018, 0.012)
    at_bound = non_inferior(estimate, estimate.high)
    assert at_bound.p == pytest.approx(0.025)
    assert non_inferior(estimate, estimate.high * 1.001).answer == "shown"
    assert non_inferior(estimate, estimate.high * 0.999).answer == "not shown"
    statistic = (estimate.mean - 0.03) / estimate.error
    assert non_inferior(estimate, 0.03).p == pytest.approx(reference.t.cdf(statistic, 3))


def test_a_loss_beyond_the_margin_is_worse_and_one_split_tells_nothing():
    assert non_inferior(loss(0.30, 0.31, 0.32), 0.01).answer == "worse"
    assert non_inferior(loss(0.0), 0.01).answer == "unknown"
    assert non_inferior(loss(0.0, 0.0), 0.01).answer == "unknown"


def test_a_margin_of_nothing_is_refused():
    with pytest.raises(ValueError, match="must be positive"):
        non_inferior(loss(0.1, 0.2), 0.0)
