import csv
from importlib import resources
from statistics import median

import pytest

from synthcraft.records import Arm
from synthcraft.select import estimate as estimating
from synthcraft.select.estimate import START, Seconds, estimate
from synthcraft.select.work import arms
from synthcraft.spec.validate import parse

# Seconds of CPU that trials took, of specs that the table does not hold: plugin, parameters,
# train rows, columns. Neighbours on the machine add up to a third.
MEASURED = [
    ("tvae", {"n_iter": 80, "batch_size": 100, "n_units_embedding": 32,
              "encoder_n_layers_hidden": 2, "encoder_n_units_hidden": 128,
              "decoder_n_layers_hidden": 2, "decoder_n_units_hidden": 128}, 1747, 12, 22.2),
    ("ddpm", {"n_iter": 200, "num_timesteps": 50, "batch_size": 256}, 1747, 12, 20.0),
    ("tvae", {"n_iter": 60}, 280, 8, 14.3),
    ("ctgan", {"n_iter": 60, "generator_n_units_hidden": 64,
               "discriminator_n_units_hidden": 64}, 350, 11, 2.3),
    ("rtvae", {"n_iter": 60, "encoder_n_units_hidden": 64, "decoder_n_units_hidden": 64},
     350, 11, 2.3),
    ("nflow", {"n_iter": 10, "n_units_hidden": 64}, 350, 11, 2.8),
    ("arf", {"num_trees": 100}, 3679, 12, 7.3),
    ("mst", {}, 3710, 12, 3.9),
]  # fmt: skip


def spec(**more):
    plain = {
        "name": "x",
        "dataset": {"plugin": "nhanes"},
        "generators": {"arf": {"plugin": "arf"}, "tvae": {"plugin": "tvae"}},
        "execution": {"workers": 1},
    }
    return parse(plain | more)


def test_the_recorded_arms_are_foretold_as_they_were():
    table = resources.files("synthcraft.select").joinpath("recorded", "table.csv")
    took: dict[str, list[float]] = {}
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        if row["rung"] == "1":
            seconds = sum(float(row[f"{p}_seconds"]) for p in ("fit", "sample", "evaluate"))
            took.setdefault(row["arm"].partition("@")[0], []).append(seconds)
    them = [Arm(label, arm["plugin"], arm.get("params", {})) for label, arm in arms().items()]
    told = estimating._trials(them, 350, 11)
    for label, seconds in told.items():
        assert seconds.median == pytest.approx(median(took[label]), rel=0.35)


@pytest.mark.parametrize(("plugin", "params", "rows", "columns", "took"), MEASURED)
def test_other_parameters_and_sizes_lie_in_the_range(plugin, params, rows, columns, took):
    told = estimating._trials([Arm("any", plugin, params)], rows, columns)["any"]
    assert told.low < took < told.high
    assert told.median / 3 < took < told.median * 3


def test_a_generator_without_records_has_a_wide_range():
    told = estimating._trials([Arm("a", "arf"), Arm("s", "survae")], 350, 11)
    assert told["s"].high / told["s"].low > 2 * told["a"].high / told["a"].low


def test_a_sweep_is_the_sum_of_its_trials():
    once = estimate(spec(design={"splits": 1}), 1000, 10)
    often = estimate(spec(design={"splits": 3, "replicates": 2}), 1000, 10)
    each = sum(seconds.median for seconds in once.trials.values())
    assert once.run.median - START.median == pytest.approx(each, rel=0.05)  # and references
    assert often.run.median - START.median == pytest.approx(6 * each, rel=0.05)
    beside = estimate(spec(design={"splits": 1}, execution={"workers": 2}), 1000, 10)
    assert beside.run.median - START.median == pytest.approx((once.run.median - 8) / 2)


def test_the_usual_metrics_are_judged_by_and_most_of_a_large_table():
    """Run of the default suite on 47,055 × 33: 5 trials of 28 s of CPU, 9 s of learning."""
    plain = {"generators": {"arf": {"plugin": "arf"}}, "design": {"splits": 1}}
    told = estimate(spec(**plain), 47_055, 33).run
    assert told.low < 5 * 28 < told.high
    few = estimate(spec(**plain, metrics={"marginals": {"plugin": "marginals"}}), 47_055, 33).run
    assert few.median < told.median / 3


def test_a_trial_takes_its_limit_at_most_and_privbayes_on_many_columns_all_of_it():
    given = {"privbayes": {"plugin": "privbayes"}, "tvae": {"plugin": "tvae"}}
    plain = {"generators": given, "budget": {"trial_seconds": 50},
             "privacy": {"epsilons": [1.0], "rows": 5300}}  # fmt: skip
    few, many = (estimate(spec(**plain), 5000, columns).trials for columns in (8, 17))
    assert few["privbayes@eps=1"].median < 30
    assert many["privbayes@eps=1"].median == many["privbayes@eps=1"].high == 50
    assert many["tvae"].high == 50


def test_choosing_ends_with_its_budget():
    choosing = {"objective": {}, "selector": {"plugin": "kg"}}
    short, long = (
        estimate(spec(**choosing, budget={"seconds": seconds}), 1000, 10).run.median
        for seconds in (10, 20)
    )
    assert long - short == pytest.approx(10)


def test_seconds_add_and_scale():
    assert Seconds(2, 1, 4) + Seconds(3, 2, 9) * 2 == Seconds(8, 5, 22)


def test_controls_and_doses_take_their_time():
    block = {"column": "ethnicity", "controls": ["weights"]}
    plain, few = estimate(spec(), 2000, 10), estimate(spec(augmentation=block), 2000, 10)
    many = estimate(spec(augmentation=block | {"doses": list(range(5, 300, 5))}), 2000, 10)
    assert few.trials["arf"].median < many.trials["arf"].median
    assert few.run.median < many.run.median
    # What rows are set aside for thresholds makes trials shorter, training on doses longer.
    assert (
        plain.trials["arf"].median / 2 < few.trials["arf"].median < 3 * plain.trials["arf"].median
    )
