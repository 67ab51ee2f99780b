from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from synthcraft.data.table import Column, Table, conform
from synthcraft.metrics.evaluate import evaluate, prepare
from synthcraft.metrics.groups import RARE_LEVELS
from synthcraft.metrics.models import SMOOTHING
from synthcraft.records import Measure
from synthcraft.spec.types import MetricSpec

Cohort = Callable[[int, int], Table]
UTILITY = {"utility": MetricSpec(plugin="utility")}


def measured(
    train: Table, holdout: Table, frame: pd.DataFrame, **params: object
) -> dict[tuple[str, str, str], Measure]:
    metrics = {"utility": MetricSpec(plugin="utility", params=params)}
    real = prepare(train, holdout, metrics, n_synthetic=len(frame), seed=0)
    return {(m.metric, m.model, m.group): m for m in evaluate(real, frame, seed=1) if not m.column}


def test_train_rows_as_synthetic_rows_have_no_gap(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    found = measured(train, holdout, train.frame)
    for (metric, _, _), m in found.items():
        if metric.startswith("gap.") and m.status == "ok":
            assert (m.value, m.low, m.high) == (0, None, None), "no resample tells them apart"
    assert found["tstr.auroc", "logistic", ""].value > 0.8
    assert found["tstr.auroc", "boosting", ""].value > 0.8


def test_gap_is_the_loss_of_training_on_synthetic_rows(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    rng = np.random.default_rng(0)
    broken = train.frame.assign(event=train.frame.event.to_numpy()[rng.permutation(400)])
    found = measured(train, holdout, broken)
    for model in ("logistic", "boosting"):
        for score, sign in (("auroc", 1), ("auprc", 1), ("brier", -1), ("log_loss", -1)):
            tstr, trtr, gap = (found[f"{k}.{score}", model, ""] for k in ("tstr", "trtr", "gap"))
            assert gap.value == pytest.approx(sign * (trtr.value - tstr.value))
            if score == "auprc":
                assert gap.value > 0
                assert gap.low is None, "resampled rows make ties: no interval"
            else:
                assert gap.low > 0, "worse beyond doubt"
                assert tstr.low <= tstr.value <= tstr.high


def test_both_trainings_use_as_many_rows(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    for n in (150, 900):
        found = measured(train, holdout, cohort(n, 2).frame)
        assert found["tstr.auroc", "boosting", ""].n == min(n, 400)
        assert found["trtr.auroc", "boosting", ""].n == min(n, 400)


def test_floor_is_the_prevalence(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    found = measured(train, holdout, train.frame)
    event = (holdout.frame.event == "yes").to_numpy()
    share = (train.frame.event == "yes").mean()
    assert found["floor.auroc", "prevalence", ""].value == 0.5
    assert found["floor.auprc", "prevalence", ""].value == pytest.approx(event.mean())
    brier = np.mean((share - event) ** 2)
    assert found["floor.brier", "prevalence", ""].value == pytest.approx(brier, abs=1e-3)


def three_classes(n: int, seed: int) -> Table:
    """60/35/5 % classes, each with its own mean."""
    rng = np.random.default_rng(seed)
    k = rng.choice(3, n, p=[0.6, 0.35, 0.05])
    columns = (
        *(Column(f"x{j}", "numeric") for j in range(3)),
        Column("y", "categorical", ("a", "b", "c")),
    )
    frame = pd.DataFrame(
        {f"x{j}": rng.normal(size=n) + 2 * (k == j) for j in range(3)}
        | {"y": np.array([*"abc"])[k]}
    )
    return Table(conform(frame, columns), columns, "classification", "y")


def test_dropping_the_rare_class_lowers_utility() -> None:
    # C.VI 5: with test rows of the class removed, the AUC would hardly move.
    train, holdout = three_classes(600, 0), three_classes(400, 1)
    fresh = three_classes(600, 2).frame
    without = three_classes(700, 3).frame.query("y != 'c'").head(600)
    whole, lacking = measured(train, holdout, fresh), measured(train, holdout, without)
    for model in ("logistic", "boosting"):
        key = ("tstr.auroc", model, "")
        # The class counts for a third and falls to 0.5 from about 0.85.
        assert lacking[key].value < whole[key].value - 0.08
        key = ("tstr.auprc", model, "")
        assert lacking[key].value < whole[key].value - 0.08


def test_one_class_left_is_a_bad_score_not_a_failure(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    found = measured(train, holdout, train.frame.assign(event="no"))
    for model in ("logistic", "boosting"):
        assert found["tstr.auroc", model, ""].value == 0.5
        share = (holdout.frame.event == "yes").mean()
        expected = share * (1 - SMOOTHING / 2) ** 2 + (1 - share) * (SMOOTHING / 2) ** 2
        assert found["tstr.brier", model, ""].value == pytest.approx(expected)


def test_a_holdout_of_one_class_has_nothing_to_rank(cohort: Cohort) -> None:
    train, holdout = cohort(300, 0), cohort(200, 1)
    one = holdout.with_frame(holdout.frame.assign(event="no"))
    found = measured(train, one, train.frame)
    for name in ("floor.auroc", "tstr.auroc", "trtr.auroc", "gap.auprc", "choice_regret"):
        told = [m for m in found.values() if m.metric == name and not m.group]
        assert told
        assert {m.status for m in told} == {"not_applicable"}
        assert all("all alike" in m.reason for m in told)
    assert found["tstr.brier", "logistic", ""].status == "ok"


def test_regression_reports_its_errors() -> None:
    frame = load_diabetes(as_frame=True).frame
    columns = tuple(Column(name, "numeric") for name in frame)
    table = Table(conform(frame, columns), columns, "regression", "target")
    rows = np.random.default_rng(0).permutation(len(table))
    train, holdout = table.take(rows[:300]), table.take(rows[300:])
    found = measured(train, holdout, train.frame)
    assert {m.partition(".")[2] for m, _, _ in found} == {"rmse", "mae", "r2", ""}
    assert found["tstr.r2", "ridge", ""].value > 0.3
    assert found["gap.rmse", "ridge", ""].value == 0
    # The holdout's own mean is not known to the floor, so its R² is just below 0.
    assert -0.1 < found["floor.r2", "prevalence", ""].value <= 0


def test_regression_without_any_outcome_fails_in_plain_words() -> None:
    frame = load_diabetes(as_frame=True).frame
    columns = tuple(Column(name, "numeric") for name in frame)
    table = Table(conform(frame, columns), columns, "regression", "target")
    train, holdout = table.take(range(300)), table.take(range(300, 442))
    found = measured(train, holdout, train.frame.assign(target=np.nan))
    assert {m.status for m in found.values()} == {"failed"}
    assert all("no row has an outcome" in m.reason for m in found.values())


def test_groups_are_reported_or_said_to_be_too_small(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(400, 1)
    found = measured(train, holdout, train.frame)
    groups = {group for _, _, group in found}
    assert groups == {"", "ethnicity=a", "ethnicity=b%3Dc %26 d", "ethnicity=rare"}
    assert found["tstr.auroc", "logistic", "ethnicity=a"].value > 0.8
    assert (
        found["tstr.auroc", "logistic", "ethnicity=a"].n == (holdout.frame.ethnicity == "a").sum()
    )
    for kind in ("tstr", "trtr", "gap"):
        small = found[f"{kind}.auroc", "logistic", "ethnicity=rare"]
        assert small.status == "not_applicable"
        assert small.reason.startswith("too few")
        assert small.n is None, "it may be under 10"


def test_a_level_of_few_rows_is_neither_named_nor_counted(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(400, 1)

    def with_rare(table: Table, rows: int) -> Table:
        ethnicity = table.frame.ethnicity.astype(object).replace("rare", "a")
        ethnicity[:rows] = [*["one only"] * (rows - 1), "another"]
        return table.with_frame(table.frame.assign(ethnicity=ethnicity))

    train, holdout = with_rare(train, 4), with_rare(holdout, 5)
    found = measured(train, holdout, train.frame)
    unnamed = f"ethnicity={RARE_LEVELS}"
    groups = {group for _, _, group in found}
    assert groups == {"", "ethnicity=a", "ethnicity=b%3Dc %26 d", unnamed}
    assert found["gap.auroc", "logistic", unnamed].n is None
    # The two groups and the holdout's size would tell 5: the smaller group hides its own.
    assert found["tstr.auroc", "logistic", "ethnicity=b%3Dc %26 d"].n is None
    assert found["tstr.auroc", "logistic", "ethnicity=a"].n > 100


def test_survival_is_scored_by_group_too(survival: Callable[..., Table]) -> None:
    train, holdout = (replace(survival(300, seed), sensitive=("arm",)) for seed in (0, 1))
    found = measured(train, holdout, train.frame, models=("linear",))
    rows = (holdout.frame["arm"] == "a").to_numpy()
    alone = holdout.with_frame(holdout.frame[rows])
    arm = found["tstr.harrell_c", "cox", "arm=a"]
    assert arm.n == rows.sum()
    # Pairs of the group alone: the same model, tested on a holdout that is nothing but the group.
    assert arm.value == pytest.approx(
        measured(train, alone, train.frame, models=("linear",))["tstr.harrell_c", "cox", ""].value
    )
    assert found["tstr.integrated_brier", "cox", "arm=a"].status == "ok"
    assert ("tstr.uno_c", "cox", "arm=a") not in found


def test_amounts_are_scored_by_group_of_twenty_rows(cohort: Cohort) -> None:
    train, holdout = (replace(cohort(n, n), task="regression", target="age") for n in (400, 300))
    rare = holdout.frame["ethnicity"].to_numpy() == "rare"
    keep = ~rare | (np.cumsum(rare) <= 15)
    found = measured(train, holdout.with_frame(holdout.frame[keep]), train.frame)
    assert found["tstr.r2", "ridge", "ethnicity=a"].low is not None
    assert found["tstr.mae", "ridge", "ethnicity=a"].value > 0
    few = found["tstr.r2", "ridge", "ethnicity=rare"]
    assert (few.status, few.n) == ("not_applicable", None)
    assert few.reason == "too few: needs 20 holdout rows"


def test_declared_positive_level_is_the_event(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    yes = measured(train, holdout, train.frame)["floor.auprc", "prevalence", ""].value
    no = measured(replace(train, positive="no"), holdout, train.frame)
    assert no["floor.auprc", "prevalence", ""].value == pytest.approx(1 - yes)


def test_missing_features_and_labels_are_taken(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    holes = train.frame.astype(object).mask(np.random.default_rng(0).random((400, 7)) < 0.2)
    for m in measured(train, holdout, holes).values():
        assert m.status == "ok" or m.reason.startswith(("too few", "there are no more"))


def by_class(
    train: Table, holdout: Table, frame: pd.DataFrame, metric: str
) -> dict[tuple[str, str], Measure]:
    real = prepare(train, holdout, UTILITY, n_synthetic=len(frame), seed=0)
    found = evaluate(real, frame, seed=1)
    return {(m.column, m.model): m for m in found if m.metric == metric and m.column}


def test_recall_is_told_class_by_class() -> None:
    # C-7: each class of the holdout is scored, also one that the synthetic rows lack.
    train, holdout = three_classes(600, 0), three_classes(400, 1)
    without = three_classes(700, 3).frame.query("y != 'c'").head(600)
    found = by_class(train, holdout, without, "tstr.recall")
    assert set(found) == {(f"y={k}", m) for k in "abc" for m in ("logistic", "boosting")}
    assert found["y=c", "logistic"].value == 0
    assert found["y=a", "logistic"].value > 0.8
    assert found["y=c", "logistic"].n == (holdout.frame.y == "c").sum()
    lost = by_class(train, holdout, without, "gap.recall")["y=c", "logistic"]
    assert lost.low > 0


def test_recall_of_a_class_of_few_holdout_rows_is_hidden_with_all_that_tells_its_size() -> None:
    train, holdout = three_classes(600, 0), three_classes(400, 1)
    rows = np.flatnonzero(holdout.frame.y != "c")
    few = np.flatnonzero(holdout.frame.y == "c")[:4]
    found = by_class(train, holdout.take([*rows, *few]), train.frame, "tstr.recall")
    assert found["y=c", "logistic"].status == "not_applicable"
    assert {m.n for m in found.values()} == {None}


def test_the_holdouts_classes_do_not_tell_how_few_train_rows_a_class_has() -> None:
    # The table's description tells the rows of each class, train and holdout together.
    train, holdout = three_classes(600, 0), three_classes(400, 1)
    rows, few = (np.flatnonzero(part) for part in (train.frame.y != "c", train.frame.y == "c"))
    for kept, told in ((9, False), (10, True)):
        less = train.take([*rows, *few[:kept]])
        found = by_class(less, holdout, train.frame.head(len(less)), "tstr.recall")
        assert {m.n is not None for m in found.values()} == {told}
        assert all(m.status == "ok" for m in found.values())


def test_all_synthetic_rows_are_used_where_there_are_more(cohort: Cohort) -> None:
    train, holdout = cohort(100, 0), cohort(400, 1)
    few, many = (measured(train, holdout, cohort(n, 2).frame) for n in (100, 2000))
    assert few["tstr_full.auroc", "", ""].status == "not_applicable"
    full, equal = (many[f"{kind}.auroc", "boosting", ""] for kind in ("tstr_full", "tstr"))
    assert (full.n, equal.n) == (2000, 100)
    assert full.value > equal.value, "fresh rows: twenty times as many teach more"


def test_regret_is_the_loss_of_the_model_that_synthetic_rows_prefer(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    rng = np.random.default_rng(0)
    for frame in (train.frame, train.frame.assign(event=rng.permutation(train.frame.event))):
        found = measured(train, holdout, frame)
        tstr, trtr = (
            {m: found[f"{k}.auroc", m, ""].value for m in ("logistic", "boosting")}
            for k in ("tstr", "trtr")
        )
        expected = max(trtr.values()) - trtr[max(tstr, key=tstr.get)]
        assert found["choice_regret", "", ""].value == expected
    alone = measured(train, holdout, train.frame, models=("linear",))["choice_regret", "", ""]
    assert alone.status == "not_applicable"


def test_a_network_is_trained_on_request(cohort: Cohort) -> None:
    train, holdout = cohort(400, 0), cohort(300, 1)
    found = measured(train, holdout, train.frame, models=("mlp",))
    assert {model for _, model, _ in found} == {"mlp", "prevalence", ""}
    assert found["tstr.auroc", "mlp", ""].value > 0.75
    assert found["gap.auroc", "mlp", ""].value == 0


def test_survival_models_rank_the_references(survival: Callable[..., Table]) -> None:
    train, holdout = survival(400, 0), survival(300, 1)
    rng = np.random.default_rng(2)
    shuffled = train.frame.apply(lambda column: rng.permutation(column.astype(object)))
    copied, broken = (measured(train, holdout, f) for f in (train.frame, shuffled))
    # True risk x + 0.5 [b]: Harrell's C of a normal risk of sd 1.03 is near 0.74.
    for model in ("cox", "boosting"):
        for score in ("harrell_c", "uno_c"):
            floor = copied[f"floor.{score}", "prevalence", ""].value
            assert floor == 0.5
            assert copied[f"tstr.{score}", model, ""].value > 0.68
            assert broken[f"gap.{score}", model, ""].low > 0
        brier = [found["tstr.integrated_brier", model, ""] for found in (copied, broken)]
        assert brier[0].value < copied["floor.integrated_brier", "prevalence", ""].value
        assert brier[0].high < brier[1].value
    assert copied["gap.harrell_c", "cox", ""].value == 0


def test_a_survival_table_without_events_or_with_odd_times_is_scored(
    survival: Callable[..., Table],
) -> None:
    train, holdout = survival(300, 0), survival(200, 1)
    found = measured(train, holdout, train.frame.assign(died="no"))
    assert found["tstr.harrell_c", "cox", ""].value == 0.5
    odd = train.frame.assign(days=train.frame.days - 0.5, arm="a", z=0.0)
    odd.loc[:20, "died"] = None
    odd.loc[20:40, "days"] = np.nan
    found = measured(train, holdout, odd)
    told = {m.status for m in found.values() if not m.metric.startswith("tstr_full")}
    assert told == {"ok"}
    assert found["tstr.harrell_c", "cox", ""].value > 0.65
    only = measured(train, holdout, odd, models=("mlp",))
    assert {m.status for m in only.values()} == {"not_applicable"}


def test_synthetic_events_after_the_horizon_leave_the_ranking(
    survival: Callable[..., Table],
) -> None:
    train, holdout = survival(300, 0), survival(200, 1)
    found = measured(train, holdout, train.frame)
    # As if days had become minutes: nobody has the event within the real follow-up.
    late = measured(train, holdout, train.frame.assign(days=train.frame.days * 1440))
    for model in ("cox", "boosting"):
        ranked, far = (side["tstr.harrell_c", model, ""].value for side in (found, late))
        assert far == pytest.approx(ranked, abs=1e-3)
        brier = late["tstr.integrated_brier", model, ""].value
        assert brier > found["floor.integrated_brier", "prevalence", ""].value


@pytest.mark.parametrize("part", ["train", "holdout", "synthetic"])
def test_a_code_far_out_leaves_all_survival_scores_with_a_value(
    survival: Callable[..., Table], part: str
) -> None:
    frames = {name: survival(300, seed) for seed, name in enumerate(("train", "holdout"))}
    frames["synthetic"] = survival(300, 2)
    told = frames[part].frame.copy()
    told.loc[0, "x"] = 99999.0
    frames[part] = frames[part].with_frame(told)
    found = measured(frames["train"], frames["holdout"], frames["synthetic"].frame)
    assert {m.reason for m in found.values() if m.status == "failed"} == set()
