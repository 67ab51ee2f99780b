from dataclasses import replace
from math import sqrt

import pytest

from synthcraft.objective import ENDPOINTS
from synthcraft.records import Measure, MetricDescriptor, Record, Trial
from synthcraft.select.worths import again, scales, slacks, worths
from synthcraft.spec.types import ObjectiveSpec


def descriptor(name, family, direction="maximize", **more):
    return MetricDescriptor(name, family, direction, "?", **more)


METRICS = (
    descriptor("contingency_similarity", "fidelity", floor="noise", ceiling="train_copy"),
    descriptor("tstr.auroc", "utility", floor="prevalence", ceiling="trtr"),
    descriptor("tstr.brier", "utility", "minimize", floor="prevalence", ceiling="trtr"),
    descriptor("dcr_share", "privacy", "minimize", floor="null", ceiling="train_copy", null=0.0),
)


def trial(arm, split, stage="select", **values):
    """A record whose values are named like contingency_similarity or tstr.auroc:logistic."""
    measures = tuple(
        Measure(
            name.partition(":")[0],
            value,
            model=name.partition(":")[2],
            role="excess" if name == "dcr_share" else "value",
        )
        for name, value in values.items()
    )
    return Record(Trial(arm, split, 0, stage), "ok", measures=measures)


def real_side(high):
    """What every trial repeats of the real rows, with two models."""
    return {
        "trtr.auroc:logistic": high,
        "trtr.auroc:boosting": high - 0.1,
        "floor.auroc:prevalence": 0.5,
        "trtr.brier:logistic": 0.1,
        "trtr.brier:boosting": 0.2,
        "floor.brier:prevalence": 0.25,
    }


def references(*, low=(0.5, 0.6), auroc=(0.8, 0.9)):
    found = []
    for split, (floor, high) in enumerate(zip(low, auroc, strict=True)):
        scores = {
            "tstr.auroc:logistic": 0.5,
            "tstr.auroc:boosting": 0.5,
            "tstr.brier:logistic": 0.25,
            "tstr.brier:boosting": 0.25,
        }
        ends = {"train_copy": (0.9, 0.8), "noise": (floor, 0.0)}
        found += [
            trial(
                name,
                split,
                contingency_similarity=like,
                dcr_share=risk,
                **scores,
                **real_side(high),
            )
            for name, (like, risk) in ends.items()
        ]
    return found  # fmt: skip


def test_worths_are_places_between_the_ends_of_the_own_division():
    found = scales(ObjectiveSpec(), METRICS, references())
    assert set(found) == set(ENDPOINTS)
    one = trial(
        "arf", 1, **{"contingency_similarity": 0.7, "tstr.auroc:logistic": 0.6, "dcr_share": 0.2}
    )
    # Spans: 0.9 − (0.5 + 0.6)/2 = 0.35; (0.8 + 0.9)/2 − 0.5 = 0.35; 0.8.
    expected = {"fidelity": 0.1 / 0.35, "utility": 0.1 / 0.35, "privacy": 1 - 0.2 / 0.8}
    assert worths(one, found) == pytest.approx(expected)


def test_the_mean_worth_is_the_ratio_of_means():
    found = scales(ObjectiveSpec(), METRICS, references())
    values = (0.62, 0.75)
    mean = sum(
        worths(trial("arf", s, contingency_similarity=v), found)["fidelity"]
        for s, v in enumerate(values)
    ) / len(values)
    assert mean == pytest.approx((sum(values) - 1.1) / (1.8 - 1.1))


def test_worths_stay_in_their_range_and_absent_values_are_none():
    found = scales(ObjectiveSpec(), METRICS, references())
    extreme = trial("arf", 0, **{"contingency_similarity": 2.0, "tstr.auroc:logistic": 0.1})
    assert worths(extreme, found) == {"fidelity": 1.0, "utility": 0.0, "privacy": None}


def test_the_best_model_on_real_rows_decides_whichever_way_its_score_runs():
    for name in ("tstr.auroc", "tstr.brier"):
        objective = ObjectiveSpec(endpoints={"utility": name})
        assert scales(objective, METRICS, references())["utility"].key[:2] == (name, "logistic")


def test_a_family_whose_ends_do_not_tell_apart_is_left_out():
    # Spans 0.3, −0.2, 0.1: mean 0.067, standard error 0.25/√3 = 0.145.
    found = scales(
        ObjectiveSpec(endpoints={"utility": "tstr.auroc"}),
        METRICS,
        references(low=(0.5, 0.5, 0.5), auroc=(0.8, 0.3, 0.6)),
    )
    assert set(found) == {"fidelity", "privacy"}
    spans = [0.1, 0.3, 0.5]
    error = sqrt(0.04) / sqrt(3)
    assert sum(spans) / 3 > 2 * error
    found = scales(
        ObjectiveSpec(), METRICS, references(low=(0.5,) * 3, auroc=[0.5 + s for s in spans])
    )
    assert set(found) == set(ENDPOINTS)


def test_a_declared_endpoint_has_no_substitute():
    objective = ObjectiveSpec(endpoints={"fidelity": "ks_complement"})
    assert "fidelity" not in scales(objective, METRICS, references())


def test_slacks_tell_how_much_room_a_constraint_leaves():
    objective = ObjectiveSpec(
        constraints={
            "near": {"measure": "dcr_share", "at_most": 0.05},
            "useful": {"measure": "tstr.auroc", "at_least": 0.6, "at_most": 0.95},
            "unknown": {"measure": "exact_match_rate", "at_most": 0.01},
        }
    )
    found = scales(objective, METRICS, references())
    one = trial("arf", 0, **{"dcr_share": 0.08, "tstr.auroc:boosting": 0.2})
    both = trial("arf", 0, **{"tstr.auroc:boosting": 0.2, "tstr.auroc:logistic": 0.7})
    assert slacks(one, objective, found) == pytest.approx((-0.03, -0.4, None))
    assert slacks(both, objective, found) == pytest.approx((None, 0.1, None))


def test_what_repeats_is_read_where_it_rests_on_most_rows():
    # Fresh real rows are judged by halves of the holdout: their real side is another, smaller one.
    halves = [
        Record(
            Trial("fresh_real", split, 0, "select"),
            "ok",
            measures=(
                Measure("trtr.auroc", 0.55, n=45, model="boosting"),
                Measure("trtr.auroc", 0.95, n=45, model="logistic"),
                Measure("tstr.auroc", 0.5, n=45, model="boosting"),
            ),
        )
        for split in (0, 1)
    ]
    whole = [
        replace(record, measures=tuple(replace(m, n=90) for m in record.measures))
        for record in references()
    ]
    expected = scales(ObjectiveSpec(), METRICS, whole)
    assert scales(ObjectiveSpec(), METRICS, [*halves, *whole]) == expected
    # An attack makes as many guesses on half of the rows as on all.
    guesses = (Measure("singling_out", 0.0, n=500, role="excess"),)
    attacked = [replace(record, measures=record.measures + guesses) for record in (*halves, *whole)]
    assert scales(ObjectiveSpec(), METRICS, attacked) == expected


def test_the_same_measures_are_read_on_other_divisions():
    found = scales(ObjectiveSpec(), METRICS, references())
    other = again(found, METRICS, references(low=(0.4, 0.5), auroc=(0.6, 0.7)))
    assert [scale.key for scale in other.values()] == [scale.key for scale in found.values()]
    assert other["utility"].span == pytest.approx(0.15)
    assert again(found, METRICS, []) == {}
