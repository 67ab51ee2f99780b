import csv

import numpy as np
import pytest

from synthcraft.errors import UserError
from synthcraft.select.arena import Candidate
from synthcraft.select.prior import flat, learn, load, moments, noises
from tests.select.world import CANDIDATES, KINDS, NAMES, World

TOP = (Candidate(0),)


@pytest.fixture(scope="module")
def many():
    """World B and what 200 of its tables teach."""
    rng = np.random.default_rng(5)
    world = World.of("B", rng)
    return world, learn(world.rows(rng, tables=200))


def test_variances_are_found(many):
    world, prior = many
    for quantity in prior.worths:
        v = quantity.variances
        # the world's standard deviations: a variance from 200 tables has a relative standard
        # error of 0.1 (the data set's), a standard deviation half of it; 0.17 is more than 3
        assert np.sqrt([v.dataset, v.kind, v.arm]) == pytest.approx([0.1, 0.05, 0.035], rel=0.17)
        assert np.sqrt(v.split) == pytest.approx(0.02, rel=0.17)
        found = [quantity.levels[name, name].noise for name in NAMES]
        assert np.sqrt(found) == pytest.approx(world.noise, rel=0.15)


def test_noise_and_splits_are_not_taken_for_differences_of_tables():
    """World C has much noise; its worths are halved, so that no default is right by chance."""
    rng = np.random.default_rng(13)
    rows = [
        dict(row, utility=row["utility"] / 2) for row in World.of("C", rng).rows(rng, tables=200)
    ]
    v = learn(rows).worths[1].variances
    # 0.035 / 2 for arms would be 0.023 with a third of the noise variance on top; margins as above
    assert np.sqrt([v.dataset, v.kind, v.arm]) == pytest.approx([0.05, 0.025, 0.0175], rel=0.17)
    assert np.sqrt(v.noise) == pytest.approx(0.025, rel=0.1)


def test_levels_are_found_at_every_effort(many):
    world, prior = many
    for f, quantity in enumerate(prior.worths):
        mean, _ = moments(quantity, NAMES, NAMES, KINDS, CANDIDATES)
        # the mean of 200 tables with a standard deviation of 0.12: 4 standard errors
        assert mean == pytest.approx(world.levels[f], abs=0.035)


def test_efforts_are_correlated_as_they_are(many):
    for quantity in many[1].worths:
        assert quantity.reach == pytest.approx(3, rel=0.4)
        assert quantity.scale == pytest.approx([1, 1, 1], abs=0.15)


def test_few_tables_shrink_towards_the_defaults():
    rng = np.random.default_rng(6)
    world = World.of("B", rng)
    quantity = learn(world.rows(rng, tables=1)).worths[0]
    assert quantity.variances.dataset == pytest.approx(0.1**2)
    assert quantity.variances.arm == pytest.approx(0.05**2)
    assert quantity.reach == 3
    assert quantity.levels["g0", "g0"].datasets == 1


def test_an_unknown_plugin_is_like_its_kind_and_less_sure(learned):
    quantity = learned.worths[1]
    known = [
        moments(quantity, (name,), (name,), (kind,), TOP)
        for name, kind in zip(NAMES, KINDS, strict=True)
    ]
    trees = [float(mean[0]) for (mean, _), kind in zip(known, KINDS, strict=True) if kind == "tree"]
    mean, cov = moments(quantity, ("new",), ("new",), ("tree",), TOP)
    stranger, wider = moments(quantity, ("new",), ("new",), ("never seen",), TOP)
    assert abs(mean[0] - np.mean(trees)) < abs(stranger[0] - np.mean(trees))
    assert float(stranger[0]) == pytest.approx(quantity.common[-1])
    assert known[0][1][0, 0] < cov[0, 0] < wider[0, 0]
    assert noises(quantity, ["new"], ["new"])[0] == quantity.variances.noise


def test_two_arms_of_one_plugin_share_its_level(learned):
    _, cov = moments(learned.worths[0], ("a", "b", "c"), ("new", "new", "other"), ("k", "k", "l"),
                     (Candidate(0), Candidate(1), Candidate(2)))  # fmt: skip
    assert cov[0, 1] > cov[0, 2]
    assert np.linalg.eigvalsh(cov).min() > 0


def test_efforts_between_recorded_ones_lie_between(learned):
    efforts = tuple(Candidate(0, z) for z in (0.05, 0.11, 0.2, 0.33, 1.0))
    mean, cov = moments(learned.worths[0], NAMES[:1], NAMES[:1], KINDS[:1], efforts)
    assert mean[0] == mean[1]
    assert (np.diff(mean[1:]) > 0).all()
    assert np.linalg.eigvalsh(cov).min() > -1e-12


def test_a_plugin_without_low_efforts_gets_the_usual_loss():
    rng = np.random.default_rng(7)
    rows = [
        row for row in World.of("B", rng).rows(rng, tables=5)
        if row["plugin"] != "g3" or row["rung"] == 1
    ]  # fmt: skip
    quantity = learn(rows).worths[0]
    others = np.mean([np.diff(quantity.levels[n, n].means) for n in NAMES if n != "g3"], axis=0)
    assert np.diff(quantity.levels["g3", "g3"].means) == pytest.approx(others)


def test_failures_and_silent_families_are_passed_over():
    rng = np.random.default_rng(8)
    rows = [dict(row, privacy="") for row in World.of("B", rng).rows(rng, tables=4)]
    for row in rows[::7]:
        row.update(fidelity="", utility="", fit_seconds="")
    prior = learn(rows)
    assert np.isfinite(prior.worths[0].levels["g0", "g0"].means).all()
    assert prior.worths[2].levels == {}
    mean, cov = moments(prior.worths[2], NAMES, NAMES, KINDS, CANDIDATES)
    assert np.isfinite(mean).all() and np.isfinite(cov).all()


def test_the_same_rows_in_another_order_give_the_same_prior():
    rng = np.random.default_rng(9)
    rows = list(World.of("B", rng).rows(rng, tables=3))
    one, other = learn(rows).worths[0], learn(rows[::-1]).worths[0]
    assert one.variances.arm == pytest.approx(other.variances.arm, abs=1e-15)
    assert one.levels["g4", "g4"].means == pytest.approx(other.levels["g4", "g4"].means)


def test_a_table_on_disk(tmp_path):
    rng = np.random.default_rng(10)
    rows = list(World.of("B", rng).rows(rng, tables=2))
    path = tmp_path / "table.csv"
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert load(str(path)).worths[0].levels["g0", "g0"] == learn(rows).worths[0].levels["g0", "g0"]


def test_what_cannot_be_learned_from_is_told(tmp_path):
    with pytest.raises(UserError, match=r"selector\.params\.prior: .* cannot be read"):
        load(str(tmp_path / "none.csv"))
    empty = tmp_path / "empty.csv"
    empty.write_text("dataset,plugin\n")
    with pytest.raises(UserError, match="recorded table: lacks dataset, arm, plugin, kind, rung"):
        load(str(empty))
    rng = np.random.default_rng(11)
    rows = list(World.of("B", rng).rows(rng, tables=1))
    with pytest.raises(UserError, match="utility: holds something other than a number"):
        learn([dict(rows[0], utility="good"), *rows[1:]])
    with pytest.raises(UserError, match="no pull had the full effort"):
        learn([row for row in rows if row["rung"] != 1])


def test_without_records_all_are_alike():
    mean, cov = moments(
        flat().worths[0], ("a", "b"), ("a", "b"), ("k", "l"), (Candidate(0), Candidate(1))
    )
    assert mean.tolist() == [0.5, 0.5]
    assert cov[0, 0] == cov[1, 1] > 0.2**2


def test_a_preset_without_records_is_like_its_plugin():
    rng = np.random.default_rng(12)
    rows = [
        row if row["arm"] != "g1" else dict(row, plugin="g0")
        for row in World.of("B", rng).rows(rng, tables=20)
    ]
    quantity = learn(rows).worths[1]
    assert ("g1", "g0") in quantity.levels
    level = {arm: quantity.levels[arm].means[-1] for arm in (("g0", "g0"), ("g1", "g0"))}
    kin = ("g0", "g1", "mine"), ("g0",) * 3, ("gan",) * 3, tuple(Candidate(a) for a in range(3))
    mean, cov = moments(quantity, *kin)
    assert mean[:2] == pytest.approx(list(level.values()), abs=0.02)
    assert mean[2] == pytest.approx(np.mean(list(level.values())), abs=0.02)
    assert cov[2, 2] > cov[0, 0]
    few = [quantity.levels[arm].noise for arm in level]
    assert noises(quantity, ["mine"], ["g0"])[0] == pytest.approx(np.mean(few))


def test_of_timed_arms_seconds_are_learned_and_nothing_else():
    """An arm that is left out and timed on one table, where all take ten times as long."""
    rng = np.random.default_rng(8)
    rows = list(World.of("B", rng).rows(rng, tables=12))
    slow = rows[0]["dataset"]
    for row in rows:
        if row["dataset"] == slow:
            row["fit_seconds"] = 10 * row["fit_seconds"]
    rest = [row for row in rows if row["arm"] != "g0"]
    own = [row for row in rows if row["arm"] == "g0" and row["dataset"] == slow]
    whole, timed, without = learn(rows), learn(rest, timed=own), learn(rest)
    assert timed.worths[1].levels == without.worths[1].levels
    assert timed.seconds.variances == without.seconds.variances
    found, real = (p.seconds.levels["g0", "g0"] for p in (timed, whole))
    assert found.datasets == 1
    # an arm's own deviation on one table has a standard deviation of 0.2 in log seconds
    assert found.means == pytest.approx(real.means, abs=0.6)
    full = [row for row in own if row["rung"] == 1]
    once = learn(rest, timed=full).seconds
    usual = np.subtract(once.common, once.common[-1])
    means = once.levels["g0", "g0"].means
    assert np.subtract(means, means[-1]) == pytest.approx(usual)


def test_the_bundled_prior_knows_what_every_shipped_trial_was_of():
    prior = load("bundled")
    assert prior.centre is not None
    assert {plugin for _, plugin in prior.worths[1].levels} >= {"arf", "ctgan", "mst"}
    assert all(np.isfinite(level.means).all() for level in prior.seconds.levels.values())
    assert load("bundled") is prior
