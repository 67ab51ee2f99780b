from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.spec.types import MetricSpec

COLUMNS = (
    Column("low", "numeric", low=0, high=10, declared=("low",)),
    Column("high", "numeric"),
    Column("sex", "categorical", ("f", "m"), declared=("levels",)),
    Column("y", "categorical", ("0", "1")),
)
RULES = {"order": "low <= high", "men": "implies(sex == 'm', high < 20)"}


def table(n, *, broken=0, missing=0, groups=None, rules=RULES):
    """n rows, the first of which break the rule of order; some miss a value."""
    low, high = np.full(n, 1.0), np.full(n, 2.0)
    low[:broken] = 3.0
    high[n - missing :] = np.nan
    sex = np.where(np.arange(n) % 2, "f", "m")
    frame = pd.DataFrame({"low": low, "high": high, "sex": sex, "y": np.arange(n) % 2})
    return Table(
        conform(frame, COLUMNS), COLUMNS, "classification", "y", "1", rules=rules, groups=groups
    )


def measured(train, holdout, synthetic):
    real = prepare(
        train,
        holdout,
        {"p": MetricSpec(plugin="plausibility")},
        n_synthetic=len(synthetic),
        seed=0,
    )
    return {(m.metric, m.column): m for m in evaluate(real, synthetic, seed=1)}


def test_shares_and_their_difference_are_those_that_were_planted():
    found = measured(table(200), table(100, broken=20, missing=30), table(400, broken=40).frame)
    ours, theirs = found["rule_violations", "order"], found["rule_violations_real", "order"]
    assert (ours.value, ours.n) == (0.1, 400)
    assert (theirs.value, theirs.n) == (pytest.approx(20 / 70), 70)  # 30 rows are not judged
    excess = found["rule_violations_excess", "order"]
    assert excess.value == pytest.approx(0.1 - 20 / 70)
    assert excess.low < excess.value < excess.high
    # No row breaks the other rule, but men whose "high" is missing cannot be judged.
    assert (found["rule_violations_real", "men"].value, found["rule_violations", "men"].value) == (
        0,
        0,
    )
    assert found["rule_violations", ""].value == 0.1


def test_a_share_that_tells_a_few_real_rows_is_not_given():
    found = measured(table(200, broken=2), table(100, broken=3), table(400, broken=5).frame)
    for metric in ("rule_violations", "rule_violations_real", "rule_violations_excess"):
        measure = found[metric, "order"]
        assert (measure.status, measure.value, measure.n) == ("not_applicable", None, None)
        assert "fewer than 10" in measure.reason
    assert found["rule_violations", "men"].value == 0


def test_a_few_synthetic_rows_are_told_where_no_real_row_breaks_the_rule():
    found = measured(table(200), table(100), table(400, broken=5).frame)
    assert found["rule_violations", "order"].value == 5 / 400
    assert found["rule_violations_real", "order"].value == 0


def test_without_a_holdout_train_rows_are_the_yardstick():
    found = measured(table(200, broken=20), table(200).take([]), table(400, broken=40).frame)
    theirs = found["rule_violations_real", "order"]
    assert (theirs.value, theirs.n, theirs.reference) == (0.1, 200, "train")
    assert found["rule_violations_excess", "order"].value == 0


def test_rows_of_one_person_are_one_witness():
    people = np.repeat(np.arange(20), 5)
    alone = measured(table(200), table(100, broken=50), table(400).frame)
    grouped = measured(
        replace(table(200), groups=np.arange(200)),
        table(100, broken=50, groups=people),
        table(400).frame,
    )

    def width(found):
        measure = found["rule_violations_real", "order"]
        return measure.high - measure.low

    # Wilson's width goes as 1/√n, nearly: 20 persons instead of 100 rows.
    assert width(grouped) / width(alone) == pytest.approx(np.sqrt(5), rel=0.1)


def test_values_outside_declared_ranges_and_levels_are_counted():
    synthetic = table(100).frame.assign(
        low=np.r_[np.full(10, -1.0), np.full(50, 99.0), np.full(40, np.nan)],
        sex=["x"] * 20 + ["m"] * 80,
    )
    found = measured(table(200), table(100), synthetic)
    # No high is declared: 99 is allowed. Values that are missing are not judged.
    assert (found["range_violations", "low"].value, found["range_violations", "low"].n) == (
        pytest.approx(10 / 60),
        60,
    )
    assert found["range_violations", "sex"].value == 0.2
    assert found["range_violations", ""].value == 0.2
    assert ("range_violations", "high") not in found


def test_without_declarations_there_is_nothing_to_measure():
    columns = tuple(replace(column, declared=()) for column in COLUMNS)
    bare = replace(table(100, rules={}), columns=columns)
    found = measured(bare, bare, bare.frame)
    assert {m.status for m in found.values()} == {"not_applicable"}


def test_intervals_cover_the_true_shares():
    """2,000 binomial draws of 7 of 60: Wilson and Newcombe cover 0.95 ± 0.015.

    The Monte-Carlo standard error is √(0.95 · 0.05 / 2000) = 0.005; three of them are allowed.
    """
    from synthcraft.stats import difference_of_shares, wilson

    rng = np.random.default_rng(0)
    first, second = rng.binomial(60, 0.1, 2000), rng.binomial(80, 0.2, 2000)
    own = [low <= 0.1 <= high for low, high in (wilson(x, 60) for x in first)]
    pairs = zip(first, second, strict=True)
    both = [difference_of_shares((x, 60), (y, 80)) for x, y in pairs]
    assert np.mean(own) == pytest.approx(0.95, abs=0.02)
    assert np.mean([low <= -0.1 <= high for low, high in both]) == pytest.approx(0.95, abs=0.015)
