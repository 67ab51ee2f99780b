import numpy as np
import pytest

from synthcraft.select.arena import Arena, Candidate, Pull
from synthcraft.select.belief import FLOOR, WIDE, believe
from synthcraft.select.prior import Prior, Quantity, Variances, flat
from tests.select.world import arena

PULLS = [(0, 0), (2, 0), (2, 1), (5, 0), (0, 1), (11, 0), (35, 2), (8, 0)]


def regression(before, pulls):
    """Means and covariances by one Gaussian regression on all pulls (families × …)."""
    means, covs = [], []
    for f in range(3):
        mean, cov = before.worths.mean[f], before.worths.cov[f]
        design = np.zeros((len(pulls), len(mean)))
        noise, values = np.zeros(len(pulls)), np.zeros(len(pulls))
        for i, pull in enumerate(pulls):
            design[i, [pull.candidate, before.candidates + pull.split]] = 1
            failed = pull.worth is None
            noise[i] = WIDE if failed else before.noise[f, pull.candidate]
            values[i] = FLOOR if failed else pull.worth[f]
        gain = cov @ design.T @ np.linalg.inv(design @ cov @ design.T + np.diag(noise))
        means.append(mean + gain @ (values - design @ mean))
        covs.append(cov - gain @ design @ cov)
    return np.array(means), np.array(covs)


@pytest.mark.parametrize("prior", ["learned", "flat"])
def test_updates_equal_one_regression_on_all_pulls(prior, learned):
    rng = np.random.default_rng(3)
    before = believe(arena(), learned if prior == "learned" else flat(), kappa=1.5, noise_scale=1.3)
    pulls = [Pull(c, s, 1.0, tuple(rng.uniform(size=3).tolist())) for c, s in PULLS]
    pulls.append(Pull(14, 0, 1.0, None))
    after = before
    for pull in pulls:
        after = after.told(pull)
    means, covs = regression(before, pulls)
    assert after.worths.mean == pytest.approx(means, abs=1e-10)
    assert after.worths.cov == pytest.approx(covs, abs=1e-10)


def test_what_is_foreseen_is_what_will_be_uncertain(learned):
    before = believe(arena(), learned)
    told = before.told(Pull(4, 1, 1.0, (0.1, 0.5, 0.9)))
    foreseen = before.foreseen(4, 1)
    assert foreseen.worths.cov == pytest.approx(told.worths.cov, abs=1e-15)
    assert (foreseen.worths.mean == before.worths.mean).all()


def two_arms(split, noise):
    v = Variances(0.0, 0.0, 1.0, 0.0, 0.0, 0.0, split, noise)
    prior = Prior((Quantity(v),) * 3, Quantity(v))
    place = Arena(("a", "b"), ("x", "y"), ("k", "l"), (Candidate(0), Candidate(1)), 2, (1, 0, 0))
    return believe(place, prior)


def difference(belief):
    cov = belief.worths.cov[0]
    return cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]


def test_a_common_split_cancels_and_another_does_not():
    worth = (0.5, 0.5, 0.5)
    first = two_arms(split=100.0, noise=0.01).told(Pull(0, 0, 1.0, worth))
    common = difference(first.told(Pull(1, 0, 1.0, worth)))
    other = difference(first.told(Pull(1, 1, 1.0, worth)))
    # an arm's variance is 1: with a common split the difference has some of 2 * 0.01 left,
    # with another one nearly the 2 that it had before
    assert common < 0.03
    assert other > 1.9


def test_a_family_that_tells_nothing_teaches_nothing(learned):
    before = believe(arena(), learned)
    after = before.told(Pull(2, 0, 1.0, (0.9, 0.9, float("nan"))))
    assert (after.worths.mean[2] == before.worths.mean[2]).all()
    assert (after.worths.cov[2] == before.worths.cov[2]).all()
    assert after.worths.cov[0, 2, 2] < before.worths.cov[0, 2, 2]


def test_a_failure_is_a_hint_of_the_least_worth(learned):
    before = believe(arena(), learned)
    failed = before.told(Pull(2, 0, 1.0, None))
    worst = before.told(Pull(2, 0, 1.0, (0.0, 0.0, 0.0)))
    assert (worst.worths.mean[:, 2] < failed.worths.mean[:, 2]).all()
    assert (failed.worths.mean[:, 2] < before.worths.mean[:, 2]).all()


def test_weights_of_one_run_answer_every_use(learned):
    belief = believe(arena(), learned).told(Pull(2, 0, 1.0, (0.9, 0.6, 0.3)))
    mean, cov = belief.weighted((0.5, 0.3, 0.2))
    assert mean == pytest.approx(np.array([0.5, 0.3, 0.2]) @ belief.worths.mean)
    sums = 0.25 * belief.worths.cov[0] + 0.09 * belief.worths.cov[1] + 0.04 * belief.worths.cov[2]
    assert cov == pytest.approx(sums)


def test_kappa_and_noise_scale(learned):
    place = arena()
    one, more = believe(place, learned), believe(place, learned, kappa=2, noise_scale=3)
    assert more.worths.cov == pytest.approx(2 * one.worths.cov)
    assert more.noise == pytest.approx(3 * one.noise)
    assert (more.worths.mean == one.worths.mean).all()


def test_a_low_effort_tells_of_the_full_one(learned):
    before = believe(arena(), learned)
    after = before.told(Pull(0, 0, 1.0, (0.9, 0.9, 0.9)))
    sds = np.sqrt(np.array([b.worths.cov[1].diagonal()[:3] for b in (before, after)]))
    assert sds[1, 2] < 0.95 * sds[0, 2]
