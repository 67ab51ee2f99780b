import pytest

from synthcraft.errors import SpecError
from synthcraft.plan import (
    control_trials,
    make_plan,
    most_trials,
    part_problems,
    reference_trials,
    report_trials,
)
from synthcraft.spec.validate import parse


def plan_of(plain, task="classification"):
    return make_plan(parse(plain), task=task, fingerprint="f")


def test_references_are_in_every_plan_but_not_among_the_arms(small_spec):
    plan = plan_of(small_spec)
    assert [arm.label for arm in plan.arms] == ["arf"]
    names = {arm.label for arm in plan.references}
    assert names == {"train_copy", "fresh_real", "marginals", "noise"}


def test_trials_cover_the_grid_split_by_split(small_spec):
    small_spec["design"] = {"splits": 3, "replicates": 2}
    small_spec["generators"]["second"] = {"plugin": "ctgan"}
    plan = plan_of(small_spec)
    trials = report_trials(plan)
    assert len({t.id for t in trials}) == len(trials) == 3 * 2 * 2
    assert [t.split for t in trials[:4]] == [0, 0, 1, 1]
    assert len(reference_trials(plan)) == 4 * 3


def test_an_arm_that_cannot_do_the_task_is_listed_with_the_reason(small_spec):
    small_spec["generators"]["s"] = {"plugin": "survival_gan"}
    plan = plan_of(small_spec)
    assert [arm.label for arm in plan.arms] == ["arf"]
    assert "does not support the task classification" in plan.impossible["s"]


def test_a_plan_without_a_possible_arm_is_refused(small_spec):
    small_spec["generators"] = {"s": {"plugin": "survival_gan"}}
    small_spec["dataset"] = {"plugin": "csv", "params": {"path": "x.csv"}, "target": "y"}
    with pytest.raises(SpecError, match=r"generators\.s"):
        plan_of(small_spec)


def test_metric_descriptors_suit_the_task(small_spec):
    small_spec["metrics"] = {}
    names = {m.name for m in plan_of(small_spec).metrics}
    assert {"ks_complement", "tstr.auroc"} <= names
    assert "tstr.rmse" not in names


def test_without_held_out_rows_there_are_no_fresh_ones(small_spec):
    plan = make_plan(parse(small_spec), task="classification", fingerprint="f", held_out=0)
    assert "fresh_real" not in {arm.label for arm in plan.references}
    assert plan.impossible == {"fresh_real": "no real row was held out"}
    known = make_plan(parse(small_spec), task="classification", fingerprint="f", held_out=90)
    assert known.impossible == {}


def test_declared_parts_are_one_split(small_spec):
    spec = parse(small_spec)
    assert part_problems(spec, held_out=None) == []
    assert [p.path for p in part_problems(spec, held_out=90)] == ["design.splits"]
    one = parse({**small_spec, "design": {"splits": 1}})
    assert part_problems(one, held_out=90) == []


def test_a_policy_divides_declared_train_rows_and_needs_holdout_rows(small_spec):
    chosen = {"selector": {"plugin": "uniform"}, "budget": {"pulls": 3}, "objective": {}}
    spec = parse({**small_spec, **chosen, "design": {"splits": 4}})
    assert part_problems(spec, held_out=90) == []
    (problem,) = part_problems(spec, held_out=0)
    assert problem.path == "dataset.params.trained_on"
    plan = make_plan(spec, task="classification", fingerprint="f", held_out=90)
    assert (plan.splits, plan.inner) == (1, 4)
    assert len(reference_trials(plan)) == 4


def test_controls_are_part_of_a_plan_with_augmentation_alone(small_spec):
    assert plan_of(small_spec).controls == ()
    small_spec["augmentation"] = {"column": "group", "controls": ["weights", "smote_nc"]}
    small_spec["design"] = {"splits": 3, "replicates": 2}
    plan = plan_of(small_spec)
    assert [arm.id for arm in plan.controls] == ["none", "weights", "smote_nc"]
    assert plan.impossible == {}
    trials = control_trials(plan)
    assert {trial.stage for trial in trials} == {"control"}
    assert len(trials) == 3 * (1 + 1 + 2)  # only the last one has a seed
    everything = len(trials) + len(reference_trials(plan)) + len(report_trials(plan))
    assert most_trials(plan, parse(small_spec).budget) == (0, everything)
    assert plan.metrics[-1].family == "augmentation"


def test_real_rows_are_no_control_unless_some_are_withheld(small_spec):
    small_spec["augmentation"] = {"column": "group"}
    plan = plan_of(small_spec)
    assert "real" not in {arm.id for arm in plan.controls}
    assert "withheld" in plan.impossible["real"]
    small_spec["augmentation"]["undersample"] = 20
    plan = plan_of(small_spec)
    assert plan.controls[-1].id == "real"
    assert plan.impossible == {}
