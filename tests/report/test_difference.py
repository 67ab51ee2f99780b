"""What differs between two fabricated runs, and the interval of each difference."""

import json
import math
import shutil
from statistics import mean, stdev

import pytest
from scipy.stats import t

from synthcraft.journal import FILE, Journal, read
from synthcraft.report.difference import ABSENT, difference, why_unpaired
from synthcraft.results import load_run

SMALL = {"names": ("group", "x", "y"), "rows": 300}


def altered(run, to, change):
    """A copy of a run whose entries went through ``change(kind, payload)``."""
    to.mkdir()
    shutil.copy(run / "spec.yaml", to / "spec.yaml")
    with Journal(to) as journal:
        for entry in read(run / FILE):
            payload = json.loads(json.dumps(entry.payload))
            change(entry.kind, payload)
            journal.append(entry.kind, payload)
    return load_run(to)


def moved(by, *, metric="c2st", arm="ctgan"):
    """Adds to a measure of an arm what ``by`` has for the split."""

    def change(kind, payload):
        if kind == "record" and payload["trial"]["arm"] == arm:
            for measure in payload["measures"]:
                if measure["metric"] == metric:
                    measure["value"] += by[payload["trial"]["split"]]

    return change


@pytest.fixture(scope="module")
def directory(make_run, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("diff") / "run", **SMALL)


@pytest.fixture(scope="module")
def run(directory):
    return load_run(directory)


def test_a_run_does_not_differ_from_itself_nor_by_the_order_of_its_trials(run, make_run, tmp_path):
    assert difference(run, run).same
    found = difference(run, load_run(make_run(tmp_path / "again", shuffle=3, **SMALL)))
    assert found.same
    assert found.alike > 200
    assert found.unpaired == ""


def test_a_paired_difference_has_the_corrected_t_interval(run, directory, tmp_path):
    by = [0.05, 0.01, 0.03]
    found = difference(run, altered(directory, tmp_path / "other", moved(by)))
    (shift,) = found.shifts
    assert (shift.arm, shift.stage, shift.quantity.metric) == ("ctgan", "report", "c2st")
    # Nadeau & Bengio, written out: 3 splits, 90 holdout rows per 210 train rows.
    half = t.ppf(0.975, 2) * math.sqrt((1 / 3 + 90 / 210) * stdev(by) ** 2)
    assert shift.difference == pytest.approx(mean(by))
    assert (shift.low, shift.high) == pytest.approx((mean(by) - half, mean(by) + half))
    assert shift.second - shift.first == pytest.approx(shift.difference)
    assert not found.same
    assert not (found.settings or found.data or found.environment or found.outcomes)


def test_an_interval_on_one_side_of_0_is_shown(run, directory, tmp_path):
    for place, (by, shown) in enumerate((([0.1, 0.11, 0.1], True), ([0.1, -0.1, 0.1], False))):
        other = altered(directory, tmp_path / f"{place}", moved(by))
        assert difference(run, other).shifts[0].shown is shown
        assert difference(other, run).shifts[0].difference == pytest.approx(-mean(by))


def test_less_than_nine_digits_count(run, directory, tmp_path):
    last = altered(directory, tmp_path / "last", moved([1e-13] * 3))
    assert difference(run, last).same
    seen = altered(directory, tmp_path / "seen", moved([1e-6] * 3))
    assert len(difference(run, seen).shifts) == 1


def test_the_largest_stands_first_and_what_has_no_value_last(run, directory, tmp_path):
    def change(kind, payload):
        moved([0.3] * 3)(kind, payload)
        moved([0.1] * 3, metric="wasserstein_1", arm="arf")(kind, payload)
        if kind == "record" and payload["trial"]["arm"] == "tvae":
            for measure in payload["measures"]:
                if measure["metric"] == "c2st":
                    measure |= {"value": None, "status": "failed", "reason": "it broke"}

    found = difference(run, altered(directory, tmp_path / "other", change))
    assert [shift.arm for shift in found.shifts] == ["ctgan", "arf", "tvae"]
    last = found.shifts[-1]
    assert (last.second, last.difference, last.low) == (None, None, None)
    assert last.first is not None
    # c2st of the copy is 0.95, of noise 0; wasserstein_1 of noise 0.8, of the copy 0.1.
    assert found.shifts[0].size == pytest.approx(0.3 / 0.96, rel=0.05)
    assert found.shifts[1].size == pytest.approx(0.1 / 0.8)


def test_other_seeds_are_not_paired_and_the_interval_adds_up(directory, run, make_run, tmp_path):
    made = make_run(tmp_path / "seed", **SMALL, seed=7)

    def same_table(kind, payload):
        if kind == "header":
            payload["plan"]["fingerprint"] = run.plan.fingerprint
        moved([0.05, 0.01, 0.03])(kind, payload)

    other = altered(made, tmp_path / "other", same_table)
    assert why_unpaired(run, load_run(made)) == "the data differ"
    found = difference(run, other)
    assert found.unpaired.startswith("the seeds differ")
    shift = next(s for s in found.shifts if s.arm == "ctgan" and s.quantity.metric == "c2st")
    first = [m.value for r in run.of("ctgan") for m in r.measures if m.metric == "c2st"]
    second = [m.value for r in other.of("ctgan") for m in r.measures if m.metric == "c2st"]
    errors = [math.sqrt((1 / 3 + 90 / 210) * stdev(v) ** 2) for v in (first, second)]
    half = t.ppf(0.975, 2) * math.hypot(*errors)  # MOVER of two symmetric intervals
    gap = mean(second) - mean(first)
    assert (shift.low, shift.high) == pytest.approx((gap - half, gap + half))
    paths = {fact.path: (fact.first, fact.second) for fact in found.settings}
    assert paths["seed"] == (0, 7)


def test_other_parts_are_not_paired(run, make_run, directory, tmp_path):
    fractions = {"design": {"fractions": {"holdout": 0.2}}}
    assert "other rules" in why_unpaired(
        run, load_run(make_run(tmp_path / "f", **SMALL, **fractions))
    )

    def larger(kind, payload):
        if kind == "splits":
            payload["splits"][1]["holdout"] += 1

    assert "other sizes" in why_unpaired(run, altered(directory, tmp_path / "s", larger))


def test_settings_with_the_parameters_that_were_got(run, directory, make_run, tmp_path):
    def other_default(kind, payload):
        if kind == "header":
            payload["plan"]["arms"][0]["params"]["num_trees"] = 30

    (fact,) = difference(run, altered(directory, tmp_path / "other", other_default)).settings
    assert (fact.path, fact.first, fact.second) == ("generators.arf.params.num_trees", ABSENT, 30)
    fewer = {"generators": {"arf": {"plugin": "arf"}}}
    found = difference(run, load_run(make_run(tmp_path / "fewer", **SMALL, **fewer)))
    told = {fact.path: fact.second for fact in found.settings}
    assert set(told) == {f"generators.{g}" for g in ("bayesian_network", "ddpm", "tvae", "ctgan")}
    assert {fact.path for fact in found.outcomes} == {
        path.replace("generators", "trials") for path in told
    }
    assert not found.shifts  # arms that one run lacks are no differing numbers


def test_environment_without_the_start_and_data(run, directory, tmp_path):
    def elsewhere(kind, payload):
        if kind == "header":
            payload["provenance"] |= {"started": "2027-01-01", "command": "other", "cores": 8}
            payload["provenance"]["versions"]["numpy"] = "2.4.0"
            payload["table"]["columns"]["x"]["missing"] += 1

    found = difference(run, altered(directory, tmp_path / "other", elsewhere))
    told = [(fact.path, fact.first, fact.second) for fact in found.environment]
    assert told == [("cores", 2, 8), ("versions.numpy", "2.3.0", "2.4.0")]
    assert [fact.path for fact in found.data] == ["table.columns.x.missing"]


def test_a_half_written_run_is_compared_as_far_as_it_got(run, make_run, tmp_path):
    half = load_run(make_run(tmp_path / "half", stop_after=14, **SMALL))
    found = difference(run, half)
    told = {fact.path: fact.second for fact in found.outcomes}
    assert told["complete"] is False
    assert "not run yet" in str([f.second for f in found.outcomes if f.path.startswith("trials")])
    assert found.alike > 100
    assert not found.shifts  # trials that one run lacks are no differing numbers


def test_a_failure_tells_its_reason(run, make_run, tmp_path):
    failed = load_run(make_run(tmp_path / "failed", fail=["tvae"], **SMALL))
    fact = difference(run, failed).outcomes[0]
    assert fact.path == "trials.tvae.tvae.s0.r0.report"
    assert (fact.first, fact.second.partition(":")[0]) == ("ok", "failed in fit")
