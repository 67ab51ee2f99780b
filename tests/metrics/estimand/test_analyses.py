from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from sklearn.linear_model import LogisticRegression

from synthcraft.data.table import Column, Table, conform
from synthcraft.errors import DataError
from synthcraft.metrics.cards.estimand import Analysis
from synthcraft.metrics.estimand.analyses import settle
from synthcraft.metrics.groups import RARE_LEVELS
from synthcraft.metrics.likelihood import fit_linear, fit_logistic

Cohort = Callable[[int, int], Table]


def analysis(**fields: object) -> Analysis:
    return Analysis.model_validate(fields)


def test_linear_regression_is_numpys(cohort: Cohort) -> None:
    table = cohort(300, 0)
    found = settle("a", analysis(model="linear", outcome="sbp", terms=["age", "sex"]), table)
    estimates = found.estimate(table.frame)
    x = np.column_stack([np.ones(300), table.frame.age, table.frame.sex == "f"])
    beta, residual, *_ = np.linalg.lstsq(x, table.frame.sbp)
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * residual[0] / 297)
    assert tuple(estimates) == ("age", "sex=f") or tuple(estimates) == ("age", "sex=m")
    sign = 1 if "sex=f" in estimates else -1
    second = estimates[f"sex={'f' if sign == 1 else 'm'}"]
    assert estimates["age"].estimate == pytest.approx(beta[1])
    assert estimates["age"].error == pytest.approx(errors[1])
    assert (second.estimate, second.error) == pytest.approx((sign * beta[2], errors[2]))
    assert second.rows == 300


def test_logistic_regression_is_scikit_learns_with_the_errors_of_the_information() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 3)) * [1, 5, 0.2]
    event = (rng.random(400) < 1 / (1 + np.exp(-x[:, 0] + 1))).astype(float)
    beta, covariance = fit_logistic(x, event)
    theirs = LogisticRegression(penalty=None, tol=1e-10, max_iter=10_000).fit(x, event)
    assert list(beta) == pytest.approx([theirs.intercept_[0], *theirs.coef_[0]], abs=1e-4)
    # Of a 2 x 2 table the error of the log odds ratio is known: √(1/a + 1/b + 1/c + 1/d).
    exposed = np.repeat([1.0, 1.0, 0.0, 0.0], [30, 20, 15, 35])
    case = np.repeat([1.0, 0.0, 1.0, 0.0], [30, 20, 15, 35])
    beta, covariance = fit_logistic(exposed[:, None], case)
    assert beta[1] == pytest.approx(np.log(30 * 35 / (20 * 15)))
    assert covariance[1, 1] == pytest.approx(1 / 30 + 1 / 20 + 1 / 15 + 1 / 35)


@pytest.mark.parametrize("fit", [fit_logistic, fit_linear])
def test_columns_that_determine_each_other_are_refused(fit: Callable) -> None:
    x = np.random.default_rng(2).normal(size=(50, 2))
    y = (x[:, 0] + x[:, 1] ** 2 > 0.5).astype(float)
    with pytest.raises(ValueError, match="no finite coefficients"):
        fit(np.column_stack([x, x[:, :1]]), y)


def test_an_event_that_a_column_foretells_is_refused() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    with pytest.raises(ValueError, match="no finite coefficients"):
        fit_logistic(x, (x[:, 0] > 0).astype(float))
    never = np.repeat([[0.0], [1.0]], 20, axis=0)
    with pytest.raises(ValueError, match="no finite coefficients"):
        fit_logistic(never, np.append(np.tile([0.0, 1.0], 10), np.zeros(20)))


def test_cox_regression_is_lifelines() -> None:
    rng = np.random.default_rng(3)
    columns = (
        Column("x", "numeric"),
        Column("died", "categorical", ("0", "1")),
        Column("days", "numeric"),
    )
    x = rng.normal(50, 10, 300)
    died, left = rng.exponential(np.exp(5 - x / 10)), rng.exponential(1.0, 300)
    frame = pd.DataFrame(
        {"x": x, "died": np.where(died <= left, "1", "0"), "days": np.minimum(died, left)}
    )
    table = Table(conform(frame, columns), columns, "survival", "died", "1", time="days")
    found = settle("a", analysis(model="cox"), table).estimate(table.frame)["x"]
    theirs = CoxPHFitter().fit(frame.assign(died=frame.died.astype(int)), "days", "died")
    assert found.estimate == pytest.approx(theirs.params_["x"], rel=1e-4)
    assert found.error == pytest.approx(theirs.standard_errors_["x"], rel=1e-4)


def test_means_and_shares(cohort: Cohort) -> None:
    table = cohort(300, 0)
    age = settle("a", analysis(model="mean", outcome="age"), table).estimate(table.frame)["age"]
    assert age.estimate == pytest.approx(table.frame.age.mean())
    assert age.error == pytest.approx(table.frame.age.std() / np.sqrt(300))
    share = settle("a", analysis(model="mean"), table).estimate(table.frame)["event=yes"]
    assert share.estimate == pytest.approx((table.frame.event == "yes").mean())


def test_rows_with_a_missing_value_are_left_out_of_the_models_that_need_it(cohort: Cohort) -> None:
    table = cohort(400, 0)
    bmi = "bmi (kg/m²)"
    for adjusted, rows in (
        (True, table.frame[["smoker", bmi]].notna().all(axis=1).sum()),
        (False, None),
    ):
        one = analysis(model="logistic", terms=["smoker", bmi], adjusted=adjusted)
        found = settle("a", one, table).estimate(table.frame)
        assert found["smoker=yes"].rows == (rows or table.frame.smoker.notna().sum())
        assert found[bmi].rows == (rows or table.frame[bmi].notna().sum())


def test_levels_of_few_rows_or_events_are_pooled_and_not_named(cohort: Cohort) -> None:
    table = cohort(600, 0)

    def terms(ethnicity: np.ndarray, model: str = "linear") -> tuple[str, ...]:
        frame = table.frame.assign(ethnicity=ethnicity)
        outcome = "age" if model == "linear" else None
        one = analysis(model=model, outcome=outcome, terms=["ethnicity"])
        return settle("a", one, table.with_frame(frame)).terms

    names = np.array(["most"] * 500 + ["some"] * 80 + ["nine"] * 9 + ["six"] * 6 + ["five"] * 5)
    assert terms(names) == ("ethnicity=some", f"ethnicity={RARE_LEVELS}")
    lonely = np.where(np.isin(names, ["six", "five"]), "most", names)
    assert terms(lonely) == ("ethnicity=some",), "nine rows alone join the reference"
    # Fifty rows, of which fewer than ten have the event, tell a count under ten, too.
    event = (table.frame.event == "yes").to_numpy()
    rare = np.where(event, "a", "b")
    rare[np.flatnonzero(event)[:5]] = "c"
    rare[np.flatnonzero(~event)[:45]] = "c"
    rare[np.flatnonzero(event)[5:60]] = "b"
    rare[np.flatnonzero(~event)[45:90]] = "a"
    assert "ethnicity=c" not in terms(rare, "logistic")
    assert "ethnicity=c" in terms(rare)


def test_a_synthetic_table_that_lacks_something_says_what_cannot_be_estimated(
    cohort: Cohort,
) -> None:
    table = cohort(400, 0)
    settled = settle("a", analysis(model="logistic", terms=["age", "smoker"]), table)
    found = settled.estimate(table.frame.assign(smoker=pd.Categorical(["no"] * 400)))
    assert found["smoker=yes"] == "its values do not vary"
    assert found["age"].estimate > 0
    assert "no finite" in settled.estimate(table.frame.assign(event="no"))["age"]
    odd = pd.Categorical(np.where(np.arange(400) < 100, "odd", "yes"), categories=["odd", "yes"])
    assert settled.estimate(table.frame.assign(smoker=odd))["age"].rows == 300
    empty = settled.estimate(table.frame.assign(age=np.nan))
    assert "too few complete rows" in empty["age"]


def test_an_outcome_that_does_not_vary_has_no_error_to_compare(cohort: Cohort) -> None:
    table = cohort(400, 0)
    flat = table.frame.assign(sbp=120.0, event=pd.Categorical(["no"] * 400, ["no", "yes"]))
    for fields in (
        {"model": "linear", "outcome": "sbp", "terms": ["age"]},
        {"model": "mean", "outcome": "sbp"},
        {"model": "mean", "outcome": "event", "level": "yes"},
    ):
        (found,) = settle("a", analysis(**fields), table).estimate(flat).values()
        assert "does not vary" in found


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"model": "linear", "outcome": "agee"}, "outcome", "Did you mean 'age'"),
        ({"model": "logistic", "terms": ["age", "bmi"]}, "terms", "no column 'bmi'"),
        ({"model": "logistic", "outcome": "age"}, "outcome", "is a number"),
        ({"model": "linear", "outcome": "sex"}, "outcome", "is no number"),
        ({"model": "logistic", "outcome": "sex"}, "level", "a level of 'sex'"),
        ({"model": "logistic", "outcome": "sex", "level": "x"}, "level", "a level of 'sex'"),
        ({"model": "cox"}, "time", "column of times"),
    ],
)
def test_a_wrong_declaration_is_told(cohort: Cohort, fields: dict, path: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        settle("main", analysis(**fields), replace(cohort(200, 0)))
    assert f"analyses.main.{path}" in str(caught.value)
    assert words in str(caught.value)


def test_a_weighted_mean_is_that_of_repeated_rows(cohort: Cohort) -> None:
    table = cohort(300, 0)
    times = np.random.default_rng(4).integers(0, 4, 300)
    weighted = replace(table, weights=times.astype(float))
    bmi = "bmi (kg/m²)"
    settled = settle("a", analysis(model="mean", outcome=bmi), table)
    repeated = table.frame[bmi].to_numpy()[np.repeat(np.arange(300), times)]
    assert settled.weighted(weighted)[bmi].estimate == pytest.approx(np.nanmean(repeated))
    # Equal weights give the plain mean with its plain error, but for the 28 who have no value:
    # n/(n − 1) of all 300 who were drawn, not of the 272 who tell.
    equal = settled.weighted(replace(table, weights=np.full(300, 7.0)))[bmi]
    plain = settled.estimate(table.frame)[bmi]
    error = plain.error * (300 / 299 * 271 / 272) ** 0.5
    assert (equal.estimate, equal.error) == pytest.approx((plain.estimate, error))
    assert settled.weighted(table) is None
    assert settle("a", analysis(model="logistic"), table).weighted(table) is None


def test_the_weighted_means_error_is_that_of_repeated_samples() -> None:
    # A third of the people is sampled three times as often, and weighs a third.
    rng = np.random.default_rng(5)
    columns = (Column("y", "numeric"), Column("z", "numeric"))
    found = []
    for _ in range(400):
        often = rng.random(300) < 0.6  # 3 · ⅓ / (3 · ⅓ + ⅔)
        y = rng.normal(np.where(often, 5, 1), 1)
        table = Table(
            pd.DataFrame({"y": y, "z": y}),
            columns,
            "regression",
            "y",
            weights=np.where(often, 1 / 3, 1.0),
        )
        found.append(settle("a", analysis(model="mean"), table).weighted(table)["y"])
    means = [one.estimate for one in found]
    spread = np.std(means, ddof=1)
    # (1·⅓·5 + ⅔·1) = 7/3; a standard deviation of 400 has a relative error of 1/sqrt(800) = 3.5 %.
    assert np.mean(means) == pytest.approx(7 / 3, abs=4 * spread / 20)
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.12)


def test_rows_as_their_own_clusters_change_nothing(cohort: Cohort) -> None:
    table = replace(cohort(300, 0), weights=np.random.default_rng(4).uniform(1, 9, 300))
    settled = settle("a", analysis(model="mean", outcome="bmi (kg/m²)"), table)
    rows = np.column_stack([np.zeros(300, dtype=int), np.arange(300)])
    assert settled.weighted(replace(table, clusters=rows)) == settled.weighted(table)
