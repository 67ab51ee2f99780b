"""What models do for each group: against scikit-learn, fairlearn and brute force."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

from synthcraft.augment.cards import descriptors, endpoint
from synthcraft.augment.cohort import make_cohort
from synthcraft.augment.controls import control_trainings
from synthcraft.augment.outcome import outcomes
from synthcraft.augment.training import Training, joined, refusal
from synthcraft.data.load import load_table
from synthcraft.data.split import make_split
from synthcraft.metrics import models
from synthcraft.metrics.encode import fit_encoder
from synthcraft.metrics.utility.outcome import outcome_in
from synthcraft.metrics.utility.trained import fit, inputs
from synthcraft.spec.types import AugmentationSpec, DatasetSpec, FractionsSpec
from tests.augment.tables import people

AUG = AugmentationSpec(column="group", models=("linear",), specificity=0.8)
GROUPS = ("group=A", "group=B", "group=C")
KINDS = {"classification": "binary", "regression": "continuous", "survival": "survival"}


def cohort_of(task="classification", aug=AUG, **params):
    told = {"n": 2400, "minority": 0.25, "prevalence": 0.35, "outcome": KINDS[task], **params}
    table = load_table(DatasetSpec(plugin="simulated", params=told), seed=2)
    return cut(table, aug)


def cut(table, aug=AUG):
    split = make_split(table, FractionsSpec(), seed=0, index=0)
    return make_cohort(table, split, aug, FractionsSpec(), seed=0)


@pytest.fixture(scope="module")
def cohort():
    return cohort_of()


@pytest.fixture(scope="module")
def chances(cohort):
    """Chances of the event among holdout and validation rows, by a model of the train rows."""
    encoder = fit_encoder(cohort.train).only(cohort.train.features)
    outcome = outcome_in(cohort.holdout, cohort.train)
    about = {"iterations": models.ITERATIONS, "seed": 0}
    answers = fit(cohort.train, outcome, encoder, "logistic", **about)
    parts = (cohort.holdout, cohort.validation)
    return [answers(inputs(encoder, part.frame, "points"))[:, 1] for part in parts]


def none(cohort, aug=AUG):
    return outcomes(cohort, control_trainings("none", cohort, aug, seed=0), aug, seed=0)


def value(measures, score, group="", model="logistic"):
    (found,) = (
        m for m in measures if (m.metric, m.group, m.model) == (f"augmented.{score}", group, model)
    )
    return found


def ill(table):
    return (table.frame["outcome"] == "yes").to_numpy(dtype=int)


@pytest.mark.parametrize("group", ["", *GROUPS])
def test_scores_of_each_group_are_those_of_its_holdout_rows(cohort, chances, group):
    found, rows = none(cohort), slice(None)
    if group:
        rows = (cohort.holdout.frame["group"] == group[-1]).to_numpy()
    event, chance = ill(cohort.holdout)[rows], chances[0][rows]
    expected = {
        "auroc": sk.roc_auc_score(event, chance),
        "auprc": sk.average_precision_score(event, chance),
        "brier": sk.brier_score_loss(event, chance),
        "log_loss": sk.log_loss(event, chance),
    }
    if min(event.sum(), (1 - event).sum()) >= 50:
        logit = np.log(chance / (1 - chance))[:, None]
        line = LogisticRegression(penalty=None, tol=1e-10).fit(logit, event)
        expected |= {"slope": line.coef_[0, 0], "slope_error": abs(line.coef_[0, 0] - 1)}
        intercept = value(found, "intercept", group).value
        # What defines it: as many events as the chances, moved by it, foretell.
        assert (1 / (1 + np.exp(-logit - intercept))).sum() == pytest.approx(event.sum())
    threshold = ill(cohort.train).mean()
    called = chance >= threshold
    right, wrong = (called & (event == 1)).mean(), (called & (event == 0)).mean()
    expected["net_benefit"] = right - wrong * threshold / (1 - threshold)
    for score, number in expected.items():
        measure = value(found, score, group)
        assert measure.value == pytest.approx(number, abs=1e-5), score
        assert (measure.n, measure.reference) == (len(event), "holdout")
        assert (measure.low, measure.high, measure.augmentation) == (None, None, "")


def test_who_is_called_is_settled_by_validation_rows_of_all_groups(cohort, chances):
    fairlearn = pytest.importorskip("fairlearn.metrics")
    found = none(cohort)
    others = np.sort(chances[1][ill(cohort.validation) == 0])
    lowest = next(c for c in others if (others <= c).mean() >= 0.8)
    called, event = chances[0] > lowest, ill(cohort.holdout)
    group = cohort.holdout.frame["group"].astype(str).to_numpy()
    for name in ("", *GROUPS):
        rows = (group == name[-1]) if name else np.full(len(event), fill_value=True)
        recall = sk.recall_score(event[rows], called[rows])
        assert value(found, "recall_at_specificity", name).value == pytest.approx(recall)
    odds = fairlearn.equalized_odds_difference(event, called, sensitive_features=group)
    assert value(found, "equalised_odds").value == pytest.approx(odds)


def test_odds_are_as_unequal_as_the_worse_of_events_and_others(cohort, chances):
    fairlearn = pytest.importorskip("fairlearn.metrics")
    others = np.sort(chances[1][ill(cohort.validation) == 0])
    event = ill(cohort.holdout)
    group = cohort.holdout.frame["group"].astype(str).to_numpy()
    worse = set()
    for specificity in (0.55, 0.8, 0.97):
        aug = AUG.model_copy(update={"specificity": specificity})
        lowest = next(c for c in others if (others <= c).mean() >= specificity)
        called = chances[0] > lowest
        rates = [
            rate(event, called, sensitive_features=group)
            for rate in (
                fairlearn.true_positive_rate_difference,
                fairlearn.false_positive_rate_difference,
            )
        ]
        worse.add(int(np.argmax(rates)))
        assert value(none(cohort, aug), "equalised_odds").value == pytest.approx(max(rates))
    assert worse == {0, 1}  # either side decides somewhere


def test_a_declared_threshold_is_the_net_benefits(cohort):
    aug = AUG.model_copy(update={"threshold": 0.05})
    found = value(none(cohort, aug), "net_benefit").value
    assert found != value(none(cohort), "net_benefit").value
    # Nearly everybody is treated.
    share = ill(cohort.holdout).mean()
    assert found == pytest.approx(share - (1 - share) * 0.05 / 0.95, abs=0.02)


def test_models_see_weights_and_added_rows(cohort):
    target = (cohort.train.frame["group"] == "C").to_numpy()
    copies = joined(cohort.train, [cohort.train.frame[target]] * 2)
    weights = np.where(target, 3.0, 1.0)
    trainings = [
        Training(cohort.train.frame),
        Training(copies, augmentation="dose=200"),
        Training(cohort.train.frame, weights),
    ]
    plain, more, heavy = (
        value(outcomes(cohort, [t], AUG, seed=0), "log_loss", "group=C").value for t in trainings
    )
    assert more == pytest.approx(heavy, abs=1e-4)
    assert abs(more - plain) > 1e-3


def test_rows_added_and_drawn_are_told_by_group(cohort):
    more = cohort.train.frame.iloc[:30]
    drawn = {"group=B": 2.5}
    training = Training(joined(cohort.train, [more]), augmentation="dose=9", drawn=drawn)
    found = outcomes(cohort, [training], AUG, seed=0)
    told = {m.group: m.value for m in found if m.metric == "augmented.rows"}
    by_level = more["group"].value_counts()
    assert told == {"": 30, **{f"group={level}": n for level, n in by_level.items()}}
    assert [(m.group, m.value) for m in found if m.metric == "augmented.drawn"] == [
        ("group=B", 2.5)
    ]
    assert {m.augmentation for m in found} == {"dose=9"}
    assert not [m for m in none(cohort) if m.metric == "augmented.rows"]


def test_a_refused_training_has_rows_that_say_why(cohort):
    found = outcomes(cohort, [refusal(cohort, "dose=50", "too rare")], AUG, seed=0)
    assert {(m.status, m.reason, m.value) for m in found} == {("not_applicable", "too rare", None)}
    there = {(m.metric, m.group, m.model) for m in none(cohort)}
    assert {(m.metric, m.group, m.model) for m in found} == there


def test_few_events_have_no_score_and_fewer_than_fifty_no_slope():
    # 240 Asian people: 72 in the holdout, 24 of them ill; 24 black people: 7 or so.
    aug = AugmentationSpec(column="race", groups=("asian",), models=("linear",))
    found = none(cut(people((900, 24, 240)), aug), aug)
    asian = {m.metric: m for m in found if m.group == "race=asian"}
    assert asian["augmented.auroc"].value is not None
    assert (
        asian["augmented.slope"].reason
        == "too few: needs 50 events and non-events each in the holdout"
    )
    assert asian["augmented.slope_error"].value is None
    black = [m for m in found if m.group == "race=black"]
    assert {m.status for m in black} == {"not_applicable"}
    assert "too few: needs 10 events and non-events each in the holdout" in {
        m.reason for m in black
    }
    # Nobody can tell how few they are: neither from their rows nor from what others leave.
    assert {m.n for m in black} == {None}
    few = (cut(people((900, 24, 240)), aug).holdout.frame["race"] == "black").sum()
    assert few < 10
    told = [next(m.n for m in found if m.group == g) for g in ("race=white", "race=asian")]
    # The target's rows are told: measures of its synthetic rows tell them anyway.
    assert told[0] is None and told[1] is not None


@pytest.mark.parametrize("events", [9, 10])
def test_ten_events_are_enough_and_nine_are_not(cohort, events):
    rows = cohort.holdout.frame.reset_index(drop=True)
    own = rows[rows["group"] == "C"]
    ill = own.index[own[cohort.holdout.target] == cohort.holdout.positive]
    kept = np.sort([*rows.index[rows["group"] != "C"], *own.index.difference(ill), *ill[:events]])
    found = none(replace(cohort, holdout=cohort.holdout.take(kept)))
    (auroc,) = [m for m in found if (m.metric, m.group) == ("augmented.auroc", "group=C")]
    assert (auroc.value is not None) == (events == 10)


def test_a_validation_part_without_enough_non_events_settles_no_cut(cohort):
    few = cohort.validation.take(np.flatnonzero(ill(cohort.validation) == 0)[:9])
    found = none(replace(cohort, validation=few))
    reason = "too few: needs 10 non-events among the validation rows"
    assert {value(found, "recall_at_specificity", g).reason for g in ("", *GROUPS)} == {reason}
    assert value(found, "equalised_odds").reason == reason
    assert value(found, "auroc").value is not None


def test_the_holdout_teaches_nothing(cohort):
    """What is told of a group depends on no other holdout row, not even on unseen levels."""
    rows = np.flatnonzero(cohort.holdout.frame["group"] == "C")
    part = cohort.holdout.take(rows)
    frame = part.frame.assign(smoking=part.frame["smoking"].cat.add_categories(["pipe"]))
    alone = none(replace(cohort, holdout=replace(part, frame=frame)))
    for score in ("auroc", "slope", "recall_at_specificity", "net_benefit"):
        there = value(none(cohort), score, "group=C").value
        assert value(alone, score, "group=C").value == pytest.approx(there)
    assert value(alone, "equalised_odds").status == "not_applicable"


def test_a_model_that_tells_nobody_apart_calls_nobody(cohort):
    healthy = cohort.train.frame[ill(cohort.train) == 0].reset_index(drop=True)
    found = outcomes(cohort, [Training(healthy)], AUG, seed=0)
    assert value(found, "auroc", "group=C").value == 0.5
    assert value(found, "recall_at_specificity", "group=C").value == 0
    assert value(found, "equalised_odds").value == 0
    assert value(found, "slope", "group=A").value is None
    assert "all alike" in value(found, "slope", "group=A").reason


@pytest.mark.parametrize("task", KINDS)
@pytest.mark.parametrize("name", ["none", "weights", "duplication", "smote_nc"])
def test_every_task_has_its_scores_by_group_and_cards_for_them(task, name):
    aug = AugmentationSpec(column="group", models=("linear", "boosting"), doses=(50,))
    cohort = cohort_of(task, aug, n=1200, missing=0.05)
    found = outcomes(cohort, control_trainings(name, cohort, aug, seed=0), aug, seed=0)
    known = {d.name for d in descriptors(task, aug)}
    assert {m.metric for m in found} <= known
    assert known - {m.metric for m in found} <= {"augmented.drawn", "augmented.rows"}
    metric, model = endpoint(task, aug)
    lead = {m.group: m for m in found if (m.metric, m.model) == (metric, model)}
    assert set(lead) == {"", *GROUPS}
    for measure in lead.values():
        assert measure.value is not None, measure.reason
        # The outcome is predictable: chance is 0.5 (0 for R²); the smallest group has 90 rows.
        assert measure.value > (0.2 if task == "regression" else 0.55)
    keys = [m.key for m in found]
    assert len(keys) == len(set(keys))


def test_regression_scores_are_sklearns():
    cohort = cohort_of("regression")
    found = none(cohort)
    encoder = fit_encoder(cohort.train).only(cohort.train.features)
    outcome = outcome_in(cohort.holdout, cohort.train)
    answers = fit(cohort.train, outcome, encoder, "ridge", iterations=60, seed=0)
    rows = (cohort.holdout.frame["group"] == "C").to_numpy()
    values = cohort.holdout.frame["outcome"].to_numpy()[rows]
    told = answers(inputs(encoder, cohort.holdout.frame[rows], "points"))
    expected = {
        "r2": sk.r2_score(values, told),
        "rmse": sk.root_mean_squared_error(values, told),
        "mae": sk.mean_absolute_error(values, told),
    }
    for score, number in expected.items():
        assert value(found, score, "group=C", "ridge").value == pytest.approx(number)


def test_more_than_two_classes_have_scores_but_none_of_events(cohort):
    def three(table):
        age = pd.cut(table.frame["age"], [0, 45, 60, 100], labels=["a", "b", "c"])
        column = replace(table.column("smoking"), name="band", levels=("a", "b", "c"))
        keep = [c for c in table.columns if c.name not in ("age", "outcome")]
        frame = table.frame[[c.name for c in keep]].assign(band=age.astype(str).astype("category"))
        return replace(table, frame=frame, columns=(*keep, column), target="band", positive=None)

    parts = {n: three(getattr(cohort, n)) for n in ("train", "validation", "withheld", "holdout")}
    found = none(replace(cohort, **parts))
    assert value(found, "auroc", "group=C").value > 0.6
    for score, group in product(("slope", "net_benefit", "recall_at_specificity"), ("", "group=C")):
        assert value(found, score, group).reason == "needs a target of two classes"
    assert value(found, "equalised_odds").reason == "needs a target of two classes"
