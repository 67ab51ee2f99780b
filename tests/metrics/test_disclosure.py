from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from synthcraft.data.table import Column, Table, conform
from tests.metrics.attacks.conftest import attacked, draw

Cohort = Callable[[int, int], Table]
COLUMNS = (
    Column("age", "numeric", decimals=0),
    Column("sex", "categorical", ("f", "m")),
    Column("ill", "categorical", ("no", "yes")),
)


def rows(text: str) -> Table:
    """A table from «age sex ill» words, each row as often as its number tells."""
    made = [one.split("*") for one in text.split()]
    values = [v.split(",") for v, times in made for _ in range(int(times))]
    frame = conform(pd.DataFrame(values, columns=["age", "sex", "ill"]), COLUMNS)
    known = ("age", "sex")
    return Table(frame, COLUMNS, "classification", "ill", "yes", quasi_identifiers=known)


# Train: 50f unique, 60m unique, 70f three times (2 yes), 80m unique, 30f ten times.
TRAIN = rows("50,f,yes*1 60,m,no*1 70,f,yes*2 70,f,no*1 80,m,yes*1 30,f,no*10")
HOLDOUT = rows("50,f,no*1 60,m,no*2 70,f,yes*5 30,f,no*8")
# Synthetic: 50f once, 60m twice, 70f all yes, 80m both, 30f no.
MADE = rows("50,f,yes*1 60,m,no*2 70,f,yes*3 80,m,yes*1 80,m,no*1 30,f,no*9")


def test_replicated_uniques_by_hand() -> None:
    found = attacked("replicated_uniques", TRAIN, HOLDOUT, MADE.frame)
    # Of 16 train rows, 50f alone is unique in train and in the synthetic table (60m is there
    # twice). All 16 train rows are exchanged for 16 holdout rows, where 50f is unique too.
    assert found["replicated_uniques", "", "", "main"].value == 1 / 16
    assert found["replicated_uniques", "", "", "control"].value == pytest.approx(1 / 16)
    assert found["replicated_uniques", "", "", "excess"].value == pytest.approx(0)


def test_correct_attribution_by_hand() -> None:
    found = attacked("correct_attribution", TRAIN, HOLDOUT, MADE.frame)
    # Agreeing and right: 50f yes (1), 60m no (1), 70f yes (2 of 3), 30f no (10); 80m disagrees.
    assert found["correct_attribution", "", "ill", "main"].value == 14 / 16
    # Of the holdout: 50f is no; 60m (2), 70f (5), 30f (8).
    assert found["correct_attribution", "", "ill", "control"].value == 15 / 16
    # One of 16 strangers is left to exceed: no number.
    assert found["correct_attribution", "", "ill", "excess"].status == "not_applicable"
    assert found["correct_attribution", "", "", "main"].value == 14 / 16


@pytest.mark.parametrize("metric", ["replicated_uniques", "correct_attribution"])
def test_a_copy_reaches_what_the_real_table_discloses(metric: str, cohort: Cohort) -> None:
    known = {"quasi_identifiers": ("age", "sex", "ethnicity")}
    train, holdout = (replace(cohort(n, seed), **known) for n, seed in ((300, 0), (130, 1)))
    found = attacked(metric, train, holdout, train.frame)
    groups = train.frame.groupby(list(known["quasi_identifiers"]), observed=True)
    unique = (groups.event.transform("size") == 1).mean()
    agreeing = (groups.event.transform("nunique") == 1).mean()
    wanted = {"replicated_uniques": unique, "correct_attribution": agreeing}[metric]
    assert found[metric, "", "", "main"].value == pytest.approx(wanted)
    assert found[metric, "", "", "excess"].low > 0.05


@pytest.mark.parametrize("metric", ["replicated_uniques", "correct_attribution"])
@pytest.mark.parametrize("kind", ["binary", "mixed"])
@pytest.mark.parametrize(("n", "h"), [(700, 300), (2000, 300), (300, 2000)])
def test_fresh_rows_show_no_excess(metric: str, kind: str, n: int, h: int) -> None:
    known = ("d", "f", "g", "h") if kind == "binary" else ("a", "f")
    excess, covered = [], []
    for seed in range(40):
        rng = np.random.default_rng([seed, n])
        train, holdout, fresh = (
            replace(draw(kind, size, rng), quasi_identifiers=known, target="e")
            for size in (n, h, n)
        )
        m = attacked(metric, train, holdout, fresh.frame, seed)[metric, "", "", "excess"]
        excess.append(m.value)
        covered.append(m.low <= 0 <= m.high)
    # Independent replicates: four standard errors of their mean. Coverage 0.95 with se 0.034 at
    # 40 replicates: three below is 0.85.
    assert abs(np.mean(excess)) < 4 * np.std(excess, ddof=1) / len(excess) ** 0.5 + 1e-12
    assert np.mean(covered) > 0.84


def test_without_quasi_identifiers_they_do_not_apply() -> None:
    train = replace(TRAIN, quasi_identifiers=())
    for metric in ("replicated_uniques", "correct_attribution", "anonymity"):
        found = attacked(metric, train, HOLDOUT, MADE.frame)
        assert {m.status for m in found.values()} == {"not_applicable"}
        assert all("dataset.quasi_identifiers" in m.reason for m in found.values())


def test_grouped_ages_meet_more_rows() -> None:
    found = attacked("replicated_uniques", TRAIN, HOLDOUT, MADE.frame, groups=2)
    assert found["replicated_uniques", "", "", "main"].value == 0
