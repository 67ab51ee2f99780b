import math
from dataclasses import replace
from pathlib import Path

import pytest

from synthcraft.report.choice import overview, primary
from synthcraft.report.summary import Quantity, Summary
from synthcraft.results import Run, load_run


@pytest.fixture(scope="module")
def run(whole: Path) -> Run:
    return load_run(whole)


def test_calibrated_values_are_ratios_of_means(run):
    summary = Summary(run)
    quantity = Quantity("contingency_similarity")
    mean = {
        label: math.fsum(v for vs in summary.samples(label, quantity).values() for v in vs) / 3
        for label in ("arf", "marginals", "train_copy")
    }
    expected = (mean["arf"] - mean["marginals"]) / (mean["train_copy"] - mean["marginals"])
    assert summary.score("arf", quantity).calibrated == pytest.approx(expected)
    assert summary.score("train_copy", quantity).calibrated == pytest.approx(1)
    assert summary.score("marginals", quantity).calibrated == pytest.approx(0)


def test_utility_is_calibrated_from_prevalence_to_trtr(run):
    summary = Summary(run)
    score = summary.score("arf", Quantity("tstr.auroc", "boosting"))
    assert score.estimate is not None
    assert score.calibrated == pytest.approx((score.estimate.mean - 0.5) / (0.82 - 0.5))


def test_privacy_is_calibrated_from_null_to_copy(run):
    summary = Summary(run)
    quantity = Quantity("dcr_share", role="excess")
    score, copy = (summary.score(label, quantity).estimate for label in ("arf", "train_copy"))
    found = summary.score("arf", quantity).calibrated
    assert found == pytest.approx(score.mean / copy.mean)
    assert summary.score("arf", Quantity("dcr_share", role="main")).calibrated is None


def test_a_metric_in_the_wrong_order_is_not_informative_and_leads_no_verdict(run):
    from dataclasses import replace

    records = [
        replace(
            record,
            measures=tuple(
                replace(m, value=0.99)
                if m.metric == "contingency_similarity" and record.trial.arm == "marginals"
                else m
                for m in record.measures
            ),
        )
        for record in run.records
    ]
    before, after = Summary(run), Summary(replace(run, records=tuple(records)))
    quantity = Quantity("contingency_similarity")
    assert before.informative(quantity) == "yes"
    assert after.informative(quantity) == "no"
    assert primary(before, "fidelity") == quantity
    assert primary(after, "fidelity") == Quantity("correlation_similarity")


def test_a_generator_without_success_has_no_score_but_a_reason(run):
    score = Summary(run).score("tvae", Quantity("c2st"))
    assert score.estimate is None
    assert "ValueError" in score.why


def test_best_first_in_the_metric_s_direction(run):
    summary = Summary(run)
    ranked = summary.ranked(Quantity("c2st"))
    assert [c.label for c, _ in ranked] == ["arf", "bayesian_network", "ddpm", "ctgan"]
    risks = [s.estimate.mean for _, s in summary.ranked(Quantity("dcr_share", role="excess"))]
    assert risks == sorted(risks)


def test_the_verdict_model_is_the_one_best_on_real_rows(run):
    assert primary(Summary(run), "utility") == Quantity("tstr.auroc", "boosting")


def test_overview_has_each_family_once_per_model(run):
    names = [(q.metric, q.model, q.role) for q in overview(Summary(run))]
    assert names[-2:] == [("dcr_share", "", "excess"), ("rule_violations_excess", "", "value")]
    assert ("tstr.auroc", "logistic", "value") in names
    assert len(names) == len(set(names)) == 8


def test_a_scale_whose_ends_are_upside_down_is_none(run):
    """A calibration error that predicting the mean for everybody beats, as it does."""

    def other(measure):
        return replace(measure, value=0.9) if measure.metric == "floor.auroc" else measure

    records = tuple(replace(r, measures=tuple(map(other, r.measures))) for r in run.records)
    summary = Summary(replace(run, records=records))
    auroc = Quantity("tstr.auroc", "boosting")
    assert summary.score("arf", auroc).calibrated is None
    assert summary.informative(auroc) == "no"
    assert Summary(run).score("arf", auroc).calibrated is not None
    risk = Quantity("dcr_share", role="excess")  # its 1 is the worse end
    assert summary.score("arf", risk).calibrated is not None
